"""One process working on units of a plan. Several may work on the same ones: locks divide them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from xbench.api import Slice
from xbench.engine.options import Options, Outcome
from xbench.engine.progress import Watcher
from xbench.errors import Unavailable, XbenchError
from xbench.jobs import Gap, Run
from xbench.model.workspace import Machine
from xbench.planning.cost import measured, rate_key
from xbench.planning.processes import threads
from xbench.planning.remaining import remaining
from xbench.planning.units import Unit
from xbench.plugins import registry
from xbench.stages.fit import Fitted, make_fit
from xbench.stages.inputs import Inputs
from xbench.stages.predict import predict
from xbench.stages.score import score_run
from xbench.store.locks import hold


def execute(
    units: Sequence[Unit], root: Path, inputs: Inputs, machine: Machine, options: Options, progress: Watcher
) -> Outcome:
    """Makes every fit and prediction that is not there yet.

    A unit that another process works on is left for later; at the end this process waits for it
    and takes over whatever it left undone.

    Args:
        units: In the order in which they are taken.
        root: Results folder.
        inputs: The data.
        machine: Where.
        options: How.
        progress: Is told of every job and its rows.
    """
    outcome = Outcome()
    waiting = list(units)
    patient = False
    while waiting:
        later: list[Unit] = []
        for unit in waiting:
            with hold(unit.lock(root), wait=patient) as held:
                if held:
                    _work(unit, root, inputs, machine, options, progress, outcome)
                else:
                    later.append(unit)
        # Waiting is for the end, one unit at a time, so that free units are never passed over.
        patient = len(later) == len(waiting)
        waiting = later
    return outcome


def _work(
    unit: Unit, root: Path, inputs: Inputs, machine: Machine, options: Options, progress: Watcher, outcome: Outcome
) -> None:
    fitted = Fitted(root / unit.fit.folder)
    try:
        todo = [run for run in unit.runs if remaining(run, root)]
        if todo:
            weights = None
            if not unit.fit.identity:
                weights = fitted.weights or _fit(unit, root, inputs, machine, options, progress).weights
            # Every run has its turn, also after one that could not be made whole.
            predicted = [_predict(run, root, weights, inputs, machine, progress, outcome) for run in todo]
            whole = all(predicted)
        else:
            whole = True
    except XbenchError as error:
        outcome.errors.append(f"{_name(unit.runs[0])}: {error}")
        whole = False
    if not unit.fit.identity and (options.keep_weights == "never" or (options.keep_weights != "always" and whole)):
        fitted.forget_weights()


def _fit(unit: Unit, root: Path, inputs: Inputs, machine: Machine, options: Options, progress: Watcher) -> Fitted:
    fit = unit.fit
    rows = sum(part.rows for part in fit.train) * (fit.recipe.epochs if fit.recipe else 1)
    progress.start(f"fit {_name(unit.runs[0])}", rows)
    seen: list[tuple[float, int]] = []

    def tick(rows: int) -> None:
        seen.append((time.monotonic(), rows))
        progress.tick(rows)

    fitted = make_fit(fit, root, inputs, machine, options.save_every, tick)
    if fit.seeded and len(seen) > 2:
        rate = sum(count for _, count in seen[1:]) / max(1e-6, seen[-1][0] - seen[0][0])
        measured(rate_key(fit, machine.device, threads()), trained=rate)
    return fitted


def _predict(
    run: Run, root: Path, weights: Path | None, inputs: Inputs, machine: Machine, progress: Watcher, outcome: Outcome
) -> bool:
    """Predicts what is left of a run; whether it is whole then."""
    left = remaining(run, root)
    progress.start(f"predict {_name(run)}", sum(_rows(piece, inputs) for piece in left))
    seen: list[tuple[float, int]] = []

    def tick(rows: int) -> None:
        seen.append((time.monotonic(), rows))
        progress.tick(rows)

    troubles = predict(run, root, weights, inputs, machine, tick)
    # By the process that predicted: what is left to score at the end is scored by one.
    score_run(root / run.folder, registry())
    if len(seen) > 2:
        rate = sum(count for _, count in seen[1:]) / max(1e-6, seen[-1][0] - seen[0][0])
        measured(rate_key(run.fit, machine.device, threads()), predicted=rate)
    for trouble in troubles:
        if trouble.gap:
            name = run.fit.checkpoint.name
            outcome.gaps.append(Gap(name, run.task.name, run.protocol, trouble.piece.language, str(trouble.error)))
        else:
            outcome.errors.append(f"{_name(run)}, {trouble.piece.language}: {trouble.error}")
    return not troubles


def _rows(piece: Slice, inputs: Inputs) -> int:
    """Rows of a slice, as far as its card says how many."""
    with suppress(Unavailable):
        stated = inputs.library.size(piece) or 0
        return stated if piece.limit is None else min(stated, piece.limit)
    return 0


def _name(run: Run) -> str:
    seed = f" seed {run.fit.seed}" if run.fit.seeded else ""
    languages = f" {run.tests[0].language}" if run.per_language else ""
    return f"{run.fit.checkpoint.name} {run.task.name} {run.protocol}{languages}{seed}"
