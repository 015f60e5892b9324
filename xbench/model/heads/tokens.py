"""A label per marked sub-token: the first of each word."""

from __future__ import annotations

import numpy as np
import torch

from xbench.api import Features
from xbench.model.batching import marked
from xbench.model.heads.gradient import GradientHead, Pick


def firsts(features: Features) -> Pick:
    """The logits of marked sub-tokens count; the n-th of all is the n-th output."""
    marks = np.flatnonzero(features.marks >= 0)

    def pick(logits: torch.Tensor, picked: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        rows, columns, flat = marked(features, picked)
        device = logits.device
        chosen = logits[torch.as_tensor(rows, device=device), torch.as_tensor(columns, device=device)]
        return chosen, np.searchsorted(marks, flat)

    return pick


def _outputs(features: Features) -> int:
    return int((features.marks >= 0).sum())


head = GradientHead("AutoModelForTokenClassification", firsts, _outputs)
