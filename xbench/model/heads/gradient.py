"""What heads that are trained by gradient share: fit, load, run in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from xbench.api import Features, Slice
from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.model import loading
from xbench.model.batching import Cut, by_length
from xbench.model.embedding import trained_rows
from xbench.model.forward import Forward, forward
from xbench.model.moving import moved, one_behind
from xbench.model.prediction import Prediction, frozen, prediction
from xbench.model.products import fast_products
from xbench.model.training import LossSum, train
from xbench.model.workspace import Machine, Workspace

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Logits, (outputs, ...), in fp32, and their gold labels, (outputs,) -> the sum of their losses."""


class Outputs(Protocol):
    """What a head gives for some features, such as a label for each sequence; what takes a look at all is done once."""

    @property
    def gold(self) -> np.ndarray:
        """The gold label of every output, (outputs,)."""
        ...

    def logits(self, forward: Forward, picked: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        """Logits of the outputs of a batch, (chosen, ...), and which of all outputs they are, (chosen,).

        Those of a sequence may depend on nothing outside of it: batches are cut as the device's memory allows.
        """
        ...


def cross_entropy(logits: torch.Tensor, gold: torch.Tensor) -> torch.Tensor:
    """For labels that are classes."""
    return torch.nn.functional.cross_entropy(logits, gold.long(), reduction="sum")


@dataclass(frozen=True)
class GradientHead:
    """A head of an auto class.

    Attributes:
        auto: Name of the auto class.
        outputs: What it gives for some features.
        loss: Of its logits, summed.
    """

    auto: str
    outputs: Callable[[Features], Outputs]
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
        model = self._started(fit, workspace.start).to(machine.torch_device)
        run = forward(model, pad, machine.torch_device)
        return fine_tune(model, fit, features, rows, self.loss_of(features, run), machine, workspace, run.cut)

    def _started(self, fit: Fit, start: Path | None) -> Any:
        """The model before its first step."""
        if start is None:
            return loading.with_fresh_head(fit.checkpoint, self.auto, fit.task.labels, fit.seed)
        return loading.with_own_head({"pretrained_model_name_or_path": start}, str(start), self.auto)

    def loss_of(self, features: Features, run: Forward) -> LossSum:
        """The summed loss of some sequences, as a function of their indices."""
        outputs = self.outputs(features)
        labels = outputs.gold

        def loss_sum(picked: np.ndarray) -> tuple[torch.Tensor, int]:
            logits, places = outputs.logits(run, picked)
            gold = moved(labels[places], logits.device)
            return self.loss(logits.float(), gold), len(gold)

        return loss_sum

    def runner(self, fit: Fit, weights: Path | None, machine: Machine, pad: int) -> GradientRunner:
        """The fitted model, ready to predict; the checkpoint with its own head if `weights` is None."""
        order = None
        if weights is None:
            model: Any = loading.with_own_head(fit.checkpoint.loading, fit.checkpoint.name, self.auto)
            order = label_order(model.config.id2label, fit.task.labels, fit.checkpoint.name)
        else:
            model = loading.with_own_head({"pretrained_model_name_or_path": weights}, str(weights), self.auto)
        return GradientRunner(self, frozen(model, pad, machine), order)

    def running(self, fit: Fit, model: Any, machine: Machine, pad: int) -> GradientRunner:
        """A runner of a model that is in memory and still trained: it stays as it is."""
        run = forward(model.eval(), pad, machine.torch_device)
        return GradientRunner(self, prediction(run, machine), None)


def fine_tune(
    model: Any,
    fit: Fit,
    features: Features,
    rows: int,
    loss_sum: LossSum,
    machine: Machine,
    workspace: Workspace,
    cut: Cut = by_length,
) -> dict[str, Any]:
    """Trains what of a model is not frozen by the recipe of a fit, and writes its weights.

    Args:
        model: On its device.
        fit: What to train.
        features: Training sequences.
        rows: Number of training rows.
        loss_sum: Loss of some sequences.
        machine: Where.
        workspace: Its folder.
        cut: What cuts the micro-batches of a step.

    Returns:
        Facts for `fit.json`: the loss of every step, and who computed its products.
    """
    if fit.recipe is None:
        raise XbenchError(f"{fit.task.name}: this head is trained and needs a recipe")
    with trained_rows(model, features.ids, fit.recipe.weight_decay), fast_products(model, machine) as products:
        losses = train(model, features, rows, fit.recipe, fit.seed, loss_sum, cut, machine, workspace)
    loading.save_model(model, workspace.weights)
    return {"steps": len(losses), "losses": [round(loss, 6) for loss in losses], "products": products}


@dataclass(frozen=True)
class GradientRunner:
    """A model that predicts.

    Attributes:
        order: Column of the model's logits for each of the task's labels; None for as they are.
    """

    head: GradientHead
    prediction: Prediction
    order: np.ndarray | None

    def run(self, features: Features, slice: Slice) -> np.ndarray:
        """Logits, float32, (outputs, labels), in the order of `features`."""
        outputs = self.head.outputs(features)
        found = np.full((len(outputs.gold), self.prediction.model.config.num_labels), np.nan, dtype=np.float32)

        def keep(logits: torch.Tensor, places: np.ndarray) -> None:
            nonlocal found
            if found.shape[1:] != logits.shape[1:]:  # a head of its own, which the configuration knows nothing of
                found = np.full((len(found), *logits.shape[1:]), np.nan, dtype=np.float32)
            found[places] = logits.cpu().float().numpy()

        with one_behind(keep) as hand:
            self.prediction.in_batches(
                features.lengths, lambda picked: hand(*outputs.logits(self.prediction.forward, picked))
            )
        return found if self.order is None else found[:, self.order]


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
    if len(parts) == 1:
        # Not copied: they may be pages of a file that other processes read too.
        return parts[0][1:]
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
