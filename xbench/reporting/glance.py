"""The main numbers of a run as lines of text that are aligned and no wider than asked."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from xbench.reporting.averages import Average, values
from xbench.reporting.cells import NOT_ASKED, cell_text
from xbench.reporting.columns import Cell, Column
from xbench.reporting.lines import Entry, arranged, shortest, widest
from xbench.reporting.names import named

_ENDS = 5

Texts = list[str]
"""One column of a table, its head first."""


def at_a_glance(every: Sequence[Column], width: int) -> Iterator[list[str]]:
    """Blocks of lines: the numbers, and the best and worst languages, on the same lines where they fit.

    Args:
        every: Columns of all tasks.
        width: Characters that a line may have.
    """
    if not every:
        return
    names, ends = _names(every), _ends(every)
    whole = arranged(_entries(names, [*_numbers(every), *ends]), len(names))
    if widest(whole) <= width:
        yield [*_title(every), *whole, *_legend(every, width)]
        return
    yield numbers(every, width)
    if ends:
        where = [texts for texts in names if texts[0] != "metric"]
        yield shortest(_ways(where, ends, width), width)


def numbers(every: Sequence[Column], width: int) -> list[str]:
    """The numbers alone: source language, average, the languages that it is over, chance.

    Args:
        every: Columns of all tasks, at least one.
        width: Characters that a line may have.
    """
    names = _names(every)
    ways = (arranged(_entries(names, _numbers(every)), beside) for beside in range(len(names) + 1))
    return [*_title(every), *shortest(ways, width), *_legend(every, width)]


def _title(every: Sequence[Column]) -> list[str]:
    return [] if _several(every) else [every[0].checkpoint]


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
    if not column.scored:
        return "n/a"
    return cell_text(column.averages["all"]) if "all" in column.averages else _mean(_own(column))


def _mean(own: Average) -> str:
    """As `cell_text`, of a mean that no row states."""
    spread = f" ± {own.sd:.1f}" if own.sd is not None else ""
    return NOT_ASKED if own.score is None else f"{own.score:.1f}{spread}" + ("†" if own.degenerate else "")


def _own(column: Column) -> Average:
    """The mean of the languages that are left of a column, whose rows state those over others."""
    return values(column).over(column.asked)


def _count(column: Column) -> str:
    """How many languages that is over, and of how many where some are missing."""
    there, wanted = column.count("all") or (0, 0)
    if "all" not in column.averages and column.scored:
        there = _own(column).languages
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


def _legend(every: Sequence[Column], width: int) -> list[str]:
    """What the marks in these lines mean."""
    cells = [cell for column in every for cell in column.scored.values()]
    seeds = sorted({cell.seeds for cell in cells if cell.seeds > 1 and cell.sd is not None})
    marks = {
        f"±: standard deviation over {' or '.join(map(str, seeds))} seeds.": bool(seeds),
        "†: a fit learned nothing, and counts.": any(cell.status == "degenerate" for cell in cells),
        "What is missing is in no mean.": any(column.missing for column in every),
        "limit: only the first rows of every slice, which is no result to compare.": any(c.limited for c in every),
    }
    return textwrap.wrap(" ".join(text for text, there in marks.items() if there), width)


def _told(*columns: Texts) -> list[Texts]:
    """The columns that say anything beneath their heads."""
    return [texts for texts in columns if any(texts[1:])]


def _entries(names: Sequence[Texts], values: Sequence[Texts]) -> list[Entry]:
    """A line each."""
    return [Entry(own, (line,)) for own, line in zip(zip(*names, strict=True), zip(*values, strict=True), strict=True)]


def _ways(names: Sequence[Texts], ends: Sequence[Texts], width: int) -> Iterator[list[str]]:
    """Both ends beside each other, or one beneath the other and broken where it has to be."""
    for beside in range(len(names) + 1):
        yield arranged(_entries(names, ends), beside)
        taken = [max(map(len, texts)) + 2 for texts in names[len(names) - beside :]]
        labels = max(len(texts[0]) for texts in ends) + 2
        yield arranged(_stacked(names, ends, width - sum(taken) - labels - 2 * (beside < len(names))), beside)


def _stacked(names: Sequence[Texts], ends: Sequence[Texts], room: int) -> list[Entry]:
    """Lines for each end, which say which one it is."""
    head, *rows = zip(*names, strict=True)
    labels, *texts = zip(*ends, strict=True)
    found = [Entry(head, (("", ""),))]
    for own, several in zip(rows, texts, strict=True):
        lines = [
            ("" if place else label, part)
            for label, text in zip(labels, several, strict=True)
            for place, part in enumerate(_broken(text, room))
        ]
        found.append(Entry(own, tuple(lines) or (("", ""),)))
    return found


def _broken(text: str, room: int) -> list[str]:
    """Broken between languages, and never between a language and its score."""
    whole = ", ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in text.split(", "))
    lines = textwrap.wrap(whole, max(1, room), break_long_words=False, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
