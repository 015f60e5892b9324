"""A label per marked sub-token: the first of each word."""

from __future__ import annotations

import numpy as np
import torch

from xbench.api import Features
from xbench.model.batching import marked
from xbench.model.heads.gradient import GradientHead


class _Marked:
    """Selects the logits of marked sub-tokens; the n-th of all is the n-th output.

    Which that is takes a look at all features. It is remembered for those seen last, whose batches come one by one.
    """

    def __init__(self) -> None:
        self._marks = self._places = np.zeros(0, np.int64)

    def __call__(self, logits: torch.Tensor, features: Features, picked: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        rows, columns, flat = marked(features, picked)
        if self._marks is not features.marks:
            self._marks, self._places = features.marks, np.flatnonzero(features.marks >= 0)
        device = logits.device
        chosen = logits[torch.as_tensor(rows, device=device), torch.as_tensor(columns, device=device)]
        return chosen, np.searchsorted(self._places, flat)


def _outputs(features: Features) -> int:
    return int((features.marks >= 0).sum())


head = GradientHead("AutoModelForTokenClassification", _Marked(), _outputs)
