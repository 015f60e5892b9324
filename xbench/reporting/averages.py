"""Averages of a column over any languages: per seed over the languages that every seed has, then over seeds."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

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
            return _nothing(missing)
        lines = [self.places[tag] for tag in present]
        means = self.scores[lines].mean(axis=0)
        return _average(means, np.logical_not(self.fallen[lines].any(axis=0)), self.told, len(present), missing)


@dataclass(frozen=True)
class Groups:
    """Sets of languages as a matrix, so that a column's averages over all of them are one product.

    Attributes:
        members: Name -> languages, at least one each.
        asked: Language -> its column in `inside`.
        inside: 1 where a language is in a group, (groups, languages).
    """

    members: Mapping[str, tuple[str, ...]]
    asked: Mapping[str, int]
    inside: np.ndarray

    def averages(self, own: Values) -> dict[str, Average]:
        """The average over each group, as `Values.over` has it."""
        there = [tag for tag in own.places if tag in self.asked]
        lines = [own.places[tag] for tag in there]
        inside = self.inside[:, [self.asked[tag] for tag in there]]
        counts = inside.sum(axis=1).astype(int)
        with np.errstate(invalid="ignore"):
            means = inside @ own.scores[lines] / counts[:, None]
        good = (inside @ own.fallen[lines].astype(float)) == 0
        facts = zip(self.members.items(), counts.tolist(), means, good, strict=True)
        return {name: self._average(own, tags, *known) for (name, tags), *known in facts}

    def _average(self, own: Values, tags: tuple[str, ...], count: int, means: np.ndarray, good: np.ndarray) -> Average:
        missing = tuple(sorted(tag for tag in tags if tag not in own.places)) if count < len(tags) else ()
        return _average(means, good, own.told, count, missing) if count else _nothing(missing)


def grouped(members: Mapping[str, tuple[str, ...]]) -> Groups:
    """Groups of languages; empty ones are left out."""
    known = {name: tags for name, tags in members.items() if tags}
    asked = {tag: place for place, tag in enumerate(sorted({tag for tags in known.values() for tag in tags}))}
    inside = np.zeros((len(known), len(asked)))
    for line, tags in enumerate(known.values()):
        inside[line, [asked[tag] for tag in tags]] = 1
    return Groups(known, asked, inside)


def _average(means: np.ndarray, good: np.ndarray, told: int, count: int, missing: tuple[str, ...]) -> Average:
    """Of the means of each seed, and whether its fits all learned something."""
    own = means.tolist()
    kept = [mean for mean, well in zip(own, good.tolist(), strict=True) if well]
    return Average(
        score=sum(own) / len(own),
        sd=_sd(own) if len(own) > 1 else None,
        seeds=told,
        converged=sum(kept) / len(kept) if kept else None,
        # One value may stand for several seeds.
        converged_seeds=(len(kept) if len(own) > 1 else max(1, told)) if kept else 0,
        languages=count,
        missing=missing,
    )


def _sd(values: Sequence[float]) -> float:
    """Of a few numbers, for which numpy and statistics take many times as long."""
    mean = fmean(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _nothing(missing: tuple[str, ...]) -> Average:
    return Average(None, None, 0, None, 0, 0, missing)


def values(column: Column) -> Values:
    """The scores of a column, language by seed."""
    known = column.scored
    seeds = tuple(sorted({seed for one in column.by_seed.values() for seed in one.values}))
    told = len(seeds) or max((cell.seeds for cell in known.values()), default=0)
    if not seeds:
        scores = np.array([[cell.score] for cell in known.values()], np.float64).reshape(-1, 1)
        fallen = np.array([[cell.status == "degenerate"] for cell in known.values()], bool).reshape(-1, 1)
        return Values({tag: place for place, tag in enumerate(known)}, (0,), scores, fallen, told)
    whole = {tag: one for tag, one in column.by_seed.items() if len(one.values) == len(seeds)}
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
        return _nothing(())
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
