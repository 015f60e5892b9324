"""Every metric of a checkpoint on a task, beside the main one: by group of examples and in each direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xbench.reporting.columns import Cell, Column, cells_of
from xbench.reporting.frame import tidy
from xbench.store.signature import neutral, series

if TYPE_CHECKING:
    import pandas as pd

_Row = tuple[Any, Cell]


@dataclass(frozen=True)
class Measured:
    """One metric of a column.

    Attributes:
        column: The column, with this metric's averages and its cell of the source language (all cells, where it has
            no average).
        main: Whether the task is known by it.
        mode: What else pins it, such as `tok:13a`.
        layer: Hidden state, None where it does not apply.
        direction: Such as `en→xx`, with `xx` for the language in question; empty where it does not apply.
    """

    column: Column
    main: bool
    mode: str
    layer: int | None
    direction: str


def measured(scores: pd.DataFrame, every: Sequence[Column]) -> list[Measured]:
    """The metrics of these columns: of each the main one, its groups, its other direction, and then the others.

    Of the layers only that of the main number counts. A column without any score has its main metric.

    Args:
        scores: As `scores.csv`.
        every: Its columns.
    """
    rows: dict[tuple[str, str, str, str], list[_Row]] = {}
    frame = tidy(scores, _telling)
    scored: Iterable[Any] = frame.itertuples(index=False)
    for row, cell in zip(scored, cells_of(frame), strict=True):
        rows.setdefault((row.checkpoint, row.task, row.protocol, series(cell.signature)), []).append((row, cell))
    places = ((column, (column.checkpoint, column.task, column.protocol, column.series)) for column in every)
    return [one for column, place in places for one in _metrics(column, rows.get(place, ()))]


def _telling(told: pd.DataFrame) -> pd.Series:
    """Averages and source languages, and all languages of what has no average: most rows are none of these.

    Where there are directions, one may have an average and another none.
    """
    place = told["checkpoint"] + "|" + told["task"] + "|" + told["protocol"] + "|" + told["metric"]
    average = told["over"] != ""
    source = (told["language"] == told["source_language"]) | told["source_language"].str.contains("+", regex=False)
    alone = ~place.isin(place[average]) | (told["direction"] != "")
    return told["score"].notna() & (average | source | alone)


def _metrics(column: Column, rows: Iterable[_Row]) -> Iterator[Measured]:
    layers = {cell.layer for cell in column.scored.values()}
    directions = {neutral(cell.direction, tag) for tag, cell in column.scored.items()}
    found: dict[tuple[bool, bool, str, str, int | None, str], list[_Row]] = {}
    for row, cell in rows:
        # The main number of another column of this series stands there.
        if (cell.layer is None or cell.layer in layers) and (not row.main or row.metric == column.metric):
            direction = neutral(cell.direction, row.language)
            other = row.metric.partition("[")[0] != column.metric
            place = (other, direction not in directions, row.metric, cell.mode, cell.layer, direction)
            found.setdefault(place, []).append((row, cell))
    if not found:
        yield Measured(column, True, "", None, "")
    for (_, back, metric, pinned, layer, direction), own in sorted(found.items(), key=lambda item: item[0][:4]):
        cells = {row.language: cell for row, cell in own if row.language}
        averages = {row.over: cell for row, cell in own if row.over}
        whole = replace(column, metric=metric, cells=cells, averages=averages)
        yield Measured(whole, metric == column.metric and not back, pinned, layer, direction)
