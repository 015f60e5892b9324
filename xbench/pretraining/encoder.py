"""Batches through the model, in pieces of sequences of similar length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from xbench.model.batching import by_length
from xbench.model.workspace import Machine
from xbench.pretraining.packing import Batch


@dataclass(frozen=True)
class _Way:
    """What suits a kind of device: `transformers`' name of an attention, and padded sub-tokens at once."""

    attention: str
    tokens: int


# On a CPU torch's own attention goes back through bf16 at half the speed of the plain one and gains nothing in fp32,
# and small pieces stay in its caches.
_WAYS = {"cpu": _Way("eager", 2048)}
_ELSEWHERE = _Way("sdpa", 32768)


def encoder(model: Any, machine: Machine) -> Encoder:
    """A model on its device, run as suits that."""
    way = _WAYS.get(machine.torch_device.type, _ELSEWHERE)
    model.set_attn_implementation(way.attention)
    return Encoder(model.to(machine.torch_device), machine, way.tokens)


@dataclass(frozen=True)
class Encoder:
    """A model and how it is run.

    Attributes:
        model: A `BertForPreTraining`.
        machine: Device and dtype.
        tokens: Padded sub-tokens that go through at once; it changes no loss.
    """

    model: Any
    machine: Machine
    tokens: int

    def states(self, batch: Batch) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
        """The last layer, fp32, piece by piece.

        Yields:
            Which sequences, (piece,), and their states, (piece, longest, hidden), cut to the longest of them.
        """
        lengths = batch.mask.sum(axis=1)
        for rows in by_length(lengths, self.tokens):
            arrays = (array[rows, : int(lengths[rows].max())] for array in (batch.ids, batch.mask, batch.types))
            ids, mask, types = (self.tensor(array) for array in arrays)
            with self.machine.autocast():
                states = self.model.bert(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
            yield rows, states.float()

    def means(self, batch: Batch) -> torch.Tensor:
        """Means of the last layer over all sub-tokens but the first; the one that ends a sequence counts.

        The first, `[CLS]`, is what `matching` reads, and means another thing than the passage's words.

        Returns:
            fp32, (sequences, hidden).
        """
        parts, order = [], []
        for rows, states in self.states(batch):
            mask = self.tensor(batch.mask[rows, 1 : states.shape[1]]).unsqueeze(-1)
            parts.append((states[:, 1:] * mask).sum(1) / mask.sum(1))
            order.append(rows)
        return torch.cat(parts)[self.tensor(np.argsort(np.concatenate(order)))]

    def tensor(self, array: np.ndarray) -> torch.Tensor:
        """An array on the model's device."""
        return torch.as_tensor(array).to(self.machine.torch_device)
