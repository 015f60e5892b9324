"""How much two checkpoints lose between the source language and groups of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xbench.reporting.comparison.result import Comparison, Estimate, Group
from xbench.reporting.figure import Slot, blocks, caption, colour, marker, name_lines, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_KINDS = {"panel": "panel", "script": "script", "family": "family", "class": "resource class", "seen": "pretrained on"}
"""What groups are shown, and how the picture calls what makes them."""
_LINE = 0.24
_MOST = 14
"""Groups of one kind."""


def gap_plot(one: Comparison) -> Figure:
    """A line per group of two languages or more, with a dot for each checkpoint.

    Args:
        one: A comparison that has `gap_lines`.
    """
    from matplotlib.figure import Figure

    lines = gap_lines(one)
    known = [(y, group.gaps) for y, (_, group) in enumerate(lines) if group and group.gaps]
    figure = Figure(figsize=(7.5, len(lines) * _LINE + 2.0), layout="constrained")
    axes = figure.subplots()
    ends = [end for _, gaps in known for gap in gaps for end in (gap.low, gap.high)]
    left, right = min(0.0, *ends), max(0.0, *ends)
    margin = 0.04 * (right - left) or 1.0
    axes.set_xlim(left - margin, right + margin)
    name_lines(axes, [Slot(name, "group" if group else "") for name, group in lines], len(lines))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    bands = [(left - margin, y - 0.5, right - left + 2 * margin, 1.0) for y, _ in known if y % 2]
    blocks(axes, bands, facecolor="#f5f5f5", linewidth=0, zorder=0)
    axes.axvline(0.0, color="#222222", linewidth=0.9, zorder=1)
    for side, label in enumerate((one.first, one.other)):
        own: Sequence[tuple[float, Estimate]] = [(y + (side - 0.5) * 0.34, gaps[side]) for y, gaps in known]
        ys = [y for y, _ in own]
        axes.hlines(ys, [gap.low for _, gap in own], [gap.high for _, gap in own], color=colour(side), linewidth=1.3)
        axes.plot(
            [gap.value for _, gap in own], ys, linestyle="none", marker=marker(side), markersize=4.6,
            color=colour(side), label=label,
        )  # fmt: skip
    legend = figure.legend(loc="outside upper left", fontsize=9, frameon=False, ncols=2)
    titled(figure, legend, f"Transfer gap: {one.title}")
    caption(
        figure,
        f"Points of {one.metric} that the mean of a group lies below {one.source}: less is better. Lines: 95 % "
        "intervals over examples. Groups of two languages or more; in brackets, how many.",
    )
    return figure


def gap_lines(one: Comparison) -> list[tuple[str, Group | None]]:
    """Names of kinds, each with its largest groups beneath it; none without a source language, as in retrieval."""
    found: list[tuple[str, Group | None]] = []
    for kind, name in _KINDS.items():
        # A gap is that of the languages that are no source: panels of the same ones say the same.
        distinct = {_others(group, one): group for group in one.groups if group.kind == kind and group.gaps}
        own = [group for group in distinct.values() if len(group.tags) > 1]
        # One group of a kind is all languages again.
        if own and (kind == "panel" or len(own) > 1):
            found.append((name, None))
            found += [(f"{group.name} ({len(_others(group, one))})", group) for group in own[:_MOST]]
    return found


def _others(group: Group, one: Comparison) -> tuple[str, ...]:
    return tuple(tag for tag in group.tags if tag not in one.source.split("+"))
