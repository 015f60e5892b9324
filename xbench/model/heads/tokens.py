"""A label per marked sub-token: the first of each word."""

from __future__ import annotations

import numpy as np
import torch

from xbench.api import Features
from xbench.model.batching import marked
from xbench.model.forward import Forward
from xbench.model.heads.gradient import GradientHead


class Marks:
    """An output for every marked sub-token; the n-th of all is the n-th output."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._places = np.flatnonzero(features.marks >= 0)

    @property
    def gold(self) -> np.ndarray:
        """See `Outputs`."""
        return self._features.labels[self._places]

    def logits(self, forward: Forward, picked: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        """See `Outputs`."""
        _, at = marked(self._features, picked)
        return forward.of_tokens(self._features, picked, at), np.searchsorted(self._places, at)


head = GradientHead("AutoModelForTokenClassification", Marks)
