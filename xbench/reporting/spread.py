"""How much scores change from seed to seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column, metrics
from xbench.reporting.figure import above, caption, colour, lettered, name_points
from xbench.reporting.finding import NOISE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACROSS = 3
_NAMED = 4


def seeded(column: Column) -> dict[str, tuple[float, float]]:
    """Language -> mean score and standard deviation over seeds, of those with several."""
    return {
        tag: (cell.score, cell.sd)
        for tag, cell in column.scored.items()
        if cell.seeds > 1 and cell.sd is not None and cell.score is not None
    }


def spread_figure(own: Sequence[Column]) -> Figure:
    """A panel for each checkpoint: a point per language, the largest ones named, and the average as a line.

    Args:
        own: Columns of one task and protocol with several seeds, at least one.
    """
    from matplotlib.figure import Figure

    across = min(_ACROSS, len(own))
    down = -(-len(own) // across)
    width, height = max(6.5, 4.4 * across), 3.6 * down + 1.5
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(0.7 / width, 0.95 / height, 0.985, 1 - 0.75 / height, wspace=0.12, hspace=0.32)
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for place, (axes, column) in enumerate(zip(grid.flat, own, strict=False)):
        _panel(axes, column)
        above(axes, column.variant, width / across - 0.4)
        # Those with none beneath them say what the axis is; the others of a column have the same.
        if place + across >= len(own):
            axes.tick_params(axis="x", labelbottom=True)
            axes.set_xlabel("mean score", fontsize=8.5)
        if place % across == 0:
            axes.set_ylabel("standard deviation", fontsize=8.5)
    for axes in grid.flat[len(own) :]:
        axes.set_visible(False)
    highest = max(sd for column in own for _, sd in seeded(column).values())
    grid[0, 0].set_ylim(0, 1.15 * max(highest, NOISE))
    for axes, column in zip(grid.flat, own, strict=False):
        points = seeded(column)
        name_points(axes, points, sorted(points, key=lambda tag: -points[tag][1]), _NAMED)
    seeds = sorted({cell.seeds for column in own for tag, cell in column.scored.items() if tag in seeded(column)})
    lettered(figure, f"{own[0].task} · {own[0].protocol} · {metrics(own)} from seed to seed")
    caption(
        figure,
        f"A point is a language: mean and standard deviation over {' or '.join(map(str, seeds))} seeds. Solid: that of "
        f"the average over all languages. Dashed: {NOISE} points, usual for a language in published runs.",
    )
    return figure


def _panel(axes: Axes, column: Column) -> None:
    points = seeded(column)
    xs, ys = zip(*points.values(), strict=True)
    axes.plot(xs, ys, linestyle="none", marker="o", color=colour(0), markersize=4.5, alpha=0.7, markeredgewidth=0,
              clip_on=False)  # fmt: skip
    axes.axhline(NOISE, color="#222222", linewidth=0.9, linestyle=(0, (2, 1.5)))
    average = column.averages.get("all")
    if average and average.sd is not None:
        axes.axhline(average.sd, color=colour(1), linewidth=1.4)
    axes.tick_params(labelsize=8)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
