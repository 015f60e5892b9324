"""Numbers and texts of a table, packed for a page: columns of typed arrays, every text and set of languages once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

Packed = int | None | dict[str, str]
"""A value that all rows share, or `{type: array in base64}`; little-endian, the highest (`i4`: lowest) is missing."""

DIGITS = 4
"""Of a score behind its point, as `scores.csv` has them."""

_UNSIGNED = (("u1", 0xFF), ("u2", 0xFFFF))
_MISSING = -(2**31)


def packed(values: Sequence[int | None]) -> Packed:
    """A column of whole numbers in the smallest type that holds them.

    Args:
        values: From -2**31 + 1 to 2**31 - 1, or None for a missing one.

    Example:
        >>> packed([7, 7, 7]), packed([1, None, 3])
        (7, {'u1': 'Af8D'})
    """
    if len(set(values)) == 1:
        return values[0]
    there = [value for value in values if value is not None]
    lowest, highest = min(there, default=0), max(there, default=0)
    for name, missing in _UNSIGNED:
        if lowest >= 0 and highest < missing:
            return _encoded(name, missing, values)
    return _encoded("i4", _MISSING, values)


def fixed(values: Sequence[float | None]) -> list[int | None]:
    """Scores as whole numbers of ten-thousandths, rounded exactly as `scores.csv` rounds them.

    Example:
        >>> fixed([61.25, None])
        [612500, None]
    """
    scaled = np.array(values, np.float64) * 10**DIGITS
    whole = np.rint(scaled)
    # Next to a tie the digits that the product has lost would count.
    tied = np.abs(np.abs(scaled - whole) - 0.5) < _LOST
    return [
        None if value is None else int(f"{value:.{DIGITS}f}".replace(".", "")) if tie else int(near)
        for value, near, tie in zip(values, whole.tolist(), tied.tolist(), strict=True)
    ]


_LOST = 1e-6
"""More than a product loses that can be packed, which is below 2**31."""


class Texts:
    """Texts by number, each kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def packed(self, texts: Iterable[str]) -> Packed:
        """A column of texts as one of their numbers; new ones are added."""
        known = self._numbers
        return packed([known.setdefault(text, len(known)) for text in texts])

    @property
    def every(self) -> list[str]:
        """All texts, by number."""
        return list(self._numbers)


class Sets:
    """Sets of languages by number, each kept once: most columns of a task were asked for the same ones.

    Attributes:
        numbers: Canonical tag -> number of the language.
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.numbers = numbers
        self._found: dict[tuple[int, ...], int] = {}

    def number(self, tags: Iterable[str]) -> int:
        """The place of a set, which is added if it is new."""
        return self._found.setdefault(tuple(sorted(self.numbers[tag] for tag in tags)), len(self._found))

    @property
    def every(self) -> list[tuple[int, ...]]:
        """All sets, by number, as numbers of languages in their order."""
        return list(self._found)


def _encoded(name: str, missing: int, values: Sequence[int | None]) -> Packed:
    filled = [missing if value is None else value for value in values]
    return {name: b64encode(np.array(filled, dtype=f"<{name}").tobytes()).decode("ascii")}
