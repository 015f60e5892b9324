"""Scores against what might explain them: how finely a tokenizer cuts a language, how much text there is of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xbench.metrics.correlation import FEWEST, Correlation, spearman
from xbench.reporting.columns import Column, metrics
from xbench.reporting.facts import Facts
from xbench.reporting.figure import above, caption, colour, head, lettered, marker, name_points
from xbench.reporting.names import named
from xbench.reporting.traits import grouped, resource_class

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SCRIPTS = 5
"""Scripts that have a colour of their own."""
_OTHER = "#999999"
_PANEL = 3.1
"""Inches from one row of panels to the next."""
_NAMED = 8
"""Languages of a panel that are named, at most."""


@dataclass(frozen=True)
class Cloud:
    """Languages by two numbers.

    Attributes:
        label: Of the first number.
        points: Language -> the number that may explain, and the score.
        left_out: Languages with a score whose first number nobody knows.
        steps: Whether the first number is one of a few.
    """

    label: str
    points: Mapping[str, tuple[float, float]]
    left_out: int
    steps: bool = False

    @property
    def correlation(self) -> Correlation | None:
        """Between the two; None where nothing varies."""
        return spearman(*zip(*self.points.values(), strict=True))


def clouds(column: Column, known: Mapping[str, Facts]) -> list[Cloud]:
    """Score against sub-tokens per word, sub-tokens per character and resource class, where it is known of enough.

    Args:
        column: Whose scores; its source language is left out, which is not transferred to.
        known: Language -> what is known of it.
    """
    scores = {
        tag: cell.score
        for tag, cell in column.scored.items()
        if tag not in column.source.split("+") and cell.score is not None
    }
    classes = {tag: resource_class(tag) for tag in scores}
    told: list[tuple[str, bool, Mapping[str, float | None]]] = [
        ("sub-tokens per word", False, {tag: fact.sub_tokens_per_word for tag, fact in known.items()}),
        ("sub-tokens per character", False, {tag: fact.sub_tokens_per_character for tag, fact in known.items()}),
        ("resource class (Joshi et al. 2020)", True, dict(classes)),
    ]
    found = []
    for label, steps, values in told:
        points = {tag: (value, score) for tag, score in scores.items() if (value := values.get(tag)) is not None}
        if len(points) >= FEWEST:
            found.append(Cloud(label, points, len(scores) - len(points), steps))
    return found


def cloud_figure(several: Sequence[tuple[Column, Sequence[Cloud]]]) -> Figure:
    """A row of panels for each checkpoint: languages as points, coloured by script, and the rank correlation.

    Args:
        several: Columns of one task and protocol, each with its clouds.
    """
    from matplotlib.figure import Figure

    labels = list(dict.fromkeys(cloud.label for _, own in several for cloud in own))
    tags = {tag for _, own in several for cloud in own for tag in cloud.points}
    scripts = list(grouped("script", tags))
    styles = {script: (colour(index), marker(index)) for index, script in enumerate(scripts[:_SCRIPTS])}
    entries = [(script, *style) for script, style in styles.items()]
    entries += [("other scripts", _OTHER, ".")] if len(scripts) > _SCRIPTS else []
    width = max(6.5, 4.5 * len(labels))
    top = head(entries, width) + 0.4
    height = _PANEL * len(several) + top + 0.45
    scores = [score for _, own in several for cloud in own for _, score in cloud.points.values()]
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(0.5 / width, 1.0 / height, 1 - 0.15 / width, 1 - top / height, wspace=0.14, hspace=0.4)
    grid = figure.subplots(len(several), len(labels), squeeze=False, sharex="col", sharey=True)
    grid[0, 0].set_ylim(min(scores) - 4, max(scores) + 6)
    for line, (column, own) in zip(grid, several, strict=True):
        for axes, label in zip(line, labels, strict=True):
            cloud = next((cloud for cloud in own if cloud.label == label), None)
            if cloud is None:
                axes.set_visible(False)
                continue
            _panel(axes, cloud, styles)
            above(axes, _title(cloud, column.variant if len(several) > 1 else ""), width / len(labels) - 0.5)
    # Once all that share an axis are drawn.
    for line, (_, own) in zip(grid, several, strict=True):
        for cloud in own:
            _name(line[labels.index(cloud.label)], cloud)
    first = several[0][0]
    what = metrics(column for column, _ in several)
    lettered(figure, f"{first.task} · {first.protocol} · {what} by language", entries)
    caption(
        figure,
        "A point is a language; the source language is left out. ρ: Spearman's rank correlation with its 95 % interval "
        "(Fisher's z, standard error of Bonett and Wright 2000), as if languages were independent of each other. "
        "Words are counted where the script puts blanks between them. Bars: medians of three languages and more.",
    )
    return figure


def _title(cloud: Cloud, variant: str) -> str:
    found = cloud.correlation
    value = (
        f"ρ = {found.value:z.2f} [{found.low:z.2f}, {found.high:z.2f}]" if found else "no correlation: nothing varies"
    )
    told = f"{value}, n = {len(cloud.points)}" + (f" ({cloud.left_out} unknown)" if cloud.left_out else "")
    return f"{variant}\n{told}" if variant else told


def _panel(axes: Axes, cloud: Cloud, styles: Mapping[str, tuple[str, str]]) -> None:
    groups: dict[tuple[str, str], list[str]] = {}
    for tag in cloud.points:
        groups.setdefault(styles.get(named(tag).script, (_OTHER, ".")), []).append(tag)
    places = _places(cloud)
    # The many others lie beneath those with a colour.
    for (tone, shape), own in sorted(groups.items(), key=lambda item: item[0][0] != _OTHER):
        xs, ys = zip(*(places[tag] for tag in own), strict=True)
        axes.plot(xs, ys, linestyle="none", marker=shape, color=tone, markersize=5, alpha=0.75, markeredgewidth=0)
    if cloud.steps:
        _medians(axes, cloud)
    axes.set_xlabel(cloud.label, fontsize=8.5)
    axes.tick_params(labelsize=8)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _places(cloud: Cloud) -> dict[str, tuple[float, float]]:
    """Where points are drawn: those of a step beside each other, in the order of their tags."""
    if not cloud.steps:
        return dict(cloud.points)
    steps: dict[float, list[str]] = {}
    for tag in sorted(cloud.points):
        steps.setdefault(cloud.points[tag][0], []).append(tag)
    shifts = {
        tag: 0.6 * ((index * 0.618) % 1 - 0.5) for own in steps.values() for index, tag in enumerate(own)
    }  # fmt: skip
    return {tag: (x + shifts[tag], y) for tag, (x, y) in cloud.points.items()}


def _medians(axes: Axes, cloud: Cloud) -> None:
    from statistics import median

    steps: dict[float, list[float]] = {}
    for x, y in cloud.points.values():
        steps.setdefault(x, []).append(y)
    several = {x: own for x, own in steps.items() if len(own) > 2}
    axes.hlines([median(own) for own in several.values()], [x - 0.36 for x in several], [x + 0.36 for x in several],
                color="black", linewidth=1.6, zorder=1)  # fmt: skip
    axes.set_xticks(range(6))
    axes.set_xlim(-0.6, 5.6)


def _name(axes: Axes, cloud: Cloud) -> None:
    """Names the languages at the edge, as far as their names do not touch: the worst, the best, the furthest right."""
    places = _places(cloud)
    by_score = sorted(places, key=lambda tag: places[tag][1])
    furthest = sorted(places, key=lambda tag: -places[tag][0])
    asked = [tag for trio in zip(by_score, furthest, reversed(by_score), strict=True) for tag in trio]
    name_points(axes, places, asked, _NAMED)
