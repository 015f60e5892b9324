"""Comparisons of several checkpoints with the first as one table of scores each: a task, its languages, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from xbench.metrics.multiplicity import LEVEL
from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.result import TIE, Comparison, Group


@dataclass(frozen=True)
class Cell:
    """A score in a table.

    Attributes:
        score: Mean over runs.
        examples: Whether it can be told apart from the first checkpoint's by other examples.
        seeds: Likewise by other seeds.
        tested: Whether that was tested, as all is but averages over other languages than those of the comparison.
    """

    score: float
    examples: bool = False
    seeds: bool = False
    tested: bool = True


Row = tuple[Cell | None, ...]
"""A cell for each checkpoint; None where it has no score."""


@dataclass(frozen=True)
class Board:
    """What several checkpoints did on one task under one protocol.

    Attributes:
        of: The comparisons, at least one.
        rows: Canonical tag -> scores, sorted by tag: languages that the first checkpoint and any other have.
        average: Over `shared`.
        shared: Languages that all checkpoints have which were run on this.
    """

    of: tuple[Comparison, ...]
    rows: dict[str, Row]
    average: Row
    shared: tuple[str, ...]

    @property
    def title(self) -> str:
        """`cldr-nli · zero-shot · accuracy`."""
        return self.of[0].title

    @property
    def lower(self) -> bool:
        """Whether less is better."""
        return self.of[0].lower


def boards(found: Answer) -> list[Board]:
    """A board for each task, protocol, variant and metric, in the order of the comparisons."""
    together: dict[tuple[str, str], list[Comparison]] = {}
    for one in found.comparisons:
        together.setdefault((one.title, one.signature), []).append(one)
    return [_board(own, found.checkpoints) for own in together.values()]


def _board(own: Sequence[Comparison], checkpoints: Sequence[str]) -> Board:
    scores: dict[str, dict[str, Cell]] = {}
    for one in own:
        for each in one.languages:
            row = scores.setdefault(each.tag, {checkpoints[0]: Cell(each.first)})
            seeds = each.welch_holm is not None and each.welch_holm < LEVEL
            row[one.other] = Cell(each.other, each.verdict != TIE, seeds)
    here = {checkpoints[0], *(one.other for one in own)}
    shared = tuple(sorted(tag for tag, row in scores.items() if here <= set(row)))
    rows = {tag: tuple(scores[tag].get(name) for name in checkpoints) for tag in sorted(scores)}
    # A test over other languages says nothing of this average.
    tests = {one.other: one.whole for one in own if one.whole.tags == shared}
    average = tuple(
        _average([scores[tag][name].score for tag in shared], tests.get(name), name == checkpoints[0])
        if name in here and shared
        else None
        for name in checkpoints
    )
    return Board(tuple(own), rows, average, shared)


def _average(scores: Sequence[float], test: Group | None, first: bool) -> Cell:
    seeds = bool(test and test.welch and test.welch.p < LEVEL)
    return Cell(fmean(scores), bool(test and test.told), seeds, first or test is not None)
