"""Differences by language with their intervals, sorted: where the one is better, and where nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xbench.reporting.comparison.result import BETTER, TIE, WORSE, Comparison, Language
from xbench.reporting.comparison.words import interval
from xbench.reporting.figure import Slot, blocks, caption, colour, name_lines, titled
from xbench.reporting.names import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HIGHEST = 60
"""Lines of a stack."""
_LINE = 0.19
_GREY = "#707070"


def interval_plot(one: Comparison) -> Figure:
    """A line per language, the largest difference first, and the average above them all.

    Args:
        one: The comparison, of one language or more.
    """
    from matplotlib.figure import Figure

    order = sorted(one.languages, key=lambda own: -own.difference.value)
    stacks = _stacks(order)
    longest = max(map(len, stacks)) + 1
    figure = Figure(figsize=(max(6.5, 4.4 * len(stacks)), longest * _LINE + 2.1), layout="constrained")
    all_axes = figure.subplots(1, len(stacks), squeeze=False, sharex=True)[0]
    low = min(0.0, *(own.difference.low for own in order))
    high = max(0.0, *(own.difference.high for own in order))
    margin = 0.04 * (high - low) or 1.0
    for place, (axes, own) in enumerate(zip(all_axes, stacks, strict=True)):
        axes.set_xlim(low - margin, high + margin)
        _stack(axes, one, own, longest, place == 0)
    _legend(all_axes[0], one)
    handles, labels = all_axes[0].get_legend_handles_labels()
    legend = figure.legend(handles, labels, loc="outside upper left", fontsize=8.5, frameon=False, ncols=2)
    titled(figure, legend, f"{one.other} against {one.first}: {one.title}")
    caption(figure, _caption(one))
    return figure


def _stacks(order: Sequence[Language]) -> list[list[Language]]:
    count = -(-len(order) // _HIGHEST)
    height = -(-len(order) // count)
    return [list(order[start : start + height]) for start in range(0, len(order), height)]


def _stack(axes: Axes, one: Comparison, own: Sequence[Language], longest: int, first: bool) -> None:
    slots = [Slot(named(each.tag).label, each.tag) for each in own]
    if first:
        slots.insert(0, Slot(f"average of {len(one.languages)}", ""))
    name_lines(axes, slots, longest)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    left, right = axes.get_xlim()
    bands = [(left, y - 0.5, right - left, 1.0) for y in range(1, len(slots), 2)]
    blocks(axes, bands, facecolor="#f5f5f5", linewidth=0, zorder=0)
    axes.axvline(0.0, color="#222222", linewidth=0.9, zorder=1)
    if first:
        _mark(
            axes, [(0, one.whole.difference.value, one.whole.difference.low, one.whole.difference.high)], "black", "D"
        )
    shift = 1 if first else 0
    for verdict, (tone, marker) in _LOOKS.items():
        places = [
            (y + shift, each.difference.value, each.difference.low, each.difference.high)
            for y, each in enumerate(own)
            if each.verdict == verdict
        ]
        _mark(axes, places, tone, marker, open=verdict == TIE)


_LOOKS = {BETTER: (colour(0), "o"), WORSE: (colour(1), "s"), TIE: (_GREY, "o")}
"""Colour and marker of a verdict; an open one is no difference that was told."""


def _mark(
    axes: Axes, places: Sequence[tuple[float, float, float, float]], tone: str, marker: str, open: bool = False
) -> None:
    if places:
        ys, values, lows, highs = zip(*places, strict=True)
        axes.hlines(ys, lows, highs, color=tone, linewidth=1.3, zorder=2)
        face = "white" if open else tone
        axes.plot(
            values, ys, linestyle="none", marker=marker, markersize=4.6, color=tone, markerfacecolor=face, zorder=3
        )


def _legend(axes: Axes, one: Comparison) -> None:
    counts = {verdict: sum(own.verdict == verdict for own in one.languages) for verdict in _LOOKS}
    texts = {
        BETTER: f"{one.other} better: {counts[BETTER]}",
        WORSE: f"{one.first} better: {counts[WORSE]}",
        TIE: f"not told apart: {counts[TIE]}",
    }
    for verdict, (tone, marker) in _LOOKS.items():
        face = "white" if verdict == TIE else tone
        axes.plot([], [], linestyle="none", marker=marker, color=tone, markerfacecolor=face, label=texts[verdict])
    axes.plot([], [], linestyle="none", marker="D", color="black", label=f"average: {interval(one.whole.difference)}")


def _caption(one: Comparison) -> str:
    lost = sum(map(len, one.missing.values()))
    told = [
        f"Points of {one.metric}; lines: 95 % intervals over examples.",
        f"Told apart by Holm over {len(one.languages)} languages.",
        f"Tests are {one.conditional}." if one.conditional else "",
        f"Not compared: {lost} languages." if lost else "",
    ]
    return " ".join(filter(None, told))
