"""Everything that a page knows, as JSON: languages, boards, checkpoints, and every score with its origin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from xbench.errors import XbenchError
from xbench.languages import language
from xbench.languages.facts import names
from xbench.reporting.columns import Cell, Column
from xbench.reporting.frame import STATUSES
from xbench.reporting.names import by_name
from xbench.reporting.page.boards import Contender, Place, arranged
from xbench.reporting.page.packing import DIGITS, Packed, Texts, fixed, packed

Seen = Callable[[str, str], bool | None]
"""Checkpoint, tag -> whether it was pretrained on the language; None where nobody said."""

# What differs from language to language: the rest of a signature is kept once for a whole column.
_OF_A_ROW = re.compile(r"(\|(?:data|own|direction|layer):)([^|]*)")
_HOLE = "\x00"
_SEEN = {None: None, False: 0, True: 1}


def page_data(every: Sequence[Column], seen: Seen) -> dict[str, Any]:
    """What `data.js` reads.

    Args:
        every: The columns of all tasks.
        seen: What is known of pretraining.
    """
    field = arranged(every)
    tags = [name.tag for name in by_name({tag for column in every for tag in column.asked})]
    numbers = {tag: number for number, tag in enumerate(tags)}
    texts = Texts()
    asked = Sets(numbers)
    columns = [_column(place, numbers, texts, asked) for place in field.places]
    return {
        "digits": DIGITS,
        "statuses": STATUSES,
        "languages": _languages(tags),
        "contenders": [_contender(one, tags, seen) for one in field.contenders],
        "boards": [vars(board) for board in field.boards],
        "columns": columns,
        "asked": asked.every,
        "texts": texts.every,
    }


class Sets:
    """Sets of languages, each kept once: most columns of a task were asked for the same ones."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self._numbers = numbers
        self._found: dict[tuple[str, ...], int] = {}

    def number(self, tags: tuple[str, ...]) -> int:
        """The place of a set, which is added if it is new."""
        return self._found.setdefault(tags, len(self._found))

    @property
    def every(self) -> list[list[int]]:
        """All sets, by number, as numbers of languages."""
        return [sorted(self._numbers[tag] for tag in tags) for tags in self._found]


def _languages(tags: Iterable[str]) -> dict[str, list[Any]]:
    known: dict[str, list[Any]] = {key: [] for key in ("tag", "name", "also", "script", "family", "branch", "class")}
    for tag in tags:
        try:
            one = language(tag)
            row = (tag, one.name or tag, names(tag)[1:], one.script, one.family, one.branch, one.resource_class)
        except XbenchError:
            # A tag of a user's own task that no table knows stands for itself.
            row = (tag, tag, (), "", "", "", None)
        for values, value in zip(known.values(), row, strict=True):
            values.append(value)
    return known


def _contender(one: Contender, tags: Iterable[str], seen: Seen) -> dict[str, Any]:
    return {**vars(one), "seen": packed([_SEEN[seen(one.name, tag)] for tag in tags])}


def _column(place: Place, numbers: dict[str, int], texts: Texts, asked: Sets) -> dict[str, Any]:
    column = place.column
    cells = sorted((numbers[tag], cell) for tag, cell in column.cells.items())
    return {
        "board": place.board,
        "contender": place.contender,
        "series": column.series,
        "sources": [numbers[tag] for tag in column.source.split("+") if tag in numbers],
        "source": column.source,
        "asked": asked.number(column.asked),
        "languages": packed([number for number, _ in cells]),
        **_cells([cell for _, cell in cells], texts),
        "averages": [_average(column, panel, texts) for panel in column.averages],
    }


def _average(column: Column, panel: str, texts: Texts) -> dict[str, Any]:
    return {"panel": panel, "count": column.count(panel), **_cells([column.averages[panel]], texts)}


def _cells(cells: Sequence[Cell], texts: Texts) -> dict[str, Packed]:
    split = [_split(cell.signature) for cell in cells]
    return {
        "score": packed([fixed(cell.score) for cell in cells]),
        "sd": packed([fixed(cell.sd) for cell in cells]),
        "low": packed([fixed(cell.low) for cell in cells]),
        "high": packed([fixed(cell.high) for cell in cells]),
        "chance": packed([fixed(cell.chance) for cell in cells]),
        "seeds": packed([cell.seeds for cell in cells]),
        "examples": packed([cell.examples for cell in cells]),
        "status": packed([STATUSES.index(cell.status) for cell in cells]),
        "reason": texts.packed(cell.reason for cell in cells),
        "note": texts.packed(cell.note for cell in cells),
        "form": texts.packed(form for form, _ in split),
        "own": texts.packed(own for _, own in split),
    }


def _split(signature: str) -> tuple[str, str]:
    """What most cells of a column share, with holes, and what stands in these, a line each."""
    parts = _OF_A_ROW.split(signature)
    own = parts[2::3]
    parts[2::3] = [_HOLE] * len(own)
    return "".join(parts), "\n".join(own)
