"""Learning curves: scores by the number of rows of the target language that a fit was continued on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from xbench.planning.protocols import numbered
from xbench.reporting.columns import Column
from xbench.reporting.figure import caption, chance_lines, colour, fitting, marker, titled
from xbench.reporting.names import counted
from xbench.store.signature import parse, signature

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FEW, _NONE = "few-shot", "zero-shot"
_CONTINUED = frozenset({"protocol", "train", "made_by", "recipe", "epochs", "select"})
"""Of a series, what a fit that is continued says in another way than the one that it continues."""
_APART = 0.025
"""Powers of ten by which the checkpoints at one number of rows stand apart, so that their lines are all seen."""


@dataclass(frozen=True)
class Learning:
    """A checkpoint's scores by number of rows.

    Attributes:
        label: Of the checkpoint.
        rows: How many, ascending; 0 is zero-shot.
        languages: Tags that have a score at every number; the others, and the training language, are left out.
        scores: Number by language, (rows, languages).
        chance: What guessing scores, mean over the languages; None where that has no meaning.
    """

    label: str
    rows: tuple[int, ...]
    languages: tuple[str, ...]
    scores: tuple[tuple[float, ...], ...]
    chance: float | None


def learning(own: Sequence[Column]) -> list[Learning]:
    """The learning curves among the columns of one task: of every checkpoint with two numbers of rows at least."""
    points: dict[tuple[str, str], dict[int, Column]] = {}
    for column in own:
        protocol, count = numbered(column.protocol)
        if column.protocol == _NONE or (protocol == _FEW and count):
            points.setdefault((column.checkpoint, _apart(column)), {})[count or 0] = column
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
    levels = [found[rows[-1]].cells[tag].chance for tag in languages]
    known = [level for level in levels if level is not None]
    chance = fmean(known) if len(known) == len(levels) else None
    return Learning(label, tuple(rows), tuple(languages), scores, chance)


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

    figure = Figure(figsize=(7.5, 4.6 + 0.22 * len(curves)), layout="constrained")
    axes = figure.subplots()
    lows, highs = [0.0], [1.0]
    for index, curve in enumerate(curves):
        values = np.asarray(curve.scores)
        low, high = np.quantile(values, [0.25, 0.75], axis=1)
        shift = 10 ** (_APART * (index - (len(curves) - 1) / 2))
        places = [_place(count) * shift for count in curve.rows]
        label = f"{curve.label} ({counted(len(curve.languages))})"
        axes.plot(places, values.mean(axis=1), color=colour(index), marker=marker(index), linewidth=1.6, label=label)
        axes.vlines(places, low, high, color=colour(index), linewidth=1.2)
        lows.append(float(low.min()))
        highs.append(float(high.max()))
    chance_lines(axes, [curve.chance for curve in curves])
    every = sorted({count for curve in curves for count in curve.rows})
    axes.set_xscale("log")
    axes.set_xticks([_place(count) for count in every], [f"{count:,}" for count in every])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("rows of the target language (0: zero-shot)", fontsize=9)
    axes.set_ylabel(metric, fontsize=9)
    axes.set_ylim(1.08 * min(lows), 1.08 * max(highs))
    axes.tick_params(labelsize=8)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    size = fitting(labels, figure.get_figwidth() - 0.6, 8.5)
    legend = figure.legend(handles=handles, loc="outside upper left", fontsize=size, frameon=False)
    titled(figure, legend, f"{task} · few-shot · {metric}")
    told = "Marks: mean over the languages that have a score at every number. Upright: the middle half of them."
    caption(figure, f"{told} Dashed: chance." if any(curve.chance is not None for curve in curves) else told)
    return figure


def _place(count: int) -> float:
    """On a logarithmic axis, which has no 0: zero-shot stands where a third of a row would."""
    return count or 1 / 3
