"""Scores seed by seed in one field of a table, so that whatever is averaged later has its own spread over seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

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


def by_seed(values: Mapping[int, float], collapsed: Collection[int]) -> str:
    """Writes the field: four digits behind the point as all of the table has.

    Example:
        >>> by_seed({1: 61.25, 2: 12.0}, {2})
        '1:61.25 2:12†'
    """
    if not collapsed:
        return " ".join([f"{seed}:{_text(value)}" for seed, value in values.items()])
    marks = {seed: _FALLEN if seed in collapsed else "" for seed in values}
    return " ".join(f"{seed}:{_text(value)}{marks[seed]}" for seed, value in values.items())


def _text(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


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
