"""One process working on units of a plan. Others may work on the same results folder: locks keep them apart."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from xbench.api import Slice
from xbench.engine.options import Options, Outcome
from xbench.engine.progress import Watcher
from xbench.errors import Unavailable
from xbench.jobs import Gap, Run
from xbench.model.workspace import Machine
from xbench.planning.processes import threads
from xbench.planning.remaining import remaining
from xbench.planning.speed import measured, rate_key
from xbench.planning.units import Unit
from xbench.plugins import Registry
from xbench.stages.faults import told
from xbench.stages.fit import Fitted, make_fit
from xbench.stages.inputs import Inputs
from xbench.stages.predict import predict
from xbench.stages.score import score_run
from xbench.store.locks import hold


@dataclass(frozen=True)
class Executor:
    """Makes every fit and prediction that is not there yet.

    Attributes:
        root: Results folder.
        registry: Where kinds are found.
        inputs: The data.
        machine: Where.
        options: How.
        progress: Is told of every job and its rows.
    """

    root: Path
    registry: Registry
    inputs: Inputs
    machine: Machine
    options: Options
    progress: Watcher

    def execute(self, units: Iterable[Unit]) -> Outcome:
        """Works on units in their order; an error stops a job and no other.

        A unit that a process of another run works on is left for later; at the end this process waits for it and takes
        over whatever it left undone.
        """
        outcome = Outcome()
        left = self._free(units, outcome)
        while left:
            # Waiting is for the end, one unit at a time, so that free units are never passed over.
            before = len(left)
            left = self._free(left, outcome)
            if len(left) == before:
                self._work(left.pop(0), outcome, wait=True)
        return outcome

    def _free(self, units: Iterable[Unit], outcome: Outcome) -> list[Unit]:
        """Works on the units that nobody else works on; returns the others."""
        return [unit for unit in units if not self._work(unit, outcome)]

    def _work(self, unit: Unit, outcome: Outcome, wait: bool = False) -> bool:
        """Makes what is missing of a unit; whether it was this process's turn."""
        with hold(unit.lock(self.root), wait) as held:
            if held:
                self._make(unit, outcome)
        return held

    def _make(self, unit: Unit, outcome: Outcome) -> bool:
        """Makes what is missing of a unit, and of those that continue it; whether it is whole then."""
        fitted = Fitted(self.root / unit.fit.folder)
        whole = False
        with _reported(unit.first, outcome):
            todo = [run for run in unit.runs if remaining(run, self.root)]
            further = [part for part in unit.continued if any(remaining(run, self.root) for run in part.runs)]
            if (todo or further) and not unit.fit.identity and not fitted.weights:
                self._fit(unit)
            # Every run has its turn, also after one that could not be made whole.
            predicted = [self._predict(run, fitted.weights, outcome) for run in todo]
            continued = [self._make(part, outcome) for part in further]
            whole = all(predicted) and all(continued)
        keep = self.options.keep_weights
        if not unit.fit.identity and (keep == "never" or (keep != "always" and whole)):
            fitted.forget_weights()
        return whole

    def _fit(self, unit: Unit) -> None:
        fit = unit.fit
        rows = sum(part.rows for part in fit.train) * (fit.recipe.epochs if fit.recipe else 1)
        self.progress.start(f"fit {_name(unit.first)}", rows)
        seen: list[tuple[float, int]] = []

        def tick(rows: int) -> None:
            seen.append((time.monotonic(), rows))
            self.progress.tick(rows)

        make_fit(fit, self.root, self.inputs, self.machine, self.options.save_every, tick)
        if fit.trained and len(seen) > 2:
            rate = sum(count for _, count in seen[1:]) / max(1e-6, seen[-1][0] - seen[0][0])
            measured(rate_key(fit, self.machine.device, threads()), trained=rate)

    def _predict(self, run: Run, weights: Path | None, outcome: Outcome) -> bool:
        """Predicts what is left of a run and scores it; whether all of it is predicted then."""
        whole = False
        with _reported(run, outcome):
            left = remaining(run, self.root)
            self.progress.start(f"predict {_name(run)}", sum(self._rows(piece) for piece in left))
            began, rows = time.monotonic(), 0

            def tick(count: int) -> None:
                nonlocal rows
                rows += count
                self.progress.tick(count)

            troubles = predict(run, self.root, weights, self.inputs, self.machine, tick)
            if rows:
                rate = rows / max(1e-6, time.monotonic() - began)
                measured(rate_key(run.fit, self.machine.device, threads()), predicted=rate)
            for trouble in troubles:
                if trouble.gap:
                    name, language = run.fit.checkpoint.name, trouble.piece.language
                    outcome.gaps.append(Gap(name, run.task.name, run.protocol, language, str(trouble.error)))
                else:
                    outcome.errors.append(f"{_name(run)}, {trouble.piece.language}: {trouble.error}")
            whole = not troubles
            # By the process that predicted: what is left to score at the end is scored by one, which also says what
            # cannot be.
            with suppress(Exception):
                score_run(self.root / run.folder, self.registry)
        return whole

    def _rows(self, piece: Slice) -> int:
        """Rows of a slice, as far as its card says how many."""
        with suppress(Unavailable):
            stated = self.inputs.library.size(piece) or 0
            return stated if piece.limit is None else min(stated, piece.limit)
        return 0


@contextmanager
def _reported(run: Run, outcome: Outcome) -> Iterator[None]:
    """Keeps an error under the name of its run, and goes on."""
    try:
        yield
    except Exception as error:
        outcome.errors.append(f"{_name(run)}: {told(error)}")


def _name(run: Run) -> str:
    seed = f" seed {run.fit.seed}" if run.fit.seeded else ""
    languages = f" {run.tests[0].language}" if run.per_language else ""
    return f"{run.fit.checkpoint.name} {run.task.name} {run.protocol}{languages}{seed}"
