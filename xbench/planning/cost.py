"""What a plan will cost: rows, time from measured rates, disk."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xbench.api import Slice
from xbench.jobs import Fit, Plan
from xbench.planning.checkpoints import shape, weight_bytes
from xbench.planning.facts import Facts
from xbench.planning.making import ToMake, to_make
from xbench.planning.processes import threads
from xbench.planning.remaining import remaining
from xbench.planning.units import Unit, units
from xbench.store.cache import recall, remember
from xbench.store.keys import digest

_TYPICAL_ROWS = 1000
"""Of a test slice whose card does not say how many it has."""

_TRAINING = 3
"""Rows of prediction that a row of training costs: the pass backward computes two products for each one forward."""


@dataclass(frozen=True)
class Rate:
    """Rows per second, measured on this machine for checkpoints of one shape.

    Attributes:
        trained: Rows per second of fine-tuning; 0 if never measured.
        predicted: Rows per second of prediction; 0 if never measured.
    """

    trained: float = 0.0
    predicted: float = 0.0


@dataclass(frozen=True)
class Work:
    """Rows to train on (counted per epoch) and to predict, at one rate."""

    key: str
    trained: int = 0
    predicted: int = 0

    @property
    def seconds(self) -> float | None:
        """Estimated from measured rates; None where one of them was never measured."""
        rate = rate_of(self.key)
        if (self.trained and not rate.trained) or (self.predicted and not rate.predicted):
            return None
        trained = self.trained / rate.trained if self.trained else 0.0
        return trained + (self.predicted / rate.predicted if self.predicted else 0.0)


@dataclass(frozen=True)
class Left:
    """What is left of a unit of work.

    Attributes:
        unit: A fit with its runs.
        fit: Whether the fit must be made.
        predictions: Files of predictions to make.
        work: Rows by rate; nothing where all is there.
    """

    unit: Unit
    fit: bool
    predictions: int
    work: tuple[Work, ...]

    @property
    def rows(self) -> int:
        """Rows to train on (per epoch) and to predict."""
        return sum(work.trained + work.predicted for work in self.work)

    @property
    def size(self) -> int:
        """How much work that is, in rows of prediction, whatever the rates are."""
        return sum(_TRAINING * work.trained + work.predicted for work in self.work)

    @property
    def seconds(self) -> float | None:
        """Estimated from measured rates; None where one of them was never measured."""
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
        return sum(left.fit for left in self.left)

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
        fits = [left.unit.fit for left in self.left if left.fit]
        return sum(weight_bytes(fit.checkpoint.config) for fit in fits if fit.recipe)

    @property
    def seconds(self) -> float | None:
        """Until the last process has ended, estimated from measured rates; None while one was never measured."""
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


def cost(plan: Plan, root: Path, facts: Facts, devices: Sequence[str]) -> Cost:
    """Counts what is not done yet.

    Args:
        plan: All that was asked for.
        root: Results folder.
        facts: How many rows test slices have.
        devices: One for every process that may be used; a unit that is finished needs none.
    """
    found = [(unit, [remaining(run, root) for run in unit.runs]) for unit in units(plan)]
    processes = max(1, min(len(devices), sum(any(pieces) for _, pieces in found)))
    share = threads(processes)
    left = [_left(unit, pieces, root, facts, devices[0], share) for unit, pieces in found]
    learned = [part for unit in left if unit.fit for part in unit.unit.fit.train]
    translations = to_make(learned, facts.library, devices[0])
    return Cost(tuple(sorted(left, key=lambda unit: unit.size, reverse=True)), processes, translations)


def _left(unit: Unit, pieces: Sequence[Sequence[Slice]], root: Path, facts: Facts, device: str, threads: int) -> Left:
    fit = unit.fit
    key = rate_key(fit, device, threads)
    work = [
        Work(rate_key(run.fit, device, threads), predicted=sum(facts.size(piece) or _TYPICAL_ROWS for piece in slices))
        for run, slices in zip(unit.runs, pieces, strict=True)
        if slices
    ]
    needed = bool(work) and not fit.identity and not _weights_kept(fit, root)
    if needed:
        rows = sum(part.rows for part in fit.train)
        # A closed-form fit only encodes its rows, which is what prediction does.
        work.append(Work(key, trained=fit.recipe.epochs * rows) if fit.recipe else Work(key, predicted=rows))
    return Left(unit, needed, sum(map(len, pieces)), tuple(work))


def _weights_kept(fit: Fit, root: Path) -> bool:
    return (root / fit.folder / "fit.json").is_file() and (root / fit.folder / "weights").is_dir()


def rate_key(fit: Fit, device: str, threads: int) -> str:
    """Checkpoints of one shape on one kind of task run at one rate, which on a CPU is one of so many threads."""
    layers, hidden = shape(fit.checkpoint.config)
    vocabulary = fit.checkpoint.config.get("vocab_size", 0)
    kind = device.split(":")[0]
    place = [kind, threads if kind == "cpu" else 0]
    return digest([place, fit.dtype, layers, hidden, vocabulary, fit.kind.name, fit.task.name])[:16]


def rate_of(key: str) -> Rate:
    """What was measured last."""
    found = recall("rates", key)
    return Rate(**found) if found else Rate()


def measured(key: str, *, trained: float = 0.0, predicted: float = 0.0) -> None:
    """Keeps a rate that was measured; the other one stays."""
    known = rate_of(key)
    remember("rates", key, {"trained": trained or known.trained, "predicted": predicted or known.predicted})
