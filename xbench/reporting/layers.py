"""Scores by layer, for tasks that read hidden states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column
from xbench.reporting.figure import above, caption, chance_lines, colour, headed
from xbench.reporting.frame import tidy
from xbench.reporting.names import counted
from xbench.store.signature import neutral, series

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STYLES = ("-", "--", ":", "-.")


@dataclass(frozen=True)
class Curve:
    """Scores over the layers in one direction.

    Attributes:
        direction: Such as `en→xx`, with `xx` for the language in question.
        languages: Tags that have a score at every layer; the others are left out.
        layers: Hidden states, 0 for the embeddings, ascending.
        scores: Language by layer, (languages, layers).
        chance: What guessing scores, mean over the languages; None where that has no meaning.
    """

    direction: str
    languages: tuple[str, ...]
    layers: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    chance: float | None


def curves(scores: pd.DataFrame, column: Column) -> list[Curve]:
    """The layer curves that belong to a column: same metric, same signature apart from the layer.

    Args:
        scores: As `scores.csv`.
        column: One of `columns(scores)`.

    Returns:
        One curve per direction, that of the main score first; empty if the task has no layers.
    """
    if all(cell.layer is None for cell in column.cells.values()):
        return []
    frame = tidy(scores)
    own = frame[
        (frame["checkpoint"] == column.checkpoint)
        & (frame["task"] == column.task)
        & (frame["protocol"] == column.protocol)
        & (frame["metric"] == column.metric)
        & (frame["language"] != "")
        & frame["layer"].notna()
        & frame["score"].notna()
    ]
    own = own[own["signature"].map(series) == column.series]
    own = own.assign(
        direction=[neutral(d, tag) for d, tag in zip(own["direction"], own["language"], strict=True)],
        layer=own["layer"].astype(int),
    )
    found = []
    for direction, rows in own.groupby("direction", sort=False):
        table = rows.pivot(index="language", columns="layer", values="score").dropna().sort_index()
        if len(table) and len(table.columns) > 1:
            values = tuple(tuple(map(float, row)) for row in table.to_numpy())
            layers = tuple(int(layer) for layer in table.columns)
            chance = rows[rows["language"].isin(table.index)]["chance"]
            guessed = None if chance.isna().any() else float(chance.mean())
            found.append(Curve(str(direction), tuple(map(str, table.index)), layers, values, guessed))
    return sorted(found, key=lambda curve: not _used(curve, column))


def layer_figure(several: Sequence[tuple[Column, Sequence[Curve]]]) -> Figure:
    """Mean over languages by layer, and between which scores the middle half of them lies.

    Every column has axes of its own, on one scale. The first direction has a band and the others
    have thin lines, since bands would cover each other. A dot marks the layer of the main score, which
    was fixed beforehand; a diamond the layer that turned out best, which only who knows the answers can choose.

    Args:
        several: Columns of one task and protocol, each with its curves.
    """
    from matplotlib.figure import Figure

    across = min(3, len(several))
    down = -(-len(several) // across)
    figure = Figure(figsize=(max(6.5, 4.6 * across), 4.0 * down + 0.9), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True)
    directions = list(dict.fromkeys(curve.direction for _, own in several for curve in own))
    for axes, (column, own) in zip(grid.flat, several, strict=False):
        for curve in own:
            _draw(axes, curve, column, directions.index(curve.direction))
        _dress(axes, own, _top(several))
        above(axes, column.variant, figure.get_figwidth() / across, "center")
    for axes in grid.flat[len(several) :]:
        axes.set_visible(False)
    first = several[0][0]
    headed(figure, f"{first.task} · {first.protocol} · {first.metric} by layer")
    guessed = any(curve.chance is not None for _, own in several for curve in own)
    caption(
        figure,
        "Line: mean over languages. Band, thin lines: the middle half of them. Dot: the layer of the main score. "
        "Diamond, oracle: the layer that is best on the test itself; no result."
        + (" Dashed in black: chance." if guessed else ""),
    )
    return figure


def _draw(axes: Axes, curve: Curve, column: Column, index: int) -> None:
    import numpy as np

    values = np.asarray(curve.scores)
    mean = values.mean(axis=0)
    low, high = np.quantile(values, [0.25, 0.75], axis=0)
    tone, style = colour(index), _STYLES[index % len(_STYLES)]
    label = f"{curve.direction or column.metric} ({counted(len(values))})"
    axes.plot(curve.layers, mean, color=tone, linestyle=style, linewidth=1.8, label=label)
    if index:
        axes.plot(curve.layers, low, color=tone, linestyle=style, linewidth=0.7)
        axes.plot(curve.layers, high, color=tone, linestyle=style, linewidth=0.7)
    else:
        axes.fill_between(curve.layers, low, high, color=tone, alpha=0.15, linewidth=0)
    for place, layer in enumerate(curve.layers):
        if layer in _used(curve, column):
            axes.plot([layer], [mean[place]], marker="o", markersize=8, color=tone, markeredgecolor="black")
    best = int(mean.argmax())
    axes.plot(
        [curve.layers[best]], [mean[best]], marker="D", markersize=11, markerfacecolor="none", linestyle="none",
        color=tone, label=f"oracle: layer {curve.layers[best]}",
    )  # fmt: skip


def _used(curve: Curve, column: Column) -> set[int | None]:
    """Layers of this direction that main scores are from."""
    return {cell.layer for tag, cell in column.scored.items() if neutral(cell.direction, tag) == curve.direction}


def _top(several: Sequence[tuple[Column, Sequence[Curve]]]) -> float:
    """Where the one scale ends: the curves of a weak encoder would all be the floor of one up to 100."""
    import numpy as np

    highest = max(float(np.quantile(curve.scores, 0.75, axis=0).max()) for _, own in several for curve in own)
    return min(105.0, max(5.0, 1.4 * highest))


def _dress(axes: Axes, own: Sequence[Curve], top: float) -> None:
    layers = sorted({layer for curve in own for layer in curve.layers})
    chance_lines(axes, [curve.chance for curve in own])
    axes.set_xticks(layers if len(layers) < 18 else layers[::2])
    axes.set_xlabel("hidden state (0: embeddings)", fontsize=9)
    axes.set_ylim(0, top)
    axes.tick_params(labelsize=8)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="best", fontsize=8, frameon=False, markerscale=0.5)
