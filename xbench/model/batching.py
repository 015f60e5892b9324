"""Sequences to batches: by a budget of sub-tokens, from length-sorted sequences."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch

from xbench.api import Features
from xbench.errors import XbenchError
from xbench.model.moving import moved


@dataclass
class Budget:
    """Sub-tokens per batch: halved when the device runs out of memory, and remembered.

    Attributes:
        tokens: Sub-tokens.
        told: Is told of what they were halved to.
    """

    tokens: int
    told: Callable[[int], None] = field(default=lambda tokens: None)

    def halve(self, error: Exception, longest: int) -> None:
        """Takes half from now on.

        Raises:
            XbenchError: A single sequence does not fit.
        """
        if self.tokens <= longest:
            raise XbenchError(
                f"a single sequence of {longest} sub-tokens does not fit into the device's memory: "
                "lower it with --set max_length=…, or use a smaller checkpoint"
            ) from error
        self.tokens = max(self.tokens // 2, longest)
        self.told(self.tokens)


Cut = Callable[[np.ndarray, int], Iterator[np.ndarray]]
"""Sub-tokens per sequence, (sequences,), and a budget of them per batch -> indices of each batch."""

OUT_OF_MEMORY: tuple[type[Exception], ...] = (torch.OutOfMemoryError,)


def by_length(lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    """Batches of indices, longest sequences first, so that too large a budget shows at once.

    Args:
        lengths: Sub-tokens per sequence, (sequences,).
        budget: Padded tokens per batch; a longer sequence is a batch of its own.

    Yields:
        Indices into `lengths`, (batch,).
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, int(lengths[order[start]])))
        yield order[start : start + size]
        start += size


def by_tokens(lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    """Batches of indices, longest sequences first, where nothing is padded.

    Args:
        lengths: Sub-tokens per sequence, (sequences,).
        budget: Sub-tokens per batch; a longer sequence is a batch of its own.

    Yields:
        Indices into `lengths`, (batch,).
    """
    order = np.argsort(-lengths, kind="stable")
    ends = np.cumsum(lengths[order])
    start = 0
    while start < len(order):
        before = int(ends[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + budget, "right")))
        yield order[start:end]
        start = end


def spare(tokens: int) -> int:
    """How many sub-tokens more make it a number that other batches have too: one in 32 at most.

    For a number that is new to it, oneDNN takes milliseconds to ready itself, and a heap has no hole of that size.
    """
    return -tokens % (1 << max(0, tokens.bit_length() - 6))


def run_in_batches(
    lengths: np.ndarray, budget: Budget, call: Callable[[np.ndarray], None], cut: Cut = by_length
) -> None:
    """Calls back with one batch after the other until every sequence had its turn.

    A batch that does not fit into memory lowers the budget, and what is left is batched anew.

    Args:
        lengths: Sub-tokens per sequence, (sequences,).
        budget: Sub-tokens per batch.
        call: Takes the indices of a batch, (batch,), and keeps its results itself.
        cut: What cuts batches.
    """
    left = np.arange(len(lengths))
    while len(left):
        finished = np.zeros(len(left), dtype=bool)
        try:
            for batch in cut(lengths[left], budget.tokens):
                call(left[batch])
                finished[batch] = True
        except OUT_OF_MEMORY as error:
            budget.halve(error, int(lengths[left[~finished]].max()))
        left = left[~finished]


def collate(features: Features, picked: np.ndarray, pad: int, device: torch.device) -> dict[str, torch.Tensor]:
    """Pads sequences to their longest.

    Args:
        features: All sequences.
        picked: Indices of the batch, (batch,).
        pad: Padding id.
        device: Where the tensors go.

    Returns:
        `input_ids`, `attention_mask`, `token_type_ids`: int64, (batch, longest).
    """
    mask, cells = rectangle(features, picked)
    arrays = {
        "input_ids": np.where(mask, features.ids[cells], pad),
        "attention_mask": mask,
        "token_type_ids": np.where(mask, features.types[cells], 0),
    }
    return {name: moved(array, device, torch.int64) for name, array in arrays.items()}


def rectangle(features: Features, picked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ragged to rectangular in one gather.

    Returns:
        Which cells have a sub-token, bool, and the flat position of each, clipped where there is none; both
        (batch, longest).
    """
    return rectangle_of(features.offsets, picked)


def rectangle_of(offsets: np.ndarray, picked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `rectangle`, of sequences that lie end to end.

    Args:
        offsets: Where they begin, and where the last ends, (sequences + 1,).
        picked: Indices of the batch, (batch,).
    """
    # Not by way of the lengths of all, which would be counted for every batch.
    lengths = offsets[picked + 1] - offsets[picked]
    columns = np.arange(int(lengths.max()))
    return columns < lengths[:, None], np.minimum(offsets[picked][:, None] + columns, offsets[-1] - 1)


def lengths_of(features: Features, picked: np.ndarray) -> np.ndarray:
    """Sub-tokens of some sequences, int64, (picked,); not by way of the lengths of all."""
    lengths: np.ndarray = features.offsets[picked + 1] - features.offsets[picked]
    return lengths


def positions(features: Features, picked: np.ndarray) -> np.ndarray:
    """Flat positions in `features.ids` of all sub-tokens of some sequences, int64, (sub-tokens,)."""
    starts, ends = features.offsets[picked], features.offsets[picked + 1]
    lengths = ends - starts
    return np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(int(lengths.sum()))


def cells(features: Features, picked: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where flat positions are in a batch that has their sequences.

    Args:
        features: All sequences.
        picked: Indices of the batch, (batch,).
        at: Flat positions in `features.ids`, (positions,).

    Returns:
        Row in the batch, and place in the sequence; each int64, (positions,).
    """
    sequences = np.searchsorted(features.offsets, at, "right") - 1
    order = np.argsort(picked)
    return order[np.searchsorted(picked[order], sequences)], at - features.offsets[sequences]


def marked(features: Features, picked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the marked sub-tokens of a batch are.

    Returns:
        Row in the batch, and flat position in `features.ids`; each int64, (marks,).
    """
    flat = positions(features, picked)
    rows = np.repeat(np.arange(len(picked)), lengths_of(features, picked))
    found = features.marks[flat] >= 0
    return rows[found], flat[found]


def accepted(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The inputs that a model's forward has: DistilBERT knows no token types, XLM-R only type 0."""
    names = _inputs(type(model).forward)
    sizes = getattr(model.config, "type_vocab_size", 1)
    keep = {name: value for name, value in batch.items() if name in names}
    if "token_type_ids" in keep and (sizes or 0) < 2:
        keep["token_type_ids"] = torch.zeros_like(keep["token_type_ids"])
        if not sizes:
            del keep["token_type_ids"]
    return keep


# Asking Python takes as long as a layer of a small model.
@lru_cache
def _inputs(forward: Callable[..., object]) -> frozenset[str]:
    return frozenset(inspect.signature(forward).parameters)
