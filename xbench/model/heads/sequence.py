"""A label per sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from xbench.api import Features
from xbench.model.forward import Forward
from xbench.model.heads.gradient import GradientHead


@dataclass(frozen=True)
class Sequences:
    """An output for every sequence."""

    features: Features

    @property
    def gold(self) -> np.ndarray:
        """See `Outputs`."""
        return self.features.labels

    def logits(self, forward: Forward, picked: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        """See `Outputs`."""
        return forward.of_sequences(self.features, picked), picked


head = GradientHead("AutoModelForSequenceClassification", Sequences)
