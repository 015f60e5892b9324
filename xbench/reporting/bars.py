"""Scores by language, grouped by script: bars for one checkpoint, dots for several."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from xbench.reporting.columns import Cell, Column, metrics
from xbench.reporting.figure import (
    Slot,
    blocks,
    caption,
    colour,
    fitting,
    hatched,
    headed,
    marker,
    name_lines,
    stacks,
    titled,
)
from xbench.reporting.names import Name, by_script

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HIGHEST = 52


def bars(own: Sequence[Column]) -> Figure:
    """One task under one protocol, every language with its name.

    Languages stand by script and, in it, by mean score. A line shows the 95 % interval, a dashed
    one what guessing scores. A language without any score has a hatched place.

    Args:
        own: The columns of one task and protocol, at least one.
    """
    from matplotlib.figure import Figure

    several = stacks(_ordered(own), _HIGHEST)
    line = 0.19 if len(own) == 1 else max(0.2, 0.075 * len(own) + 0.06)
    height = max(map(len, several)) * line + 1.5 + 0.22 * (len(own) if len(own) > 1 else 0)
    figure = Figure(figsize=(max(6.5, 4.7 * len(several)), height), layout="constrained")
    all_axes = figure.subplots(1, len(several), squeeze=False)[0]
    for axes, slots in zip(all_axes, several, strict=True):
        name_lines(axes, slots, max(map(len, several)))
        _stack(axes, slots, own)
    title = f"{own[0].task} · {own[0].protocol} · {metrics(own)}"
    if len(own) == 1:
        headed(figure, title)
    else:
        handles, labels = all_axes[0].get_legend_handles_labels()
        size = fitting(labels, figure.get_figwidth() - 0.6, 9)
        legend = figure.legend(handles=handles, loc="outside upper left", fontsize=size, frameon=False)
        # The legend carries the title: the layout would print a title of the figure over it.
        titled(figure, legend, title)
    caption(figure, _caption(own))
    return figure


def _ordered(own: Sequence[Column]) -> dict[str, list[Name]]:
    """Script -> languages, the best first; those without a score follow by name."""
    groups = by_script({tag for column in own for tag in column.asked})
    return {script: sorted(names, key=lambda name: -_mean(own, name.tag)) for script, names in groups.items()}


def _mean(own: Sequence[Column], tag: str) -> float:
    """Below every score, which a correlation's may be below 0, where there is none."""
    scores = _scores(own, tag)
    return sum(scores) / len(scores) if scores else -math.inf


def _scores(own: Sequence[Column], tag: str) -> list[float]:
    cells = [column.cells[tag] for column in own if tag in column.cells]
    return [cell.score for cell in cells if cell.score is not None]


def _stack(axes: Axes, slots: Sequence[Slot], own: Sequence[Column]) -> None:
    lowest = _lowest(own)
    axes.set_xlim(lowest, 120)
    axes.set_xticks(range(lowest, 101, 20))
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    if lowest:
        axes.axvline(0, color="#222222", linewidth=0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    lines = [(y, [column.cells.get(slot.tag) for column in own]) for y, slot in enumerate(slots) if slot.tag]
    _empty(axes, [y for y, cells in lines if not any(map(_scored, cells))], 0.72 if len(own) == 1 else 0.4)
    _chances(axes, lines)
    for index, column in enumerate(own):
        axes.scatter([], [], s=26, color=colour(index), marker=marker(index), label=_legend(column))
        # Dots of one language stand one above the other, in the order of the legend.
        shift = (index - (len(own) - 1) / 2) * 0.76 / len(own)
        cells = [(y + shift, cells[index]) for y, cells in lines if any(map(_scored, cells))]
        (_bars if len(own) == 1 else _dots)(axes, [(y, cell) for y, cell in cells if cell], index)
    if len(own) > 1:
        bands = [(lowest, y - 0.5, 120 - lowest, 1.0) for y, _ in lines if y % 2]
        blocks(axes, bands, facecolor="#f5f5f5", linewidth=0, zorder=0)


def _lowest(own: Sequence[Column]) -> int:
    """Where the axis begins: 0, or the mark beneath the lowest interval, which a correlation's may be below 0."""
    cells = [cell for column in own for cell in column.cells.values()]
    ends = [end for cell in cells for end in (cell.score, cell.low) if end is not None]
    return 20 * math.floor(min([0.0, *ends]) / 20)


def _scored(cell: Cell | None) -> bool:
    return cell is not None and cell.score is not None


def _empty(axes: Axes, lines: Sequence[int], height: float) -> None:
    """Places of languages that have no score at all."""
    hatched(axes, [(0, y - height / 2, 100, height) for y in lines])
    for y in lines:
        _say(axes, y, "n/a", "#555555")


def _chances(axes: Axes, lines: Iterable[tuple[int, Sequence[Cell | None]]]) -> None:
    known = sorted({(y, cell.chance) for y, cells in lines for cell in cells if cell and cell.chance is not None})
    tops, levels = [y - 0.5 for y, _ in known], [level for _, level in known]
    bottoms = [y + 0.5 for y, _ in known]
    axes.vlines(levels, tops, bottoms, color="#222222", linewidth=0.9, linestyle=(0, (2, 1.5)), zorder=4)


def _bars(axes: Axes, cells: Sequence[tuple[float, Cell]], index: int) -> None:
    blocks(
        axes,
        [(0, y - 0.36, cell.score, 0.72) for y, cell in cells if cell.score is not None],
        facecolor=colour(index),
        alpha=0.75,
    )
    for y, cell in cells:
        _say(axes, y, f"{cell.score:.1f}" + ("†" if cell.status == "degenerate" else ""), "black")
    _intervals(axes, cells, "#222222")


def _dots(axes: Axes, cells: Sequence[tuple[float, Cell]], index: int) -> None:
    tone = colour(index)
    scores = [(y, cell.score) for y, cell in cells if cell.score is not None]
    _marks(axes, scores, tone, marker=marker(index), markersize=4.2)
    _marks(axes, [(y, 1.2) for y, cell in cells if cell.score is None], tone, marker="x", markersize=4, clip_on=False)
    # A score of 0 is one, too: it is what tagging collapses to.
    fallen = [(y, cell) for y, cell in cells if cell.status == "degenerate"]
    ends = [(y, max(cell.score, cell.high or 0.0) + 2.2) for y, cell in fallen if cell.score is not None]
    _marks(axes, ends, tone, marker="$†$", markersize=4)
    _intervals(axes, cells, tone)


def _marks(axes: Axes, places: Sequence[tuple[float, float]], tone: str, **style: Any) -> None:
    if places:
        ys, xs = zip(*places, strict=True)
        axes.plot(xs, ys, linestyle="none", color=tone, zorder=3, **style)


def _intervals(axes: Axes, cells: Iterable[tuple[float, Cell]], tone: str) -> None:
    known = [(y, cell.low, cell.high) for y, cell in cells if cell.low is not None and cell.high is not None]
    if known:
        axes.hlines(*zip(*known, strict=True), color=tone, linewidth=1.1, zorder=2)


def _say(axes: Axes, y: float, text: str, tone: str) -> None:
    """A word in the margin, which the axes keep free for it: the layout need not measure it."""
    axes.text(101, y, text, fontsize=7, va="center_baseline", color=tone).set_in_layout(False)


def _caption(own: Sequence[Column]) -> str:
    cells = [cell for column in own for cell in column.cells.values()]
    marks = {
        "Solid lines: 95 % intervals.": any(cell.low is not None for cell in cells),
        "Dashed: chance.": any(cell.chance is not None for cell in cells),
        "†: degenerate fit.": any(cell.status == "degenerate" for cell in cells),
        "Hatched: no score.": any(not _scores(own, tag) for column in own for tag in column.asked),
        "×: unavailable.": any(cell.score is None and _scores(own, tag) for c in own for tag, cell in c.cells.items()),
    }
    if len(own) == 1 and own[0].missing:
        marks[f"No score in {_missing(own[0])}."] = True
    return " ".join(text for text, there in marks.items() if there)


def _legend(column: Column) -> str:
    return column.variant + (f" (no score in {_missing(column)})" if column.missing else "")


def _missing(column: Column) -> str:
    return f"{len(column.missing)} of {len(column.asked)} languages"
