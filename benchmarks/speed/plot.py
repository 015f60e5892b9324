"""The times as bars, with the machine's limit, and growth as a line: one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.speed.growth import line
from benchmarks.speed.measured import Part, Timed
from xbench.reporting.figure import colour
from xbench.store.files import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR, _HEAD = 0.3, 0.9
"""Inches of a bar, and of what stands above and below those of a panel."""


def draw(parts: Sequence[Part], path: Path) -> None:
    """Writes the picture: a panel for each part in which something is compared, and one for growth."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    timed = [part for part in parts if part.against]
    grown = [part for part in parts if part.points]
    heights = [_HEAD + _BAR * len(_bars(part)) for part in timed] + [3.0 for _ in grown]
    if not heights:
        return
    figure = Figure(figsize=(8.5, sum(heights)), layout="constrained")
    panels = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for part, axes in zip((*timed, *grown), panels, strict=True):
        axes.set_title(part.title, loc="left", fontsize=11, fontweight="bold")
        axes.spines[["top", "right"]].set_visible(False)
        (_growth if part.points else _times)(axes, part)
    write(path, lambda draft: FigureCanvasAgg(figure).print_png(draft.open("wb")))


def _bars(part: Part) -> list[Timed]:
    """What has a bar: all but the limits, which are marks."""
    limits = {one.limit for one in part.timed}
    return [one for one in part.timed if one.name not in limits]


def _times(axes: Axes, part: Part) -> None:
    for place, one in enumerate(bars := _bars(part)):
        ours = one.name.startswith("xbench")
        told = f"{one.median:.1f} s" if one.median >= 1 else f"{1e3 * one.median:.0f} ms"
        low, high = one.median - min(one.seconds), max(one.seconds) - one.median
        axes.barh(place, one.median, 0.7, xerr=[[low], [high]], color=colour(0) if ours else "#b8b8b8",
                  error_kw={"lw": 1, "ecolor": "#444444"})  # fmt: skip
        end = (max(one.seconds), place)
        axes.annotate(told, end, (4, 0), textcoords="offset points", va="center", fontsize=8)
        if one.limit:
            axes.plot([part.seconds(one.limit)] * 2, [place - 0.42, place + 0.42], color=colour(1), lw=2)
    axes.set_yticks(range(len(bars)), [one.name for one in bars], fontsize=8)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(0, 1.1 * max(max(one.seconds) for one in bars))
    marked = "; the mark is what matrix products alone take" if any(one.limit for one in bars) else ""
    axes.set_xlabel(f"seconds (median, lowest and highest){marked}", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)


def _growth(axes: Axes, part: Part) -> None:
    tokens = [point.tokens for point in part.points]
    fitted = line(part.points)
    ends = [0, max(tokens)]
    axes.plot(ends, [fitted.fixed + fitted.slope * end for end in ends], color="#888888", lw=1)
    axes.plot(tokens, [point.seconds for point in part.points], "o", color=colour(0))
    for point in part.points:
        axes.annotate(f"{point.languages}", (point.tokens, point.seconds), (-4, 5), textcoords="offset points",
                      fontsize=8, ha="right")  # fmt: skip
    peaks = [point.peak / 2**20 for point in part.points]
    told = f"peak memory: {min(peaks):.2f} to {max(peaks):.2f} GiB"
    axes.annotate(told, (1, 0), (-4, 5), "axes fraction", "offset points", fontsize=8, ha="right")
    axes.set_xlim(0, 1.1 * max(tokens))
    axes.set_ylim(0, 1.15 * max(point.seconds for point in part.points))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("sub-tokens, of as many languages as stand at the points", fontsize=8)
    axes.set_ylabel("seconds of the process", fontsize=8)
    axes.tick_params(labelsize=8)
