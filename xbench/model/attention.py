"""Attention within each of several sequences that lie end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch.nn.attention.varlen import varlen_attn

from xbench.model.batching import rectangle_of
from xbench.model.moving import moved

_ROUNDED = 0.05
"""Of what attention gives in bf16, relative to the largest."""


class Attention(Protocol):
    """Attention for the sequences of a batch, in every layer."""

    def every(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
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

    def single(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """What one sub-token of each sequence takes: `query` is (sequences, heads, size), a row of each comes back."""
        ...


class ByLength:
    """Computes it for sequences of one length at a time, which need no mask: for a CPU, where a call costs little.

    Args:
        lengths: Sub-tokens per sequence, (sequences,). Those of one length lie side by side if they are sorted.
        spare: Sub-tokens behind the last sequence, whose states nobody reads.
    """

    def __init__(self, lengths: np.ndarray, spare: int = 0) -> None:
        starts = np.flatnonzero(np.diff(lengths, prepend=-1))
        self._counts = np.diff(starts, append=len(lengths)).tolist()
        self._sizes = (lengths[starts] * self._counts).tolist()
        self._spare = spare

    def every(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`."""
        *queries, left = torch.split(query, [*self._sizes, self._spare])
        return torch.cat([*self._attend(queries, key, value, dropout), left.flatten(1)])

    def single(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`."""
        return torch.cat(self._attend(torch.split(query, self._counts), key, value, dropout))

    def _attend(
        self, queries: Sequence[torch.Tensor], key: torch.Tensor, value: torch.Tensor, dropout: float
    ) -> list[torch.Tensor]:
        """What queries of each length take, and keys and values of all sub-tokens give."""
        found = []
        keys, values = (torch.split(part, [*self._sizes, self._spare]) for part in (key, value))
        for count, *group in zip(self._counts, queries, keys[:-1], values[:-1], strict=True):
            own = [part.view(count, -1, *part.shape[1:]).transpose(1, 2) for part in group]
            context = torch.nn.functional.scaled_dot_product_attention(own[0], own[1], own[2], dropout_p=dropout)
            found.append(context.transpose(1, 2).flatten(2).flatten(0, 1))
        return found


class Rectangle:
    """Computes it for all sequences at once, padded within attention alone: for a GPU, where calls are what costs.

    Args:
        lengths: Sub-tokens per sequence, (sequences,).
        device: Where states are.
    """

    def __init__(self, lengths: np.ndarray, device: torch.device) -> None:
        mask, cells = rectangle_of(np.concatenate([[0], np.cumsum(lengths)]), np.arange(len(lengths)))
        self._cells = moved(cells, device)
        self._mask = moved(mask, device)[:, None, None, :]
        self._there = moved(np.flatnonzero(mask), device)

    def every(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`."""
        return self._attend(query[self._cells], key, value, dropout)[self._there]

    def single(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`."""
        return self._attend(query[:, None], key, value, dropout)

    def _attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """Of the cells of a rectangle, (sequences, columns, heads, size), row by row."""
        query, key, value = (part.transpose(1, 2) for part in (query, key[self._cells], value[self._cells]))
        context = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=self._mask, dropout_p=dropout
        )
        return context.transpose(1, 2).flatten(2).flatten(0, 1)


class ByKernel:
    """Computes it by flash attention, which knows where sequences begin: for a GPU on which a model only predicts.

    Args:
        lengths: Sub-tokens per sequence, (sequences,).
        device: Where states are.
    """

    def __init__(self, lengths: np.ndarray, device: torch.device) -> None:
        bounds, each = np.concatenate([[0], np.cumsum(lengths)]), np.arange(len(lengths) + 1)
        self._bounds, self._each = (moved(array, device, torch.int32) for array in (bounds, each))
        self._longest = int(lengths.max())

    @classmethod
    def serves(cls, device: torch.device, dtype: torch.dtype, size: int) -> bool:
        """Whether it may be used: in bf16 on NVIDIA's Ampere or later, where it computes what `Rectangle` does.

        Args:
            device: Where states are.
            dtype: Of states.
            size: Of a head; the kernel takes multiples of 8 up to 256.
        """
        if device.type != "cuda" or dtype != torch.bfloat16 or size % 8 or size > 256 or torch.version.hip is not None:
            return False
        if not torch.backends.cuda.is_flash_attention_available() or torch.cuda.get_device_capability(device) < (8, 0):
            return False
        return cls.agrees(device, size)

    @classmethod
    def agrees(cls, device: torch.device, size: int) -> bool:
        """Whether the kernel runs, and gives of two sequences what `Rectangle` does, up to what bf16 rounds."""
        lengths = np.array([5, 3])
        # Not drawn: nobody's random numbers are to change by this.
        parts = [torch.linspace(-1, 1, 8 * 2 * size, device=device).mul(turn).sin() for turn in (7, 11, 13)]
        query, key, value = (part.view(8, 2, size).bfloat16() for part in parts)
        try:
            with torch.no_grad():
                ours, theirs = (way(lengths, device).every(query, key, value, 0.0) for way in (cls, Rectangle))
        except RuntimeError:
            return False
        return bool((ours - theirs).abs().max() <= _ROUNDED * theirs.abs().max())

    def every(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`; there is no dropout in prediction, and the kernel knows none."""
        return self._attend(query, key, value, self._bounds, self._longest)

    def single(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float) -> torch.Tensor:
        """See `Attention`, and `every`."""
        return self._attend(query, key, value, self._each, 1)

    def _attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bounds: torch.Tensor, longest: int
    ) -> torch.Tensor:
        """What queries that lie between bounds take from the keys and values of their sequence."""
        found = varlen_attn(query, key, value, bounds, self._bounds, longest, self._longest)
        assert isinstance(found, torch.Tensor)
        return found.flatten(1)
