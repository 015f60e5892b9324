"""Learning curves: scores by the number of rows of the target language that a fit was continued on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column
from xbench.reporting.figure import caption, colour, marker
from xbench.store.signature import parse, signature

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOTS = re.compile(r"few-shot\((\d+)\)")
_NONE = "zero-shot"
_CONTINUED = frozenset({"protocol", "train", "made_by", "recipe", "epochs", "select"})
"""Of a series, what a fit that is continued says in another way than the one that it continues."""


@dataclass(frozen=True)
class Learning:
    """A checkpoint's scores by number of rows.

    Attributes:
        label: Of the checkpoint.
        rows: How many, ascending; 0 is zero-shot.
        languages: Tags that have a score at every number; the others, and the training language, are left out.
        scores: Number by language, (rows, languages).
    """

    label: str
    rows: tuple[int, ...]
    languages: tuple[str, ...]
    scores: tuple[tuple[float, ...], ...]


def learning(own: Sequence[Column]) -> list[Learning]:
    """The learning curves among the columns of one task: of every checkpoint with two numbers of rows at least."""
    points: dict[tuple[str, str], dict[int, Column]] = {}
    for column in own:
        shots = _SHOTS.fullmatch(column.protocol)
        if shots or column.protocol == _NONE:
            points.setdefault((column.checkpoint, _apart(column)), {})[int(shots[1]) if shots else 0] = column
    return [curve for found in points.values() if (curve := _curve(found))]


def _apart(column: Column) -> str:
    """What tells a column apart from others that are no points of the same curve."""
    return signature({key: value for key, value in parse(column.series).items() if key not in _CONTINUED})


def _curve(found: dict[int, Column]) -> Learning | None:
    rows = sorted(found)
    if len(rows) < 2 or not rows[-1]:
        return None
    label = found[rows[-1]].variant
    languages = sorted(set.intersection(*(set(found[count].scored) - {found[count].source} for count in rows)))
    if not languages:
        return None
    values = {count: {tag: cell.score for tag, cell in found[count].scored.items()} for count in rows}
    scores = tuple(tuple(value for tag in languages if (value := values[count][tag]) is not None) for count in rows)
    return Learning(label, tuple(rows), tuple(languages), scores)


def learning_figure(task: str, metric: str, curves: Sequence[Learning]) -> Figure:
    """Mean over languages by number of rows, and between which scores the middle half of them lies.

    Args:
        task: Name of the task.
        metric: Of the scores.
        curves: One for each checkpoint.
    """
    import numpy as np
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    figure = Figure(figsize=(7.5, 5.0), layout="constrained")
    axes = figure.subplots()
    for index, curve in enumerate(curves):
        values = np.asarray(curve.scores)
        low, high = np.quantile(values, [0.25, 0.75], axis=1)
        places = [_place(count) for count in curve.rows]
        label = f"{curve.label} ({len(curve.languages)} languages)"
        axes.plot(places, values.mean(axis=1), color=colour(index), marker=marker(index), linewidth=1.8, label=label)
        axes.fill_between(places, low, high, color=colour(index), alpha=0.15, linewidth=0)
    every = sorted({count for curve in curves for count in curve.rows})
    axes.set_xscale("log")
    axes.set_xticks([_place(count) for count in every], [f"{count:,}" for count in every])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("rows of the target language (0: zero-shot)", fontsize=9)
    axes.set_ylabel(metric, fontsize=9)
    top = max(np.quantile(np.asarray(curve.scores), 0.75, axis=1).max() for curve in curves)
    axes.set_ylim(0, min(105, 1.3 * top) or 1)
    axes.tick_params(labelsize=8)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="best", fontsize=8, frameon=False)
    figure.suptitle(f"{task} · few-shot · {metric}", fontsize=12, fontweight="bold")
    caption(figure, "Line: mean over the languages that have a score at every number. Band: the middle half of them.")
    return figure


def _place(count: int) -> float:
    """On a logarithmic axis, which has no 0: zero-shot stands where a third of a row would."""
    return count or 1 / 3
