"""Every metric of every task, protocol and checkpoint on one page, also by group of examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xbench.reporting.cells import cell_text, count_text, source_text
from xbench.reporting.markup import Texts
from xbench.reporting.measured import Measured

if TYPE_CHECKING:
    import pandas as pd

_HEAD = (
    "Task", "Protocol", "Checkpoint", "Metric", "Mode", "Layer", "Direction", "Source language", "all", "target",
    "Languages",
)  # fmt: skip
_NOTES = (
    "A name in brackets, as in accuracy[unseen]: the rows of that group alone, in the languages that have any.",
    "Mode: what else pins a metric; better:lower, that less of it is better. BLEU takes other tokenisers where words "
    "are not spaced: other averages, too.",
    "Averages are over the languages counted beside them; what is missing is not in them, and is never a zero.",
    "±: standard deviation over seeds. –: not there. n/a: unavailable. †: degenerate fit. limit: only the first rows "
    "of every slice were used, which is no result to compare. Reasons and every language: the table of the task.",
)


def metrics_texts(every: Sequence[Measured]) -> Texts:
    """A row per metric: source language, averages, and how many languages they are over."""
    return Texts("Metrics", _HEAD, [_row(one) for one in every], (), _NOTES, names=7)


def metrics_frame(every: Sequence[Measured]) -> pd.DataFrame:
    """The same for programs: numbers as they are in the scores, empty where there are none."""
    import pandas as pd

    return pd.DataFrame([_values(one) for one in every])


def _row(one: Measured) -> list[str]:
    column = one.column
    return [
        column.task,
        column.protocol,
        column.variant,
        column.metric or "none",
        one.mode,
        "" if one.layer is None else str(one.layer),
        one.direction,
        source_text(column),
        cell_text(column.averages.get("all")),
        cell_text(column.averages.get("target")),
        count_text(column.count("all")),
    ]


def _values(one: Measured) -> dict[str, object]:
    column = one.column
    values: dict[str, object] = {
        "task": column.task,
        "protocol": column.protocol,
        "checkpoint": column.checkpoint,
        "variant": column.difference,
        "metric": column.metric,
        "main": one.main,
        "mode": one.mode,
        "layer": "" if one.layer is None else str(one.layer),
        "direction": one.direction,
        "source language": column.source,
    }
    source, average, target = column.cells.get(column.source), column.averages.get("all"), column.averages.get("target")
    for name, cell in (("source", source), ("all", average), ("target", target)):
        values |= {name: cell.score if cell else None, f"{name} sd": cell.sd if cell else None}
    return {**values, "languages": count_text(column.count("all")), "status": average.status if average else ""}
