"""What was tested between two columns of the page: for every language and group of languages, as packed numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xbench.metrics.multiplicity import LEVEL
from xbench.reporting.boards import Row
from xbench.reporting.columns import Column
from xbench.reporting.comparison.chosen import Chosen
from xbench.reporting.comparison.result import BETTER, TIE, WORSE, Comparison, Estimate, Group, Language
from xbench.reporting.page.packing import Packed, Sets, Texts, fixed, packed
from xbench.store.signature import parse, signature

VERDICTS = (BETTER, WORSE, TIE)


@dataclass(frozen=True)
class Placed:
    """A column of the page.

    Attributes:
        board: Number of the board that it stands on.
        row: Whose it is.
        column: Its scores.
    """

    board: int
    row: Row
    column: Column


@dataclass(frozen=True)
class _Test:
    """One of a language, or of an average over a group."""

    difference: Estimate
    p: float
    verdict: str
    detectable: float | None
    p_seeds: float | None
    how: str


def tests(
    every: Iterable[Comparison], chosen: Iterable[Chosen], placed: Sequence[Placed], sets: Sets, texts: Texts
) -> list[dict[str, Any]]:
    """Tests of every pair of columns that a comparison is about; others, as of two layers, have no place in the page.

    Args:
        every: Comparisons.
        chosen: Who was compared.
        placed: The columns of the page, by number.
        sets: Where sets of languages are kept.
        texts: Where texts are kept.
    """
    whose = {one.label: (one.name, one.revision) for one in chosen}
    boards: dict[tuple[Row, str, str], dict[int, int]] = {}
    for number, one in enumerate(placed):
        boards.setdefault((one.row, _shared(one.column), one.column.metric), {})[one.board] = number
    found = []
    for test in every:
        other, first = (boards.get((whose[name], test.signature, test.metric), {}) for name in (test.other, test.first))
        packed_once = _tests(test, sets, texts)
        found += [{"column": other[board], "against": first[board], **packed_once} for board in other if board in first]
    return found


def _shared(column: Column) -> str:
    """What a column has in common with those of other checkpoints."""
    return signature({key: value for key, value in parse(column.series).items() if key != "checkpoint"})


def _tests(one: Comparison, sets: Sets, texts: Texts) -> dict[str, Any]:
    languages = sorted(one.languages, key=lambda own: sets.numbers[own.tag])
    return {
        "languages": sets.number(own.tag for own in languages),
        "of": _packed([_of_language(one, own) for own in languages], texts),
        "groups": [sets.number(group.tags) for group in one.groups],
        "over": _packed([_of_group(one, group) for group in one.groups], texts),
    }


def _of_language(one: Comparison, own: Language) -> _Test:
    how = f"{own.test}, Holm over {len(one.languages)}"
    return _Test(own.difference, own.p_holm, own.verdict, own.detectable, own.welch_holm, _conditional(one, how))


def _of_group(one: Comparison, group: Group) -> _Test:
    """A panel is a question of its own; of scripts, families and the like every one is asked, as `p_holm` knows."""
    alone = group.kind == "panel"
    p = group.p if alone else group.p_holm
    told = BETTER if one.better(group.difference.value) else WORSE
    how = f"drawn {group.resampled}" if "item" in group.resampled else f"from {group.resampled}"
    how += "" if alone else f", Holm over every {group.kind}"
    seeds = group.welch.p if group.welch else None
    return _Test(group.difference, p, told if p < LEVEL else TIE, group.detectable, seeds, _conditional(one, how))


def _conditional(one: Comparison, how: str) -> str:
    return ", ".join(filter(None, (how, one.conditional)))


def _packed(every: Sequence[_Test], texts: Texts) -> dict[str, Packed]:
    return {
        "low": packed(fixed([one.difference.low for one in every])),
        "high": packed(fixed([one.difference.high for one in every])),
        "p": packed(fixed([_p(one.p) for one in every])),
        "seeds": packed(fixed([_p(one.p_seeds) for one in every])),
        "detectable": packed(fixed([one.detectable for one in every])),
        "verdict": packed([VERDICTS.index(one.verdict) for one in every]),
        "how": texts.packed(one.how for one in every),
    }


def _p(value: float | None) -> float | None:
    """What is below the last digit that is kept is 0, which reads `p < 0.0001`."""
    return 0.0 if value is not None and value < 0.0001 else value
