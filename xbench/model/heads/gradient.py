"""What heads that are trained by gradient share: fit, load, run in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xbench.api import Features, Slice
from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.model import loading
from xbench.model.batching import Budget, accepted, collate, default_budget, run_in_batches
from xbench.model.training import LossSum, train
from xbench.model.workspace import Machine, Workspace

Pick = Callable[[torch.Tensor, np.ndarray], tuple[torch.Tensor, np.ndarray]]
"""Logits of a batch, indices of its sequences -> (logits that count, (picked, labels), their places in the output)."""

Select = Callable[[Features], Pick]
"""What is picked of every batch of some features: what takes a look at all of them is done once."""

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Logits that count, (labels, ...), in fp32, and their gold labels, (labels,) -> the sum of their losses."""


def cross_entropy(logits: torch.Tensor, gold: torch.Tensor) -> torch.Tensor:
    """For labels that are classes."""
    return torch.nn.functional.cross_entropy(logits, gold.long(), reduction="sum")


@dataclass(frozen=True)
class GradientHead:
    """A head of an auto class, and the base of heads that compute something else from the model's output.

    Such a head overrides `logits`, and `gold` if its labels lie elsewhere. What is returned for a
    sequence may depend on nothing outside of it: batches are cut as the device's memory allows.

    Attributes:
        auto: Name of the auto class.
        select: Which logits count, and where in the output they go.
        outputs: Number of such logits for some features.
        loss: Of such logits, summed.
    """

    auto: str
    select: Select
    outputs: Callable[[Features], int]
    loss: Loss = cross_entropy

    def fit(self, fit: Fit, train_features: Sequence[tuple[Slice, Features, int]], machine: Machine,
            workspace: Workspace, pad: int) -> dict[str, Any]:  # fmt: skip
        """Fine-tunes and writes the weights.

        Args:
            fit: What to train.
            train_features: Slice, features and number of rows of every training slice.
            machine: Where.
            workspace: Its folder.
            pad: Padding id.

        Returns:
            Facts for `fit.json`: the loss of every step.
        """
        features, rows = union(train_features)
        model: Any = self._started(fit, workspace.start)
        return fine_tune(model, fit, features, rows, self.loss_of(features, pad, machine), machine, workspace)

    def _started(self, fit: Fit, start: Path | None) -> Any:
        """The model before its first step."""
        if start is None:
            return loading.with_fresh_head(fit.checkpoint, self.auto, fit.task.labels, fit.seed)
        return loading.with_own_head({"pretrained_model_name_or_path": start}, str(start), self.auto)

    def loss_of(self, features: Features, pad: int, machine: Machine) -> LossSum:
        """The summed loss of some sequences, as a function of model and indices."""
        labels, pick = self.gold(features), self.select(features)

        def loss_sum(model: torch.nn.Module, picked: np.ndarray) -> tuple[torch.Tensor, int]:
            logits = self.logits(model, features, picked, pad, machine)
            chosen, places = pick(logits, picked)
            gold = torch.as_tensor(labels[places], device=chosen.device)
            return self.loss(chosen.float(), gold), len(gold)

        return loss_sum

    def gold(self, features: Features) -> np.ndarray:
        """The gold label of every logit that counts, (outputs,)."""
        return features.labels[features.marks >= 0] if len(features.marks) else features.labels

    def logits(self, model: Any, features: Features, picked: np.ndarray, pad: int, machine: Machine) -> torch.Tensor:
        """Raw logits of a batch."""
        batch = collate(features, picked, pad, machine.torch_device)
        logits: torch.Tensor = model(**accepted(model, batch)).logits
        return logits

    def runner(self, fit: Fit, weights: Path | None, machine: Machine, pad: int) -> GradientRunner:
        """The fitted model, ready to predict; the checkpoint with its own head if `weights` is None."""
        order = None
        if weights is None:
            model: Any = loading.with_own_head(fit.checkpoint.loading, fit.checkpoint.name, self.auto)
            order = label_order(model.config.id2label, fit.task.labels, fit.checkpoint.name)
        else:
            model = loading.with_own_head({"pretrained_model_name_or_path": weights}, str(weights), self.auto)
        return self.running(fit, model, machine, pad, order)

    def running(
        self, fit: Fit, model: Any, machine: Machine, pad: int, order: np.ndarray | None = None
    ) -> GradientRunner:
        """A runner of a model that is already in memory."""
        return GradientRunner(self, model.to(machine.torch_device).eval(), machine, pad, order)


def fine_tune(
    model: Any, fit: Fit, features: Features, rows: int, loss_sum: LossSum, machine: Machine, workspace: Workspace
) -> dict[str, Any]:
    """Trains what of a model is not frozen by the recipe of a fit, and writes its weights.

    Returns:
        Facts for `fit.json`: the loss of every step.
    """
    if fit.recipe is None:
        raise XbenchError(f"{fit.task.name}: this head is trained and needs a recipe")
    model.to(machine.torch_device)
    losses = train(model, features, rows, fit.recipe, fit.seed, loss_sum, machine, workspace)
    loading.save_model(model, workspace.weights)
    return {"steps": len(losses), "losses": [round(loss, 6) for loss in losses]}


@dataclass(frozen=True)
class GradientRunner:
    """A model that predicts.

    Attributes:
        order: Column of the model's logits for each of the task's labels; None for as they are.
    """

    head: GradientHead
    model: Any
    machine: Machine
    pad: int
    order: np.ndarray | None

    def run(self, features: Features, slice: Slice) -> np.ndarray:
        """Logits, float32, (outputs, labels), in the order of `features`."""
        output = np.full((self.head.outputs(features), self.model.config.num_labels), np.nan, dtype=np.float32)
        pick = self.head.select(features)

        def predict(picked: np.ndarray) -> None:
            nonlocal output
            logits = self.head.logits(self.model, features, picked, self.pad, self.machine)
            chosen, places = pick(logits, picked)
            if output.shape[1:] != chosen.shape[1:]:  # a head of its own, which the configuration knows nothing of
                output = np.full((len(output), *chosen.shape[1:]), np.nan, dtype=np.float32)
            output[places] = chosen.float().cpu().numpy()

        with torch.inference_mode(), self.machine.autocast():
            run_in_batches(features.lengths, remembered_budget(self.model, self.machine), predict)
        return output if self.order is None else output[:, self.order]


_budgets: dict[tuple[int, str], Budget] = {}


def remembered_budget(model: torch.nn.Module, machine: Machine) -> Budget:
    """The budget of prediction for a model of this size on this device, for as long as the process lives."""
    size = sum(parameter.numel() for parameter in model.parameters())
    fresh = Budget(default_budget(machine.torch_device, training=False))
    return _budgets.setdefault((size, f"{machine.device} {machine.dtype}"), fresh)


def label_order(own: dict[int, str], labels: Sequence[str], name: str) -> np.ndarray:
    """Where the labels of a task are among those of a checkpoint, by name.

    Raises:
        XbenchError: A label of the task is missing there.
    """
    places = {str(label).casefold(): int(index) for index, label in own.items()}
    lacking = [label for label in labels if label.casefold() not in places]
    if lacking:
        raise XbenchError(
            f"{name} calls its labels {', '.join(map(str, own.values()))}, the task needs {', '.join(labels)}: "
            "set id2label in its config.json to the task's names"
        )
    return np.array([places[label.casefold()] for label in labels])


def union(parts: Sequence[tuple[Slice, Features, int]]) -> tuple[Features, int]:
    """The features of several slices as one, with their rows numbered on: (features, rows)."""
    pieces = [features for _, features, _ in parts]
    counts = [rows for _, _, rows in parts]
    starts = np.concatenate([[0], np.cumsum(counts)])
    lengths = np.concatenate([piece.lengths for piece in pieces])
    joined = Features(
        ids=np.concatenate([piece.ids for piece in pieces]),
        types=np.concatenate([piece.types for piece in pieces]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        rows=np.concatenate([piece.rows + start for piece, start in zip(pieces, starts, strict=False)]),
        marks=np.concatenate([piece.marks for piece in pieces]),
        labels=np.concatenate([piece.labels for piece in pieces]),
        side=np.concatenate([piece.side for piece in pieces]),
        pooled=np.concatenate([piece.pooled for piece in pieces]),
        truncated=sum(piece.truncated for piece in pieces),
        unknown=sum(piece.unknown for piece in pieces),
    )
    return joined, int(starts[-1])
