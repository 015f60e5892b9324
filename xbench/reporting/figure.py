"""What all pictures share: colours that colour-blind readers can tell apart, and places."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from xbench.reporting.names import Name, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

# Okabe and Ito, "Color Universal Design" (2008), without the yellow that is too pale for a dot.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")

NAME = "name"
"""Mark of the texts that name lines."""

_MEASURED = 4
"""Names of a stack that the layout measures: more letters are not always wider."""
_LETTERS = 15
"""Of a caption, in an inch."""
_TITLE = 9
"""Likewise of a title."""
_PANEL = 13
"""Likewise of what stands above a panel."""

MOST = len(_COLOURS)
"""Checkpoints that one picture tells apart."""


@dataclass(frozen=True)
class Slot:
    """A line of a picture: a language, or the script that heads the ones beneath it.

    Attributes:
        label: What the axis says.
        tag: The language; empty for a script.
    """

    label: str
    tag: str


def colour(index: int) -> str:
    """Colour of the nth series."""
    return _COLOURS[index % len(_COLOURS)]


def marker(index: int) -> str:
    """Marker of the nth series: with the colour it tells 49 apart."""
    return _MARKERS[(index + index // len(_COLOURS)) % len(_MARKERS)]


def stacks(groups: Mapping[str, Sequence[Name]], height: int) -> list[list[Slot]]:
    """Languages by script, broken into stacks of about equal height that stand side by side.

    A script that goes on in the next stack is named again there, and none is named at the very end
    of a stack.

    Args:
        groups: Script -> its languages, in the order in which they shall stand.
        height: The most lines that a stack should have, scripts included.
    """
    lines = sum(len(names) + 1 for names in groups.values())
    count = -(-lines // height)
    # A break costs up to two lines: the script's name again, and a place that a heading may not end in.
    most = -(-(lines + 2 * (count - 1)) // count)
    found: list[list[Slot]] = [[]]
    for script, names in groups.items():
        heading = f"{script} ({len(names)})"
        if len(found[-1]) >= most - 1:
            found.append([])
        found[-1].append(Slot(heading, ""))
        for name in names:
            if len(found[-1]) >= most:
                found.append([Slot(f"{heading}, continued", "")])
            found[-1].append(Slot(name.label, name.tag))
    return found


def name_lines(axes: Axes, slots: Sequence[Slot], height: int) -> None:
    """Names every line of a stack to its left, the first one on top; scripts are bold.

    Args:
        axes: Where the stack is drawn, line n at y = n.
        slots: The lines.
        height: Lines that the highest stack has, so that the lines of all are equally high.
    """
    from matplotlib.transforms import ScaledTranslation

    axes.set_ylim(height - 0.4, -0.6)
    axes.set_yticks([])
    beside = axes.get_yaxis_transform() + ScaledTranslation(-4 / 72, 0, axes.figure.dpi_scale_trans)
    longest = sorted(range(len(slots)), key=lambda y: -len(slots[y].label))[:_MEASURED]
    # Texts and no ticks: a tick is five artists, and the layout measures each label of an axis again and again.
    for y, slot in enumerate(slots):
        weight = "normal" if slot.tag else "bold"
        name = axes.text(0, y, slot.label, fontsize=8, fontweight=weight, transform=beside, ha="right", gid=NAME)
        name.set_verticalalignment("center_baseline")
        name.set_in_layout(y in longest)


def blocks(axes: Axes, places: Sequence[tuple[float, float, float, float]], **style: Any) -> None:
    """Rectangles as one artist: hundreds of patches would take longer to make than to draw.

    Args:
        axes: With limits that are set; rectangles move none.
        places: Left, top, width and height of each.
        style: Of all, or a list of colours with one for each.
    """
    from matplotlib.collections import PolyCollection

    corners = [[(x, y), (x + width, y), (x + width, y + height), (x, y + height)] for x, y, width, height in places]
    axes.add_collection(PolyCollection(corners, **style), autolim=False)


def chance_lines(axes: Axes, levels: Iterable[float | None]) -> None:
    """What guessing scores, across a panel; nothing where that has no meaning."""
    for level in sorted({level for level in levels if level is not None}):
        axes.axhline(level, color="#222222", linewidth=0.9, linestyle=(0, (2, 1.5)), zorder=1)


def hatched(axes: Axes, places: Sequence[tuple[float, float, float, float]]) -> None:
    """Rectangles where there is no score."""
    if places:
        blocks(axes, places, facecolor="#f2f2f2", edgecolor="#c4c4c4", hatch="////", linewidth=0)


def caption(figure: Figure, text: str) -> None:
    """A line beneath a picture, broken where it would be wider than that."""
    figure.supxlabel(textwrap.fill(text, int(_LETTERS * figure.get_figwidth())), fontsize=8.5)


def titled(figure: Figure, legend: Legend, text: str) -> None:
    """Makes the title of a legend in the upper left that of its picture, broken where it would be wider than that."""
    from matplotlib.font_manager import FontProperties

    width = figure.get_figwidth()
    legend.set_title(textwrap.fill(text, int(_TITLE * width)), FontProperties(size=12, weight="bold"))
    legend.set_alignment("left")


def fitting(texts: Iterable[str], width: float, size: float) -> float:
    """Points in which the longest of these lines is no wider than a picture, at most `size`.

    Args:
        texts: Lines, at least one.
        width: Of the picture, in inches.
        size: Points that they have where there is room.
    """
    return min(size, 12 * _TITLE * width / max(1, *map(len, texts)))


def headed(figure: Figure, text: str) -> None:
    """A title in the middle above a picture."""
    figure.suptitle(text, fontsize=fitting([text], figure.get_figwidth(), 12), fontweight="bold")


def above(axes: Axes, text: str, inches: float, loc: Literal["left", "center"] = "left") -> None:
    """What a panel shows, above it, its lines broken where they would reach into the next panel.

    Args:
        axes: The panel.
        text: One line or several.
        inches: Width of the panel.
        loc: Side on which it begins.
    """
    lines = [line for whole in text.split("\n") for line in textwrap.wrap(whole, int(_PANEL * inches))]
    axes.set_title("\n".join(lines), fontsize=8.5, loc=loc)


def by_order(labels: Iterable[str]) -> list[tuple[str, str, str]]:
    """Labels with the colour and the marker of their places."""
    return [(label, colour(index), marker(index)) for index, label in enumerate(labels)]


def head(told: Sequence[tuple[str, str, str]], width: float) -> float:
    """Inches that a title and what is told beneath it take."""
    lines = 0 if len(told) < 2 else 1 if _in_a_line(told, width) else len(told)
    return 0.45 + 0.19 * lines


def lettered(figure: Figure, title: str, told: Sequence[tuple[str, str, str]] = ()) -> None:
    """A title in the upper left of a picture whose margins are set, and beneath it what its marks mean.

    Args:
        figure: With room for the `head` above its panels.
        title: A line.
        told: Labels with colour and marker. A single one goes without saying.
    """
    from matplotlib.lines import Line2D

    width, height = figure.get_size_inches()
    size = fitting([title], width, 12)
    figure.text(0.12 / width, 1 - 0.1 / height, title, fontsize=size, fontweight="bold", va="top")
    if len(told) > 1:
        marks = [Line2D([], [], linestyle="none", color=tone, marker=shape, markersize=5) for _, tone, shape in told]
        figure.legend(
            marks, [label for label, _, _ in told], loc="upper left", fontsize=8.5, frameon=False, borderaxespad=0,
            bbox_to_anchor=(0.08 / width, 1 - 0.4 / height), ncols=len(told) if _in_a_line(told, width) else 1,
            columnspacing=1.2, handletextpad=0.3, labelspacing=0.25, borderpad=0,
        )  # fmt: skip


def _in_a_line(told: Sequence[tuple[str, str, str]], width: float) -> bool:
    return sum(0.08 * len(label) + 0.5 for label, _, _ in told) < width


def name_points(axes: Axes, points: Mapping[str, tuple[float, float]], order: Iterable[str], most: int) -> None:
    """Writes names beside points, as far as they touch neither each other nor another point.

    Args:
        axes: With limits that are set.
        points: Language -> its place.
        order: Languages, those that most need a name first.
        most: Names.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    box = axes.get_position()
    width, height = axes.figure.get_size_inches() * (box.width, box.height)  # type: ignore[union-attr]
    inches = {
        tag: ((x - left) / (right - left) * width, (y - bottom) / (top - bottom) * height)
        for tag, (x, y) in points.items()
    }
    taken: list[tuple[float, float, float]] = []
    for tag in dict.fromkeys(order):
        text, (x, y) = named(tag).name, inches[tag]
        long = 0.055 * len(text) + 0.06
        others = [u for other, (u, v) in inches.items() if other != tag and abs(y - v) < 0.09]
        for side, shift, begin, end in (("left", 4, x, x + long), ("right", -4, x - long, x)):
            within = begin >= 0 and end <= width
            alone = all(end < first or last < begin or abs(y - v) > 0.12 for first, last, v in taken)
            if within and alone and not any(begin - 0.03 <= u <= end + 0.03 for u in others):
                taken.append((begin, end, y))
                # On white: lines go through points, and would through their names.
                axes.annotate(text, points[tag], (shift, 0), textcoords="offset points", fontsize=6.5, ha=side,
                              va="center_baseline", color="#333333", zorder=5,
                              bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.3})  # fmt: skip
                break
        if len(taken) == most:
            break
