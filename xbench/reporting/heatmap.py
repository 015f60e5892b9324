"""All of a checkpoint's scores at a glance: languages against tasks and protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column
from xbench.reporting.figure import MOST, Slot, blocks, caption, hatched, headed, name_lines, stacks
from xbench.reporting.names import by_script

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_LINE = 0.19
_NAMES = 2.1
_DARK = 44
"""Score below which white has more contrast on viridis than black; both have 4.5 to 1 and more there."""


def heatmap(own: Sequence[Column], leading: bool = False) -> Figure:
    """One checkpoint: a line per language, a field per task and protocol with its score.

    A hatched field is unavailable; a language that the task was not asked for has an empty one.

    Args:
        own: The columns of one checkpoint, at least one.
        leading: Whether others of lower rank have no such picture, which this one says.
    """
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    groups = by_script({tag for column in own for tag in column.asked})
    field = max(0.42, 3.0 / len(own) if len(own) < 5 else 0.0)
    lines = sum(len(names) + 1 for names in groups.values())
    several = stacks(groups, _height(lines, _NAMES + field * len(own)))
    longest = max(len(_head(column)) for column in own)
    height = max(map(len, several)) * _LINE + 0.075 * longest + 1.7
    figure = Figure(figsize=((_NAMES + field * len(own)) * len(several) + 0.8, height), layout="constrained")
    all_axes = figure.subplots(1, len(several), squeeze=False)[0]
    colours = colormaps["viridis"]
    for axes, slots in zip(all_axes, several, strict=True):
        name_lines(axes, slots, max(map(len, several)))
        _stack(axes, slots, own, colours)
    scale = ScalarMappable(Normalize(0, 100), colours)
    bar = figure.colorbar(scale, ax=all_axes, location="bottom", shrink=0.5, aspect=40, pad=0.01)
    bar.set_label("score", fontsize=8.5)
    bar.ax.tick_params(labelsize=8)
    headed(figure, own[0].checkpoint)
    told = "Hatched: unavailable. Empty: not asked for. †: degenerate fit."
    caption(figure, f"{told} Only the {MOST} checkpoints that lead the ranking have a map." if leading else told)
    return figure


def _height(lines: int, width: float) -> int:
    """Lines per stack at which the picture is about as high as it is wide.

    Args:
        lines: Of all stacks.
        width: Of one stack, in inches.
    """
    counts = range(1, max(2, lines // 20 + 1))
    count = min(counts, key=lambda count: abs(lines / count * _LINE + 2 - width * count))
    return -(-lines // count)


def _head(column: Column) -> str:
    return " · ".join(part for part in (column.task, column.protocol, column.difference) if part)


def _stack(axes: Axes, slots: Sequence[Slot], own: Sequence[Column], colours: Colormap) -> None:
    axes.set_xlim(-0.5, len(own) - 0.5)
    axes.set_xticks(range(len(own)), [_head(column) for column in own], rotation=90, fontsize=8)
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    cells = [
        (x, y, cell)
        for y, slot in enumerate(slots)
        for x, column in enumerate(own)
        if (cell := column.cells.get(slot.tag))
    ]
    scored = [(x, y, cell, cell.score) for x, y, cell in cells if cell.score is not None]
    hatched(axes, [_place(x, y) for x, y, cell in cells if cell.score is None])
    tones = colours([score / 100 for _, _, _, score in scored])
    blocks(axes, [_place(x, y) for x, y, _, _ in scored], facecolors=tones, linewidth=0)
    for x, y, cell, score in scored:
        mark = "†" if cell.status == "degenerate" else ""
        ink = "white" if score < _DARK else "black"
        text = axes.text(x, y, f"{score:.0f}{mark}", fontsize=7, ha="center", va="center_baseline", color=ink)
        text.set_in_layout(False)


def _place(x: int, y: int) -> tuple[float, float, float, float]:
    return x - 0.48, y - 0.46, 0.96, 0.92
