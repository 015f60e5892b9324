"""What one process takes at a time: a fit with the runs that need it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from xbench.jobs import Fit, Plan, Run
from xbench.store.layout import lock


@dataclass(frozen=True)
class Unit:
    """A fit and its runs; for an identity fit, a single run."""

    fit: Fit
    runs: tuple[Run, ...]

    def lock(self, root: Path) -> Path:
        """Held by the process that works on it."""
        return lock(root / (self.runs[0].folder if self.fit.identity else self.fit.folder))


def units(plan: Plan) -> tuple[Unit, ...]:
    """A plan's runs by fit, in the order of the plan."""
    grouped: dict[str, list[Run]] = defaultdict(list)
    for run in plan.runs:
        grouped[run.key if run.fit.identity else run.fit.key].append(run)
    return tuple(Unit(runs[0].fit, tuple(runs)) for runs in grouped.values())
