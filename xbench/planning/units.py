"""What one process takes at a time: a fit, the runs that need it, and the fits that continue it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from xbench.jobs import Fit, Plan, Run
from xbench.store.layout import lock


@dataclass(frozen=True)
class Unit:
    """A fit and its runs; for an identity fit, a single run.

    Attributes:
        fit: What is trained, or the identity.
        runs: What it predicts; nothing where it is only there to be continued.
        continued: Fits that begin with its weights, which are kept until then.
    """

    fit: Fit
    runs: tuple[Run, ...]
    continued: tuple[Unit, ...] = ()

    def lock(self, root: Path) -> Path:
        """Held by the process that works on it."""
        return lock(root / (self.runs[0].folder if self.fit.identity else self.fit.folder))

    @property
    def every(self) -> tuple[Unit, ...]:
        """Itself, and those that continue it."""
        return self, *(unit for further in self.continued for unit in further.every)

    @property
    def first(self) -> Run:
        """A run that it is needed for."""
        return next(run for unit in self.every for run in unit.runs)


def units(plan: Plan) -> tuple[Unit, ...]:
    """A plan's runs by fit, in the order of the plan; those of a continued fit with what it continues."""
    grouped: dict[str, list[Run]] = defaultdict(list)
    fits: dict[str, Fit] = {}
    for run in plan.runs:
        key = run.key if run.fit.identity else run.fit.key
        if run.fit.start:
            fits.setdefault(run.fit.start.key, run.fit.start)
        fits.setdefault(key, run.fit)
        grouped[key].append(run)
    further: dict[str, list[Unit]] = defaultdict(list)
    for key, fit in fits.items():
        if fit.start:
            further[fit.start.key].append(Unit(fit, tuple(grouped[key])))
    return tuple(Unit(fit, tuple(grouped[key]), tuple(further[key])) for key, fit in fits.items() if fit.start is None)
