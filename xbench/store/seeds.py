"""Scores seed by seed in one field of a table, so that whatever is averaged later has its own spread over seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from xbench.errors import XbenchError

_FALLEN = "†"


@dataclass(frozen=True)
class BySeed:
    """Scores of every seed.

    Attributes:
        values: Seed -> score.
        collapsed: Seeds whose fit learned nothing.
    """

    values: Mapping[int, float]
    collapsed: frozenset[int]


def by_seed(seeds: Sequence[int], scores: Sequence[float], collapsed: Collection[int]) -> str:
    """Writes the field, with four digits behind the point as all of the table has.

    Args:
        seeds: The seeds.
        scores: The score of each.
        collapsed: Seeds whose fit learned nothing.

    Example:
        >>> by_seed([1, 2], [61.25, 12.0], {2})
        '1:61.2500 2:12.0000†'
    """
    return seeds_form(tuple(seeds), frozenset(collapsed)) % tuple(scores)


@lru_cache(maxsize=1024)
def seeds_form(seeds: tuple[int, ...], collapsed: frozenset[int]) -> str:
    """The field with a place for each score: a table has hundreds of thousands of rows and a handful of these."""
    return " ".join(f"{seed}:%.4f{_FALLEN if seed in collapsed else ''}" for seed in seeds)


def read_by_seed(text: str) -> BySeed:
    """Reads the field back; nothing of an empty one.

    Raises:
        XbenchError: It is none.
    """
    values: dict[int, float] = {}
    collapsed = set()
    for part in text.split(" ") if text else ():
        seed, _, value = part.partition(":")
        try:
            if value[-1:] == _FALLEN:
                collapsed.add(int(seed))
                value = value[:-1]
            values[int(seed)] = float(value)
        except ValueError as error:
            raise XbenchError(
                f"by_seed is {text!r}, which is no list of seeds and scores such as '1:61.25 2:60.5': let xbench write "
                "scores.csv again"
            ) from error
    return BySeed(values, frozenset(collapsed))
