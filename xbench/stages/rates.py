"""Measures how fast a checkpoint trains and predicts here, before the first long job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from xbench.api import Slice
from xbench.errors import XbenchError
from xbench.jobs import Fit, Run
from xbench.model.workspace import Machine, Workspace
from xbench.planning.processes import threads
from xbench.planning.speed import measured, rate_key, rate_of
from xbench.plugins import load
from xbench.stages.inputs import Encoded, Inputs

_FEW, _MORE = 3, 12
"""Steps of training that are timed; more of them where that takes no longer than `_PATIENCE`."""
_PATIENCE = 10.0
"""Seconds."""
_ROWS = 64
"""Of prediction that are timed, after as many that only warm up."""


def measure_rates(runs: Sequence[Run], inputs: Inputs, machine: Machine) -> None:
    """Times a few steps and a few rows of whatever has no rate yet; what they make is thrown away."""
    for run in runs:
        key = rate_key(run.fit, machine.device, threads())
        known = rate_of(key)
        # Bad data are the job's to report, under its own name.
        with suppress(XbenchError):
            if run.fit.trained and not known.trained:
                measured(key, trained=_trained(run.fit, inputs, machine))
            elif not run.fit.trained and not known.predicted:
                measured(key, predicted=_predicted(run.fit, run.tests[0], inputs, machine))


def _trained(fit: Fit, inputs: Inputs, machine: Machine) -> float:
    """Rows per second of training."""
    assert fit.recipe is not None
    rate = _short_fit(fit, inputs, machine, _FEW)
    if rate and _MORE * fit.recipe.batch_size / rate < _PATIENCE:
        # The first steps also pay for memory and caches: where steps are short, that would be most of it.
        rate = _short_fit(fit, inputs, machine, _MORE)
    return rate


def _short_fit(fit: Fit, inputs: Inputs, machine: Machine, steps: int) -> float:
    """Rows per second of a fit of a few steps; the rate of its prediction is kept besides."""
    assert fit.recipe is not None
    piece = fit.train[0].slice
    encoded = inputs(fit.checkpoint, fit.kind, fit.task, piece)
    rows = encoded.rows.rows[: steps * fit.recipe.batch_size]
    features = fit.kind.encode(rows, encoded.tokenizer, fit.task, encoded.max_length)
    short = replace(fit, recipe=replace(fit.recipe, epochs=1, select="last"), start=None)
    head: Any = load(fit.kind.head)
    ticks: list[tuple[float, int]] = []
    with TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder), tick=lambda rows: ticks.append((time.monotonic(), rows)))
        head.fit(short, [(piece, features, len(rows))], machine, workspace, encoded.pad)
        runner = head.runner(short, workspace.weights, machine, encoded.pad)
        measured(rate_key(fit, machine.device, threads()), predicted=_timed(runner, piece, fit, encoded))
    rates = [count / max(1e-6, end - start) for (start, _), (end, count) in pairwise(ticks)]
    return median(rates) if rates else 0.0


def _predicted(fit: Fit, piece: Slice, inputs: Inputs, machine: Machine) -> float:
    encoded = inputs(fit.checkpoint, fit.kind, fit.task, piece)
    runner = load(fit.kind.head).runner(replace(fit, train=(), start=None), None, machine, encoded.pad)
    return _timed(runner, piece, fit, encoded)


def _timed(runner: Any, piece: Slice, fit: Fit, encoded: Encoded) -> float:
    rows = encoded.rows.rows[: 2 * _ROWS]
    warm, timed = rows[:_ROWS], rows[_ROWS:] or rows
    took = 0.0
    for part in (warm, timed):
        features = fit.kind.encode(part, encoded.tokenizer, fit.task, encoded.max_length)
        began = time.monotonic()
        runner.run(features, piece)
        took = time.monotonic() - began
    return len(timed) / max(1e-6, took)
