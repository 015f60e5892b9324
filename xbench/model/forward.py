"""How a model is run on sequences: without padding, or as transformers does it where the architecture asks for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch

from xbench.api import Features
from xbench.model.batching import Cut
from xbench.model.padded import Padded
from xbench.model.unpadded import Unpadded, has_bert_shape

Read = Callable[[torch.Tensor], torch.Tensor]
"""States of all sub-tokens of a batch, fp32, (sub-tokens, hidden), sequence by sequence -> what is kept of them."""


class Forward(Protocol):
    """A model, and a way to run it. What it gives for a sequence depends on nothing outside of it.

    Attributes:
        model: Any model of transformers over an encoder.
        padded: Whether sequences are padded to the longest of a batch.
    """

    model: Any
    padded: bool

    @property
    def cut(self) -> Cut:
        """Cuts batches, the longest sequences first, by a budget of sub-tokens that counts what is padded."""
        ...

    def of_sequences(self, features: Features, picked: np.ndarray) -> torch.Tensor:
        """Logits of whole sequences, (picked, labels)."""
        ...

    def of_tokens(self, features: Features, picked: np.ndarray, at: np.ndarray) -> torch.Tensor:
        """Logits of some sub-tokens, (at, labels). What is on top of the encoder is computed for these alone.

        Args:
            features: All sequences.
            picked: Those of the batch.
            at: Flat positions in `features.ids`, in the order of the batch.
        """
        ...

    def last(self, features: Features, picked: np.ndarray, at: np.ndarray) -> torch.Tensor:
        """The last layer's states of some sub-tokens, (at, hidden)."""
        ...

    def layers(self, features: Features, picked: np.ndarray, read: Read) -> torch.Tensor:
        """What `read` keeps of every layer, of the embeddings first: (layers + 1, ...)."""
        ...

    def settle(self) -> None:
        """Lays weights out for prediction alone, in the dtype that they have: none are trained or saved now."""
        ...


def forward(model: Any, pad: int, device: torch.device) -> Forward:
    """The faster way that a model can be run.

    Args:
        model: On its device, in fp32.
        pad: Padding id.
        device: Where it is.
    """
    padded = Padded(model, pad, device)
    return Unpadded(model, device) if has_bert_shape(model) and _agree(model, padded, device) else padded


_TOLERANCE = 1e-4
"""Of logits, relative to the largest: what another order of sums may change in fp32."""


def _agree(model: Any, padded: Padded, device: torch.device) -> bool:
    """Whether both ways give the same states of two sequences: parts that BERT has too may be joined in another way."""
    # RoBERTa does not count the padding id among its positions, wherever it stands.
    ids = np.array([number for number in range(8) if number != model.config.pad_token_id][:7], np.int32)
    none = np.zeros(0, np.int32)
    features = Features(ids, np.zeros(7, np.int8), np.array([0, 4, 7]), np.arange(2, dtype=np.int32), none, none, none)
    picked, at = np.arange(2), np.arange(7)
    training = model.training
    with torch.no_grad():
        model.eval()
        theirs = padded.last(features, picked, at)
        ours = Unpadded(model, device).last(features, picked, at)
        model.train(training)
    return bool((ours - theirs).abs().max() <= _TOLERANCE * theirs.abs().max())
