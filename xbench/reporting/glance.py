"""The main numbers of a run as lines of text that are aligned and fit a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise

from xbench.reporting.cells import cell_text
from xbench.reporting.columns import Cell, Column
from xbench.reporting.names import named

_WIDTH = 132
"""Characters that a line may have."""

_ENDS = 5

Texts = list[str]
"""One column of a table, its head first."""


def at_a_glance(every: Sequence[Column]) -> Iterator[list[str]]:
    """Blocks of lines: the numbers, and the best and worst languages, on the same lines where they fit.

    Args:
        every: Columns of all tasks.
    """
    if not every:
        return
    names, numbers, ends = _names(every), _numbers(every), _ends(every)
    title = [] if _several(every) else [every[0].checkpoint]
    whole = _lines([*_once(names), *numbers, *ends])
    if _fit(whole) or not ends:
        yield [*title, *whole, *_legend(every)]
        return
    yield [*title, *_lines([*_once(names), *numbers]), *_legend(every)]
    where = [texts for texts in names if texts[0] != "metric"]
    stacked = _lines(_stacked(_once(where), ends))
    ways = [_lines([*_once(where), *ends]), stacked, _headed(where, ends)]
    yield min(filter(_fit, ways), key=len, default=stacked)


def _several(every: Sequence[Column]) -> bool:
    return len({column.checkpoint for column in every}) > 1


def _variant(column: Column, every: Sequence[Column]) -> str:
    """What sets a column apart from others of its task and protocol."""
    return column.variant if _several(every) else column.difference


def _names(every: Sequence[Column]) -> list[Texts]:
    return _told(
        ["task", *(column.task for column in every)],
        ["metric", *(column.metric or "none" for column in every)],
        ["protocol", *(column.protocol for column in every)],
        ["checkpoint" if _several(every) else "variant", *(_variant(column, every) for column in every)],
    )


def _numbers(every: Sequence[Column]) -> list[Texts]:
    sources = {column.source for column in every} - {""}
    head = named(*sources).name if len(sources) == 1 else "source"
    found = _told(
        [head, *(_source(column, len(sources) > 1) for column in every)],
        ["all", *(_average(column) for column in every)],
        ["languages", *(_count(column) for column in every)],
        ["chance", *(_chance(column.averages.get("all")) for column in every)],
    )
    return [[text.rjust(max(map(len, texts))) for text in texts] for texts in found]


def _source(column: Column, tell: bool) -> str:
    cell = column.cells.get(column.source)
    if cell is None:
        return ""
    return f"{column.source} {cell_text(cell)}" if tell else cell_text(cell)


def _average(column: Column) -> str:
    """The mean; not there if no language has a score."""
    return cell_text(column.averages.get("all")) if column.scored else "n/a"


def _count(column: Column) -> str:
    """How many languages that is over, and of how many where some are missing."""
    there, wanted = column.count("all") or (0, 0)
    return str(there) if there == wanted else f"{there} of {wanted}"


def _chance(average: Cell | None) -> str:
    return f"{average.chance:.1f}" if average and average.chance is not None else ""


def _ends(every: Sequence[Column]) -> list[Texts]:
    """The best five and the worst five targets, from high to low; all of them, where there are no more than ten."""
    ranked = [_ranked(column) for column in every]
    return _told(
        ["best", *(", ".join(targets[:_ENDS]) for targets in ranked)],
        ["worst", *(", ".join(targets[_ENDS:][-_ENDS:]) for targets in ranked)],
    )


def _ranked(column: Column) -> list[str]:
    order = sorted((-cell.score, tag) for tag, cell in column.cells.items() if cell.score is not None)
    return [f"{tag} {cell_text(column.cells[tag])}" for _, tag in order if tag not in column.source.split("+")]


def _legend(every: Sequence[Column]) -> list[str]:
    """What the marks in these lines mean."""
    cells = [cell for column in every for cell in column.scored.values()]
    seeds = sorted({cell.seeds for cell in cells if cell.seeds > 1 and cell.sd is not None})
    marks = {
        f"±: standard deviation over {' or '.join(map(str, seeds))} seeds.": bool(seeds),
        "†: a fit learned nothing, and counts.": any(cell.status == "degenerate" for cell in cells),
        "What is missing is in no mean.": any(column.missing for column in every),
        "limit: only the first rows of every slice, which is no result to compare.": any(c.limited for c in every),
    }
    told = " ".join(text for text, there in marks.items() if there)
    return textwrap.wrap(told, _WIDTH)


def _told(*columns: Texts) -> list[Texts]:
    """The columns that say anything beneath their heads."""
    return [texts for texts in columns if any(texts[1:])]


def _once(columns: Sequence[Texts]) -> list[Texts]:
    """Leaves out what would repeat the line above, from the left to the first text that does not."""
    rows = list(zip(*columns, strict=True))
    found = [list(rows[0])]
    for above, row in pairwise(rows):
        fresh = next((place for place, text in enumerate(row) if text != above[place]), 0)
        found.append([text if place >= fresh else "" for place, text in enumerate(row)])
    return [list(texts) for texts in zip(*found, strict=True)]


def _stacked(names: Sequence[Texts], ends: Sequence[Texts]) -> list[Texts]:
    """A line for each end, where two beside each other are too wide."""
    count = len(ends)
    spread = [[texts[0], *(part for text in texts[1:] for part in (text, *[""] * (count - 1)))] for texts in names]
    rows = zip(*(texts[1:] for texts in ends), strict=True)
    return [
        *spread,
        ["", *(texts[0] for _ in names[0][1:] for texts in ends)],
        ["", *(text for row in rows for text in row)],
    ]


def _headed(names: Sequence[Texts], ends: Sequence[Texts]) -> list[str]:
    """The last name alone beside the ends, beneath lines with the names before it."""
    head, *lines = _lines([[f"  {text}" for text in names[-1]], *ends])
    found, last = [head], ""
    for line, *before in zip(lines, *(texts[1:] for texts in names[:-1]), strict=True):
        above = " ".join(before)
        found += [above, line] if above != last else [line]
        last = above
    return found


def _lines(columns: Sequence[Texts]) -> list[str]:
    widths = [max(map(len, texts)) for texts in columns]
    rows = zip(*columns, strict=True)
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _fit(lines: Sequence[str]) -> bool:
    return max(map(len, lines)) <= _WIDTH
