"""What a plan will cost: rows, time, disk."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from xbench.api import Slice
from xbench.errors import Unavailable
from xbench.jobs import Fit, Making, Plan
from xbench.planning.checkpoints import weight_bytes
from xbench.planning.facts import Facts
from xbench.planning.making import ToMake, to_make
from xbench.planning.processes import threads
from xbench.planning.remaining import remaining
from xbench.planning.speed import TRAINING, guessed, rate_key, rate_of
from xbench.planning.units import Unit, units

_TYPICAL_ROWS = 1000
"""Of a test slice whose card does not say how many it has."""


@dataclass(frozen=True)
class Work:
    """Rows that are done at one rate.

    Attributes:
        key: Of the rate.
        guess: Rows of prediction per second as long as none were measured; 0 if there is nothing to guess from.
        trained: Rows to train on, counted per epoch.
        predicted: Rows to predict.
    """

    key: str
    guess: float = 0.0
    trained: int = 0
    predicted: int = 0

    @property
    def seconds(self) -> float | None:
        """Estimated from the measured rate, else from the guess; None without either."""
        rate = rate_of(self.key)
        predicting = rate.predicted or self.guess
        training = rate.trained or predicting / TRAINING
        parts = [(rows, speed) for rows, speed in ((self.trained, training), (self.predicted, predicting)) if rows]
        return sum(rows / speed for rows, speed in parts) if all(speed for _, speed in parts) else None

    @property
    def measured(self) -> bool:
        """Whether its time rests on nothing but what was measured."""
        rate = rate_of(self.key)
        return bool((rate.trained or not self.trained) and (rate.predicted or not self.predicted))


@dataclass(frozen=True)
class Left:
    """What is left of a unit of work.

    Attributes:
        unit: A fit with its runs, and those that continue it.
        fits: How many of them must be made.
        predictions: Files of predictions to make.
        work: Rows by rate; nothing where all is there.
    """

    unit: Unit
    fits: int
    predictions: int
    work: tuple[Work, ...]

    @property
    def rows(self) -> int:
        """Rows to train on (per epoch) and to predict."""
        return sum(work.trained + work.predicted for work in self.work)

    @property
    def size(self) -> int:
        """How much work that is, in rows of prediction, whatever the rates are."""
        return sum(TRAINING * work.trained + work.predicted for work in self.work)

    @property
    def seconds(self) -> float | None:
        """Estimated; None where there is neither a measured rate nor a guess."""
        times = [work.seconds for work in self.work]
        known = [time for time in times if time is not None]
        return sum(known) if len(known) == len(times) else None


@dataclass(frozen=True)
class Cost:
    """What is left of a plan.

    Attributes:
        left: Every unit, the largest first: one that is taken last keeps the other processes waiting for its end.
        processes: How many work on it at once.
        translations: Rows to make before, by translation.
    """

    left: tuple[Left, ...]
    processes: int
    translations: tuple[ToMake, ...] = ()

    @property
    def fits(self) -> int:
        """Fits to make."""
        return sum(left.fits for left in self.left)

    @property
    def predictions(self) -> int:
        """Files of predictions to make."""
        return sum(left.predictions for left in self.left)

    @property
    def rows(self) -> int:
        """Rows to train on (per epoch) and to predict."""
        return sum(left.rows for left in self.left)

    @property
    def weights(self) -> int:
        """Bytes that weights take while they are kept, all fits together."""
        units = [left.unit for left in self.left for _ in range(left.fits)]
        return sum(weight_bytes(unit.fit.checkpoint.config) for unit in units if unit.fit.recipe)

    @property
    def seconds(self) -> float | None:
        """Until the last process has ended, estimated; None where there is neither a measured rate nor a guess."""
        waited = [one.seconds for one in self.translations]
        ends = [sum(seconds for seconds in waited if seconds is not None)] * self.processes
        if None in waited:
            return None
        for left in self.left:
            if (seconds := left.seconds) is None:
                return None
            # The process that is free first takes the next unit.
            heapq.heapreplace(ends, ends[0] + seconds)
        return max(ends)

    @property
    def measured(self) -> bool:
        """Whether the time rests on nothing but what was measured; else it is a guess."""
        return all(work.measured for left in self.left for work in left.work)


def cost(plan: Plan, root: Path, facts: Facts, devices: Sequence[str]) -> Cost:
    """Counts what is not done yet.

    Args:
        plan: All that was asked for.
        root: Results folder.
        facts: How many rows test slices have.
        devices: One for every process that may be used; a unit that is finished needs none.
    """
    found = [
        (unit, {run.key: remaining(run, root) for part in unit.every for run in part.runs}) for unit in units(plan)
    ]
    processes = max(1, min(len(devices), sum(any(pieces.values()) for _, pieces in found)))
    share = threads(processes)
    left = [_left(unit, pieces, root, facts, devices[0], share) for unit, pieces in found]
    learned = [trainset for one in left if one.fits for part in one.unit.every for trainset in part.fit.train]
    makings = [trainset.making for trainset in learned if trainset.making]
    makings += [making for unit, pieces in found for making in _read(unit, pieces, facts)]
    translations = to_make(makings, facts.library, devices[0])
    return Cost(tuple(sorted(left, key=lambda unit: unit.size, reverse=True)), processes, translations)


def _left(
    unit: Unit, pieces: Mapping[str, Sequence[Slice]], root: Path, facts: Facts, device: str, threads: int
) -> Left:
    fits, work = 0, []
    for part in unit.every:
        fit = part.fit
        key, guess = rate_key(fit, device, threads), guessed(fit, device, threads)
        rows = [facts.size(piece) or _TYPICAL_ROWS for run in part.runs for piece in pieces[run.key]]
        if rows:
            work.append(Work(key, guess, predicted=sum(rows)))
        if not fit.identity and _asked(part, pieces) and not _weights_kept(fit, root):
            fits += 1
            learned = sum(trainset.rows for trainset in fit.train)
            # A closed-form fit only encodes its rows, which is what prediction does.
            epochs = fit.recipe.epochs if fit.recipe else 0
            work.append(Work(key, guess, epochs * learned) if epochs else Work(key, guess, predicted=learned))
    return Left(unit, fits, sum(map(len, pieces.values())), tuple(work))


def _read(unit: Unit, left: Mapping[str, Sequence[Slice]], facts: Facts) -> Iterator[Making]:
    """The test rows of a unit that are to be translated first."""
    for run in (run for part in unit.every for run in part.runs):
        for piece in left[run.key]:
            # That there are no rows, whoever predicts them will say.
            with suppress(Unavailable):
                if piece.translator:
                    yield facts.making(piece, run.task)


def _asked(unit: Unit, pieces: Mapping[str, Sequence[Slice]]) -> bool:
    """Whether predictions are missing that need the weights of a unit's fit, or of one that continues it."""
    return any(pieces[run.key] for part in unit.every for run in part.runs)


def _weights_kept(fit: Fit, root: Path) -> bool:
    return (root / fit.folder / "fit.json").is_file() and (root / fit.folder / "weights").is_dir()
