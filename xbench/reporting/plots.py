"""All pictures of a table of scores, as PNG files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xbench.reporting.bars import bars
from xbench.reporting.columns import Column, columns, metrics, of_task
from xbench.reporting.figure import save
from xbench.reporting.heatmap import heatmap
from xbench.reporting.layers import curves, layer_figure
from xbench.reporting.learning import learning, learning_figure
from xbench.store.layout import slug

if TYPE_CHECKING:
    import pandas as pd


def write_plots(scores: pd.DataFrame, folder: Path) -> list[Path]:
    """Draws languages per task and protocol, layers and learning curves where there are any, and a map per checkpoint.

    Args:
        scores: As `scores.csv`.
        folder: Where `<task>/bars-<protocol>.png`, `<task>/layers-<protocol>.png`, `<task>/few-shot.png` and
            `heatmap-<checkpoint>.png` go; made if it is not there.

    Returns:
        The files written.

    Raises:
        XbenchError: The scores are no scores, or the folder cannot be written.
    """
    paths: list[Path] = []
    every = columns(scores)
    boards: dict[tuple[str, str], list[Column]] = {}
    checkpoints: dict[str, list[Column]] = {}
    for column in every:
        boards.setdefault((column.task, column.protocol), []).append(column)
        checkpoints.setdefault(column.checkpoint, []).append(column)
    for (task, protocol), own in boards.items():
        # A folder per task: joined names could be equal for two pairs of task and protocol.
        place, name = folder / slug(task), f"{slug(protocol)}.png"
        if any(column.cells for column in own):
            paths.append(save(bars(own), place / f"bars-{name}"))
        by_layer = [(column, found) for column in own if (found := curves(scores, column))]
        if by_layer:
            paths.append(save(layer_figure(by_layer), place / f"layers-{name}"))
    for task, own in of_task(every).items():
        if taught := learning(own):
            paths.append(save(learning_figure(task, metrics(own), taught), folder / slug(task) / "few-shot.png"))
    for checkpoint, own in checkpoints.items():
        if any(column.cells for column in own):
            paths.append(save(heatmap(own), folder / f"heatmap-{slug(checkpoint)}.png"))
    return paths
