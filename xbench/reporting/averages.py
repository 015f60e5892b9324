"""Averages of a column over any languages: per seed over the languages that every seed has, then over seeds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from xbench.reporting.columns import Cell, Column
from xbench.store.seeds import read_by_seed

_MISSING = re.compile(r"; missing: ([^;]*)")


@dataclass(frozen=True)
class Average:
    """A mean, and what it is over.

    Attributes:
        score: Mean over languages and seeds, runs that collapsed included; None if no language has a score.
        sd: Standard deviation over seeds; None with fewer than two, or where the table does not have them one by one.
        seeds: Number of seeds; 0 where chance takes no part.
        converged: Mean of the seeds whose fits all learned something; None if there are none.
        converged_seeds: How many these are.
        languages: How many languages it is over.
        missing: Those that it should be over and is not, sorted.
    """

    score: float | None
    sd: float | None
    seeds: int
    converged: float | None
    converged_seeds: int
    languages: int
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether it is over everything that it should be over."""
        return self.score is not None and not self.missing

    @property
    def degenerate(self) -> bool:
        """Whether a fit of it learned nothing."""
        return self.score is not None and self.converged_seeds < max(1, self.seeds)

    @property
    def count(self) -> str:
        """`14 of 15`."""
        return f"{self.languages} of {self.languages + len(self.missing)}"


@dataclass(frozen=True)
class Values:
    """Scores of a column that averages are made of.

    Attributes:
        places: Language -> its line in `scores`, of those that every seed has.
        seeds: What the columns of `scores` are; (0,) where chance takes no part or nobody has the seeds one by one.
        scores: (languages, seeds).
        fallen: Whether the fit learned nothing, (languages, seeds).
        told: Number of seeds as the rows say it.
    """

    places: Mapping[str, int]
    seeds: tuple[int, ...]
    scores: np.ndarray
    fallen: np.ndarray
    told: int

    def over(self, members: Collection[str], meant: Iterable[str] | None = None) -> Average:
        """The average over some languages.

        Args:
            members: Canonical tags; those without a score are missing.
            meant: What it should be over, if that is more.
        """
        present = [tag for tag in members if tag in self.places]
        missing = tuple(sorted({*(members if meant is None else meant)} - {*present}))
        if not present:
            return Average(None, None, 0, None, 0, 0, missing)
        lines = [self.places[tag] for tag in present]
        means = self.scores[lines].mean(axis=0)
        good = ~self.fallen[lines].any(axis=0)
        return Average(
            score=float(means.mean()),
            sd=float(means.std(ddof=1)) if len(means) > 1 else None,
            seeds=self.told,
            converged=float(means[good].mean()) if good.any() else None,
            # One value may stand for several seeds.
            converged_seeds=(int(good.sum()) if len(means) > 1 else max(1, self.told)) if good.any() else 0,
            languages=len(present),
            missing=missing,
        )


def values(column: Column) -> Values:
    """The scores of a column, language by seed."""
    known = {tag: (cell, read_by_seed(cell.by_seed)) for tag, cell in column.scored.items()}
    seeds = tuple(sorted({seed for _, one in known.values() for seed in one.values}))
    told = len(seeds) or max((cell.seeds for cell, _ in known.values()), default=0)
    if not seeds:
        scores = np.array([[cell.score] for cell, _ in known.values()], np.float64).reshape(-1, 1)
        fallen = np.array([[cell.status == "degenerate"] for cell, _ in known.values()], bool).reshape(-1, 1)
        return Values({tag: place for place, tag in enumerate(known)}, (0,), scores, fallen, told)
    whole = {tag: one for tag, (_, one) in known.items() if len(one.values) == len(seeds)}
    scores = np.array([[one.values[seed] for seed in seeds] for one in whole.values()], np.float64)
    fallen = np.array([[seed in one.collapsed for seed in seeds] for one in whole.values()], bool)
    shape = (len(whole), len(seeds))
    places = {tag: place for place, tag in enumerate(whole)}
    return Values(places, seeds, scores.reshape(shape), fallen.reshape(shape), told)


def stated(cell: Cell, count: tuple[int, int] | None) -> Average:
    """The average that a row of the scores itself is, such as one over a task's own panel.

    Args:
        cell: Of that row.
        count: Languages that it is over, and should be over.
    """
    if cell.score is None:
        return Average(None, None, 0, None, 0, 0, ())
    known = read_by_seed(cell.by_seed)
    good = [value for seed, value in known.values.items() if seed not in known.collapsed]
    if not known.values and cell.status != "degenerate":
        good = [cell.score]
    said = _MISSING.search(cell.reason)
    missing = tuple(sorted(said[1].split())) if said else ()
    return Average(
        score=cell.score,
        sd=cell.sd,
        seeds=cell.seeds,
        converged=float(np.mean(good)) if good else None,
        converged_seeds=(len(good) if known.values else max(1, cell.seeds)) if good else 0,
        languages=count[0] if count else 0,
        missing=missing,
    )
