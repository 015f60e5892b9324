"""A model that is not trained any more, run on sequences of any number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from xbench.model.batching import Budget, default_budget, run_in_batches
from xbench.model.forward import Forward, forward
from xbench.model.workspace import Machine

_budgets: dict[tuple[int, str], Budget] = {}


@dataclass(frozen=True)
class Prediction:
    """A model that predicts.

    Attributes:
        forward: How it is run.
        machine: Where, and in which dtype.
    """

    forward: Forward
    machine: Machine

    @property
    def model(self) -> Any:
        """The model of transformers."""
        return self.forward.model

    def in_batches(self, lengths: np.ndarray, call: Callable[[np.ndarray], None]) -> None:
        """Calls back with one batch after the other; nothing within has a gradient.

        Args:
            lengths: Sub-tokens per sequence, (sequences,).
            call: Takes the indices of a batch, (batch,), and keeps its results itself.
        """
        with torch.inference_mode(), self.machine.autocast():
            run_in_batches(lengths, remembered_budget(self.model, self.machine), call, self.forward.cut)


def frozen(model: Any, pad: int, machine: Machine) -> Prediction:
    """A model for prediction alone: in bf16, its weights are, which halves what is read of them for every batch.

    Args:
        model: In fp32.
        pad: Padding id.
        machine: Where it is moved to.
    """
    found = forward(model.to(machine.torch_device).eval(), pad, machine.torch_device)
    if machine.dtype == "bf16":
        model.to(torch.bfloat16)
    return Prediction(found, machine)


def remembered_budget(model: torch.nn.Module, machine: Machine) -> Budget:
    """The budget of prediction for a model of this size on this device, for as long as the process lives."""
    size = sum(parameter.numel() for parameter in model.parameters())
    fresh = Budget(default_budget(machine.torch_device, training=False))
    return _budgets.setdefault((size, f"{machine.device} {machine.dtype}"), fresh)
