"""Cells as text, and the footnotes that explain what they mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from xbench.errors import general
from xbench.reporting.columns import Cell, Column

NOT_ASKED = "–"


def cell_text(cell: Cell | None) -> str:
    """`61.0 ± 1.2`, with `†` if a fit is degenerate; `n/a` if unavailable; a dash if never asked for."""
    if cell is None:
        return NOT_ASKED
    if cell.score is None:
        return "n/a"
    spread = f" ± {cell.sd:.1f}" if cell.seeds > 1 and cell.sd is not None else ""
    return f"{cell.score:.1f}{spread}" + ("†" if cell.status == "degenerate" else "")


def count_text(count: tuple[int, int] | None) -> str:
    """`14 of 15 languages`, empty if nobody counted."""
    return f"{count[0]} of {count[1]} languages" if count else ""


def average_text(column: Column, panel: str) -> str:
    """An average with the number of languages that it is over."""
    cell = column.averages.get(panel)
    count = count_text(column.count(panel)) if cell and cell.score is not None else ""
    return cell_text(cell) + (f" ({count})" if count else "")


def source_text(column: Column) -> str:
    """The source language's tag and score; the mean of several; a dash if one has no row of its own."""
    cell = column.cells.get(column.source)
    if cell:
        return f"{column.source} {cell_text(cell)}"
    several = column.source.split("+")
    scores = [cell.score for tag in several if (cell := column.cells.get(tag)) and cell.score is not None]
    return f"{column.source} {fmean(scores):.1f}" if len(scores) == len(several) else NOT_ASKED


def notes(every: Sequence[Column]) -> list[str]:
    """Footnotes of a table with these columns: what every mark means, and every reason once."""
    cells = [(column, tag, cell) for column in every for tag, cell in column.cells.items()]
    found: list[str] = []
    if any(cell.seeds > 1 and cell.sd is not None for _, _, cell in cells):
        found.append("±: standard deviation over seeds.")
    if any(set(column.asked) - set(column.cells) for column in every):
        found.append(f"{NOT_ASKED}: not asked for in this run.")
    found += _reasons("n/a", [place for place in cells if place[2].status == "unavailable"])
    found += _reasons("†", [place for place in cells if place[2].status == "degenerate"])
    averages = [(column, panel, cell) for column in every for panel, cell in column.averages.items()]
    found += _reasons("average", [place for place in averages if not _whole(*place)])
    found += data_notes(every)
    found += [
        f"limited: {column.label} used only the first rows of every slice: no result to compare with others."
        for column in every
        if column.limited
    ]
    return found


def data_notes(every: Iterable[Column]) -> list[str]:
    """What the sources of the data said when they were read, each once with the columns that rest on such data."""
    told: dict[str, dict[str, None]] = {}
    for column in every:
        for note in dict.fromkeys(cell.note for cell in column.scored.values() if cell.note):
            told.setdefault(note, {})[column.label] = None
    return [f"data: {note}: {', '.join(labels)}." for note, labels in told.items()]


def _whole(column: Column, panel: str, cell: Cell) -> bool:
    """Whether there is nothing to explain about an average."""
    count = column.count(panel)
    return cell.status == "ok" and (not cell.reason or count is None or count[0] == count[1])


def _reasons(mark: str, places: Iterable[tuple[Column, str, Cell]]) -> list[str]:
    """A note for all cells whose reasons begin alike (up to the first semicolon), with what differs after it."""
    grouped: dict[str, dict[str, dict[str, list[str]]]] = {}
    for column, name, cell in places:
        head, _, rest = general(cell.reason or "no reason given").partition("; ")
        grouped.setdefault(head, {}).setdefault(rest, {}).setdefault(column.label, []).append(name)
    lines = []
    for head, rests in grouped.items():
        told = [
            f"{', '.join(names)} in {', '.join(labels)}" + (f" ({rest})" if rest else "")
            for rest, where in rests.items()
            for names, labels in _alike(where).items()
        ]
        lines.append(f"{mark}: {head.rstrip('.')}: {'; '.join(told)}.")
    return lines


def _alike(where: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Names -> the columns in which exactly these are concerned."""
    same: dict[tuple[str, ...], list[str]] = {}
    for label, names in where.items():
        same.setdefault(tuple(sorted(names)), []).append(label)
    return same
