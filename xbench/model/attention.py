"""Attention within each of several sequences that lie end to end."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from xbench.model.batching import rectangle_of


class Attention(Protocol):
    """Attention for the sequences of a batch, in every layer."""

    def __call__(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """What each sub-token takes from those of its own sequence.

        Args:
            query: (sub-tokens, heads, size), as `key` and `value`.
            key: Likewise.
            value: Likewise.
            dropout: Of the weights.

        Returns:
            (sub-tokens, heads · size).
        """
        ...


class ByLength:
    """Computes it for sequences of one length at a time, which need no mask: for a CPU, where a call costs little.

    Args:
        lengths: Sub-tokens per sequence, (sequences,). Those of one length lie side by side if they are sorted.
    """

    def __init__(self, lengths: np.ndarray) -> None:
        starts = np.flatnonzero(np.diff(lengths, prepend=-1))
        self._counts = np.diff(starts, append=len(lengths)).tolist()
        self._lengths = lengths[starts].tolist()
        self._sizes = [count * length for count, length in zip(self._counts, self._lengths, strict=True)]

    def __call__(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`."""
        found = []
        groups = (torch.split(part, self._sizes) for part in (query, key, value))
        for count, length, *parts in zip(self._counts, self._lengths, *groups, strict=True):
            own = [part.view(count, length, *part.shape[1:]).transpose(1, 2) for part in parts]
            context = torch.nn.functional.scaled_dot_product_attention(own[0], own[1], own[2], dropout_p=dropout)
            found.append(context.transpose(1, 2).reshape(count * length, -1))
        return torch.cat(found)


class Rectangle:
    """Computes it for all sequences at once, padded within attention alone: for a GPU, where calls are what costs.

    Args:
        lengths: Sub-tokens per sequence, (sequences,).
        device: Where states are.
    """

    def __init__(self, lengths: np.ndarray, device: torch.device) -> None:
        mask, cells = rectangle_of(np.concatenate([[0], np.cumsum(lengths)]), np.arange(len(lengths)))
        self._cells = torch.as_tensor(cells, device=device)
        self._mask = torch.as_tensor(mask, device=device)[:, None, None, :]
        self._there = torch.as_tensor(np.flatnonzero(mask), device=device)

    def __call__(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`."""
        query, key, value = (part[self._cells].transpose(1, 2) for part in (query, key, value))
        context = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=self._mask, dropout_p=dropout
        )
        return context.transpose(1, 2).reshape(self._cells.numel(), -1)[self._there]
