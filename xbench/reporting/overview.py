"""Every task, protocol and checkpoint on one page."""

from __future__ import annotations

from collections.abc import Sequence

from xbench.reporting.cells import cell_text, count_text, data_notes, source_text
from xbench.reporting.columns import Column
from xbench.reporting.markup import Texts
from xbench.reporting.names import some

_HEAD = (
    "Task", "Metric", "Protocol", "Checkpoint", "Source language", "all", "target", "Languages", "Missing",
)  # fmt: skip
_NOTES = (
    "Averages are over the languages counted beside them; what is missing is not in them, and is never a zero.",
    "±: standard deviation over seeds. –: not there. n/a: unavailable. †: degenerate fit. limit: only the first rows "
    "of every slice were used, which is no result to compare. Reasons and every language: the table of the task.",
    "Every metric, also by group of examples and in both directions: [metrics.md](metrics.md).",
)


def overview(every: Sequence[Column]) -> Texts:
    """A row per column: source language, averages, how many languages, and which are missing."""
    return Texts("Overview", _HEAD, [_row(column) for column in every], (), (*_NOTES, *data_notes(every)), names=4)


def _row(column: Column) -> list[str]:
    return [
        column.task,
        column.metric or "none",
        column.protocol,
        column.variant,
        source_text(column),
        cell_text(column.averages.get("all")),
        cell_text(column.averages.get("target")),
        count_text(column.count("all")),
        f"{len(column.missing)}: {some(column.missing)}" if column.missing else "none",
    ]
