"""A model on sequences that are padded to their longest, as transformers runs any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from xbench.api import Features
from xbench.model.batching import Cut, accepted, by_length, cells, collate, positions
from xbench.model.moving import moved


class Padded:
    """A model of any architecture.

    Args:
        model: On its device.
        pad: Padding id.
        device: Where it is.
    """

    def __init__(self, model: Any, pad: int, device: torch.device) -> None:
        self.model, self._pad, self._device = model, pad, device

    padded = True

    @property
    def cut(self) -> Cut:
        """See `Forward`."""
        return by_length

    def of_sequences(self, features: Features, picked: np.ndarray) -> torch.Tensor:
        """See `Forward`."""
        logits: torch.Tensor = self.model(**self._batch(features, picked)).logits
        return logits

    def of_tokens(self, features: Features, picked: np.ndarray, at: np.ndarray) -> torch.Tensor:
        """See `Forward`."""
        with _only(self.model, *self._cells(features, picked, at)):
            logits: torch.Tensor = self.model(**self._batch(features, picked)).logits[0]
        return logits

    def last(self, features: Features, picked: np.ndarray, at: np.ndarray) -> torch.Tensor:
        """See `Forward`."""
        output = self.model.base_model(**self._batch(features, picked))
        states: torch.Tensor = output.last_hidden_state[self._cells(features, picked, at)]
        return states

    def layers(
        self, features: Features, picked: np.ndarray, read: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """See `Forward`."""
        states = self.model.base_model(**self._batch(features, picked), output_hidden_states=True).hidden_states
        every = self._cells(features, picked, positions(features, picked))
        return torch.stack([read(layer[every].float()) for layer in states])

    def settle(self) -> None:
        """See `Forward`. Nothing is done: nobody knows which weights an architecture reads by itself."""

    def _batch(self, features: Features, picked: np.ndarray) -> dict[str, torch.Tensor]:
        return accepted(self.model.base_model, collate(features, picked, self._pad, self._device))

    def _cells(self, features: Features, picked: np.ndarray, at: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Row and column of flat positions in a batch."""
        rows, columns = (moved(part, self._device) for part in cells(features, picked, at))
        return rows, columns


@contextmanager
def _only(model: Any, rows: torch.Tensor, columns: torch.Tensor) -> Iterator[None]:
    """Hands what is on top of the encoder nothing but these states, as one sequence: (1, picked, hidden).

    It looks at each position by itself, and the product of a masked-LM head with the vocabulary is most of the work.
    """

    def pick(module: Any, inputs: Any, output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state[rows, columns][None]
        return output

    hook = model.base_model.register_forward_hook(pick)
    try:
        yield
    finally:
        hook.remove()
