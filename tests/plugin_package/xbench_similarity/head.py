"""The cosine between the means of two sentences' tokens, fitted to their score by squared error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from xbench.api import Features
from xbench.model.batching import marked
from xbench.model.forward import Forward
from xbench.model.heads.gradient import GradientHead


@dataclass(frozen=True)
class Cosines:
    """A score for every pair of sentences, whose tokens are marked 0 and 1; no weights beside the encoder's own."""

    features: Features

    @property
    def gold(self) -> np.ndarray:
        """The score of each pair."""
        return self.features.labels

    def logits(self, forward: Forward, picked: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        """The cosines of a batch, (batch, 1)."""
        rows, at = marked(self.features, picked)
        states = forward.last(self.features, picked, at).float()
        # Two sums for each pair, of which the cosine is that of the means.
        place = torch.as_tensor(2 * rows + self.features.marks[at], device=states.device)
        sums = states.new_zeros(2 * len(picked), states.shape[1]).index_add(0, place, states)
        return torch.nn.functional.cosine_similarity(sums[0::2], sums[1::2]).unsqueeze(1), picked


def squared_error(cosines: torch.Tensor, gold: torch.Tensor) -> torch.Tensor:
    """Summed over a batch."""
    return torch.nn.functional.mse_loss(cosines[:, 0], gold.float(), reduction="sum")


head = GradientHead("AutoModel", Cosines, squared_error)
