"""What is read off a model while it runs, ours or another's: a clock, and the sub-tokens that are computed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch


def clock(device: str) -> Callable[[], float]:
    """Seconds; on a GPU, once it has done all that it was given."""

    def now() -> float:
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)
        return time.perf_counter()

    return now


class Computed:
    """Counts the sub-tokens that the first layer of an encoder of BERT's shape computes, padding included.

    Args:
        model: Of transformers.
    """

    def __init__(self, model: Any) -> None:
        self.count = 0
        model.base_model.encoder.layer[0].attention.self.query.register_forward_hook(self._add)

    def _add(self, module: Any, inputs: Any, output: torch.Tensor) -> None:
        self.count += output.shape[:-1].numel()

    def since(self) -> int:
        """How many since this was last asked."""
        found, self.count = self.count, 0
        return found
