"""A model that is not trained any more, run on sequences of any number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from xbench.model.batching import Budget, run_in_batches
from xbench.model.budgets import budget
from xbench.model.forward import Forward, forward
from xbench.model.workspace import Machine


@dataclass(frozen=True)
class Prediction:
    """A model that predicts.

    Attributes:
        forward: How it is run.
        machine: Where, and in which dtype.
        budget: Sub-tokens of a batch.
    """

    forward: Forward
    machine: Machine
    budget: Budget

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
            run_in_batches(lengths, self.budget, call, self.forward.cut)


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
    ready = prediction(found, machine)
    found.settle()
    return ready


def prediction(found: Forward, machine: Machine) -> Prediction:
    """A model as it is, which may still be trained."""
    return Prediction(found, machine, budget(found.model, machine, found.padded))
