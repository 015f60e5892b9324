"""Training slices -> weights and `fit.json`."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.metrics.degenerate import beats_majority
from xbench.model.workspace import Machine, Workspace
from xbench.plugins import load
from xbench.stages.inputs import Inputs
from xbench.stages.losses import learned_less
from xbench.stages.provenance import describe_checkpoint, versions
from xbench.store.files import forget_drafts, write_json


@dataclass(frozen=True)
class Fitted:
    """What is on disk of a fit.

    Attributes:
        folder: Of the fit.
    """

    folder: Path

    @property
    def finished(self) -> bool:
        """Whether it was trained to the end, with or without weights left."""
        return (self.folder / "fit.json").is_file()

    @property
    def weights(self) -> Path | None:
        """Its weights, if they are there."""
        path = self.folder / "weights"
        return path if self.finished and path.is_dir() else None

    def forget_weights(self) -> None:
        """Removes the weights; `fit.json` stays."""
        shutil.rmtree(self.folder / "weights", ignore_errors=True)


def make_fit(
    fit: Fit, root: Path, inputs: Inputs, machine: Machine, save_every: float, tick: Callable[[int], None]
) -> Fitted:
    """Trains, from the last saved state if there is one, and judges the result on dev.

    Raises:
        XbenchError: Training rows are not those of the plan, or the loss is not a number.
    """
    fitted = Fitted(root / fit.folder)
    start = Fitted(root / fit.start.folder).weights if fit.start else None
    began = time.monotonic()
    head = load(fit.kind.head)
    parts = []
    pad = 0
    described = []
    for trainset in fit.train:
        encoded = inputs(fit.checkpoint, fit.kind, fit.task, trainset.slice)
        if encoded.rows.digest != trainset.digest:
            raise XbenchError(f"the rows of {trainset.slice} changed while xbench was running: run again")
        parts.append((trainset.slice, encoded.features, len(encoded.rows)))
        described.append({**trainset.describe(), "rows": len(encoded.rows)})
        if encoded.rows.made is not None:
            described[-1]["made"] = dict(encoded.rows.made)
        pad = encoded.pad
    fitted.forget_weights()
    forget_drafts(fitted.folder)
    dev = None
    if fit.recipe and fit.recipe.select == "dev" and fit.dev:

        def dev(model: Any) -> float:
            return _main_on_dev(fit, inputs, head.running(fit, model, machine, pad))

    workspace = Workspace(fitted.folder, save_every, tick, dev, start)
    shutil.rmtree(workspace.weights, ignore_errors=True)
    facts = head.fit(fit, parts, machine, workspace, pad)
    notes = {**facts.pop("notes", {}), **learned_less(described)}
    verdict = _judge(fit, inputs, head, machine, workspace.weights, pad)
    # In place only when whole: a fit that is made again for a new language has its `fit.json` already.
    workspace.weights.replace(fitted.folder / "weights")
    write_json(
        fitted.folder / "fit.json",
        {
            "key": fit.key,
            "start": fit.start.folder if fit.start else None,
            "checkpoint": describe_checkpoint(fit.checkpoint),
            "head": fit.kind.head,
            "kind": [fit.kind.name, fit.kind.version],
            "labels": list(fit.task.labels),
            "train": described,
            "recipe": asdict(fit.recipe) if fit.recipe else None,
            "max_length": fit.task.max_length,
            "seed": fit.seed,
            "dtype": fit.dtype,
            "verdict": verdict,
            **facts,
            **({"notes": notes} if notes else {}),
            "device": machine.device,
            "seconds": round(time.monotonic() - began, 1),
            "versions": versions(),
        },
    )
    for name in ("state.pt", "best.pt"):
        (fitted.folder / name).unlink(missing_ok=True)
    return fitted


def _judge(fit: Fit, inputs: Inputs, head: Any, machine: Machine, weights: Path, pad: int) -> dict[str, Any]:
    """Whether the fit learned anything: its dev answers against always giving the majority answer."""
    if not fit.trained:
        return {"status": "not judged", "why": "found in closed form: nothing that could collapse"}
    if not fit.dev:
        return {"status": "not judged", "why": "the training language has no dev split here"}
    runner = head.runner(fit, weights, machine, pad)
    gold, predicted = _answers(fit, inputs, runner)
    better, p_value = beats_majority(gold, predicted)
    return {
        "status": "ok" if better else "degenerate",
        "test": "exact one-sided McNemar against the majority answer, 5 %",
        "languages": [trainset.slice.language for trainset in fit.dev],
        "decisions": len(gold),
        "p_value": p_value,
    }


def _answers(fit: Fit, inputs: Inputs, runner: Any) -> tuple[np.ndarray, np.ndarray]:
    pairs = []
    for trainset in fit.dev:
        encoded = inputs(fit.checkpoint, fit.kind, fit.task, trainset.slice)
        output = runner.run(encoded.features, trainset.slice)
        table = fit.kind.decode(output, encoded.rows.rows, encoded.features, fit.task, trainset.slice)
        pairs.append(fit.kind.answers(table, fit.task))
    return np.concatenate([gold for gold, _ in pairs]), np.concatenate([guess for _, guess in pairs])


def _main_on_dev(fit: Fit, inputs: Inputs, runner: Any) -> float:
    """Mean of the main metric over the dev slices."""
    values = []
    for trainset in fit.dev:
        encoded = inputs(fit.checkpoint, fit.kind, fit.task, trainset.slice)
        output = runner.run(encoded.features, trainset.slice)
        table = fit.kind.decode(output, encoded.rows.rows, encoded.features, fit.task, trainset.slice)
        main = next(measure for measure in fit.kind.measures(table, fit.task) if measure.main)
        values.append(float(main.metric.value(main.statistics.sum(axis=0))))
    return float(np.mean(values))
