"""What is lost on the way from the source language to others, by group of languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column, metrics
from xbench.reporting.figure import blocks, by_order, caption, colour, head, lettered, marker
from xbench.reporting.traits import TRAITS, grouped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINE = 0.2
_WIDTH = 4.4


@dataclass(frozen=True)
class Gaps:
    """How far each language is below the source.

    Attributes:
        column: Whose scores.
        points: Language -> source score minus its own; below 0 where it is better.
    """

    column: Column
    points: Mapping[str, float]


def gaps(column: Column) -> Gaps | None:
    """The transfer gap of every scored language but the source; None without a score of the source.

    Of several source languages it is their mean that counts.
    """
    sources = column.source.split("+")
    known = [cell.score for tag in sources if (cell := column.cells.get(tag)) and cell.score is not None]
    if not column.source or len(known) < len(sources):
        return None
    source = fmean(known)
    points = {
        tag: source - cell.score for tag, cell in column.scored.items() if tag not in sources and cell.score is not None
    }
    return Gaps(column, points) if points else None


def gap_figure(several: Sequence[Gaps]) -> Figure:
    """A panel for script, family and resource class; in each a line per group, a mark per checkpoint.

    A mark is the mean over the group's languages, a line the middle half of them.

    Args:
        several: Of one task and protocol, at least one.
    """
    from matplotlib.figure import Figure

    tags = {tag for one in several for tag in one.points}
    panels = {trait: grouped(trait, tags) for trait in TRAITS}
    line = max(_LINE, 0.075 * len(several) + 0.06)
    highest = max(map(len, panels.values()))
    columns = [one.column for one in several]
    told = by_order(column.variant for column in columns)
    width = _WIDTH * len(panels) + 0.4
    above = head(told, width) + 0.3
    height = highest * line + above + 1.15
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(1.55 / width, 1.0 / height, 1 - 0.1 / width, 1 - above / height, wspace=0.62)
    every = [point for one in several for point in one.points.values()]
    for axes, (trait, groups) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
        axes.set_xlim(min(0.0, *every) - 2, max(every) + 2)
        axes.set_title(trait, fontsize=10, fontweight="bold", loc="left")
        _panel(axes, groups, several, highest)
    own = several[0].column
    lettered(
        figure,
        f"{own.task} · {own.protocol} · transfer gap in {metrics(columns)}",
        by_order(one.variant for one in columns),
    )
    caption(
        figure,
        f"Points below the source language ({own.source}). Mark: mean over the languages of a group (their number in "
        "brackets). Line: the middle half of them.",
    )
    return figure


def _panel(axes: Axes, groups: Mapping[str, Sequence[str]], several: Sequence[Gaps], highest: int) -> None:
    import numpy as np

    axes.set_ylim(highest - 0.4, -0.6)
    axes.set_yticks(range(len(groups)), [f"{name} ({len(own)})" for name, own in groups.items()], fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel("points below the source", fontsize=8.5)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.axvline(0, color="#222222", linewidth=0.9, linestyle=(0, (2, 1.5)))
    axes.spines[["top", "right", "left"]].set_visible(False)
    if len(several) > 1:
        left, right = axes.get_xlim()
        bands = [(left, y - 0.5, right - left, 1.0) for y in range(1, len(groups), 2)]
        blocks(axes, bands, facecolor="#f5f5f5", linewidth=0, zorder=0)
    for index, one in enumerate(several):
        shift = (index - (len(several) - 1) / 2) * 0.76 / len(several)
        found = [
            (y + shift, points)
            for y, own in enumerate(groups.values())
            if (points := [one.points[tag] for tag in own if tag in one.points])
        ]
        halves = [(y, *np.quantile(points, [0.25, 0.75])) for y, points in found if len(points) > 1]
        if halves:
            axes.hlines(*zip(*halves, strict=True), color=colour(index), linewidth=1.4)
        axes.plot(
            [fmean(points) for _, points in found], [y for y, _ in found],
            linestyle="none", marker=marker(index), color=colour(index), markersize=4.5,
        )  # fmt: skip
