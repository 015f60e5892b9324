"""Everything that a page knows, as JSON: languages, boards, checkpoints, and every score with its origin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xbench.errors import XbenchError
from xbench.languages import language
from xbench.languages.facts import names
from xbench.metrics.intervals import t_half_width
from xbench.reporting.boards import Board, Row, boards, row_of
from xbench.reporting.columns import Cell, Column
from xbench.reporting.comparison.build import Answer
from xbench.reporting.frame import STATUSES
from xbench.reporting.names import by_name
from xbench.reporting.page.packing import DIGITS, Packed, Sets, Texts, fixed, packed
from xbench.reporting.page.tested import VERDICTS, Placed, tests

Seen = Callable[[str, str], bool | None]
"""Checkpoint, tag -> whether it was pretrained on the language; None where nobody said."""

# What differs from language to language: the rest of a signature is kept once for a whole column.
_OF_A_ROW = re.compile(r"(\|(?:data|own|direction|layer):)([^|]*)")
_HOLE = "\x00"
_SEEN = {None: None, False: 0, True: 1}


def page_data(every: Sequence[Column], seen: Seen, found: Answer | None = None) -> dict[str, Any]:
    """What `data.js` reads.

    Args:
        every: The columns of all tasks.
        seen: What is known of pretraining.
        found: What was tested against a checkpoint, if anything was.
    """
    tags = [name.tag for name in by_name({tag for column in every for tag in column.asked})]
    numbers = {tag: number for number, tag in enumerate(tags)}
    texts, sets = Texts(), Sets(numbers)
    every_board = boards(every)
    rows = _rows(every)
    whose = {row: number for number, row in enumerate(dict.fromkeys(rows.values()))}
    placed = [
        Placed(number, rows[row], column)
        for number, board in enumerate(every_board)
        for row, column in board.columns.items()
    ]
    columns = [
        {"board": one.board, "contender": whose[one.row], **_column(one.column, numbers, texts, sets)} for one in placed
    ]
    return {
        "baseline": whose.get((found.chosen[0].name, found.chosen[0].revision)) if found else None,
        "tests": tests(found.comparisons, found.chosen, placed, sets, texts) if found else [],
        "digits": DIGITS,
        "statuses": STATUSES,
        "verdicts": VERDICTS,
        "languages": _languages(tags),
        "contenders": [_contender(row, list(whose), tags, seen) for row in whose],
        "boards": [_board(board) for board in every_board],
        "columns": columns,
        "sets": sets.every,
        "texts": texts.every,
    }


def _rows(every: Iterable[Column]) -> dict[Row, Row]:
    """Whose columns are: one that states no revision is that of the only one that its checkpoint has."""
    found = list(dict.fromkeys(row_of(column) for column in every))
    known: dict[str, list[Row]] = {}
    for row in found:
        known.setdefault(row[0], []).extend([row] if row[1] else [])
    return {row: known[row[0]][0] if not row[1] and len(known[row[0]]) == 1 else row for row in found}


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


def _contender(row: Row, rows: Sequence[Row], tags: Iterable[str], seen: Seen) -> dict[str, Any]:
    several = [name for name, _ in rows].count(row[0]) > 1
    known = packed([_SEEN[seen(row[0], tag)] for tag in tags])
    return {"name": row[0], "revision": row[1] if several else "", "seen": known}


def _board(board: Board) -> dict[str, Any]:
    said = {"task": board.task, "protocol": board.protocol, "metric": board.metric, "difference": board.difference}
    # As the leaderboard: of these the scores stand, and no rank rests on them.
    unranked = {"limited: no result": board.limited, "aligned by each checkpoint itself": board.self_aligned}
    return {**said, "unranked": ", ".join(why for why, is_so in unranked.items() if is_so)}


def _column(column: Column, numbers: dict[str, int], texts: Texts, sets: Sets) -> dict[str, Any]:
    tags = sorted(column.cells, key=numbers.__getitem__)
    return {
        "series": column.series,
        "sources": [numbers[tag] for tag in column.source.split("+") if tag in numbers],
        "asked": sets.number(column.asked),
        "languages": packed([numbers[tag] for tag in tags]),
        **_cells([column.cells[tag] for tag in tags], texts),
        **_by_seed([column.by_seed[tag].values if tag in column.by_seed else {} for tag in tags]),
        "averages": [_average(column, panel, texts) for panel in column.averages],
    }


def _by_seed(known: Sequence[Mapping[int, float]]) -> dict[str, Any]:
    """Scores of every seed, for averages over any languages, and what makes an interval of their spread."""
    seeds = sorted({seed for one in known for seed in one})
    return {
        "by_seed": [packed(fixed([one.get(seed) for one in known])) for seed in seeds],
        "t": t_half_width(1.0, len(seeds)) if len(seeds) > 1 else None,
    }


def _average(column: Column, panel: str, texts: Texts) -> dict[str, Any]:
    return {"panel": panel, "count": column.count(panel), **_cells([column.averages[panel]], texts)}


def _cells(cells: Sequence[Cell], texts: Texts) -> dict[str, Packed]:
    split = [_split(cell.signature) for cell in cells]
    return {
        "score": packed(fixed([cell.score for cell in cells])),
        "sd": packed(fixed([cell.sd for cell in cells])),
        "low": packed(fixed([cell.low for cell in cells])),
        "high": packed(fixed([cell.high for cell in cells])),
        "chance": packed(fixed([cell.chance for cell in cells])),
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
