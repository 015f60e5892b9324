"""All pictures of a table of scores, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeVar

from xbench.reporting.bars import bars
from xbench.reporting.columns import Column, metrics, of_task
from xbench.reporting.facts import NOTHING, Known, place
from xbench.reporting.figure import MOST
from xbench.reporting.files import Picture, save
from xbench.reporting.gaps import gap_figure, gaps
from xbench.reporting.heatmap import heatmap
from xbench.reporting.layers import curves, layer_figure
from xbench.reporting.learning import learning, learning_figure
from xbench.reporting.scatter import cloud_figure, clouds
from xbench.reporting.spread import seeded, spread_figure
from xbench.reporting.standings import standings
from xbench.store.layout import slug

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

_MAP = "heatmap-"


def write_plots(scores: pd.DataFrame, every: Sequence[Column], folder: Path, known: Known = NOTHING) -> list[Path]:
    """Draws every picture, each as PNG and SVG. Files that show the same already are left alone.

    A folder per task has `bars-<protocol>`, and where there is anything to show `gaps-`, `why-` (scores against
    fertility and resource class), `seeds-` and `layers-<protocol>`, and `few-shot`; beside these folders lie
    `heatmap-<checkpoint>`. What is compared in a picture are at most seven checkpoints, the best; of many, the seven
    that lead the ranking have a heatmap.

    Args:
        scores: As `scores.csv`.
        every: Its columns.
        folder: Made if it is not there.
        known: What is known of languages beside their scores.

    Returns:
        The files.

    Raises:
        XbenchError: The scores are no scores, or the folder cannot be written.
    """
    drawn = save(pictures(scores, every, folder, known))
    # Of a checkpoint that no longer leads, a map would go on showing what its scores once were.
    for path in set(folder.glob(f"{_MAP}*")) - set(drawn):
        path.unlink()
    return drawn


def pictures(scores: pd.DataFrame, every: Sequence[Column], folder: Path, known: Known = NOTHING) -> Iterator[Picture]:
    """What there is to draw, in the order of tasks and protocols. For the arguments see `write_plots`."""
    boards: dict[tuple[str, str], list[Column]] = {}
    checkpoints: dict[str, list[Column]] = {}
    for column in every:
        boards.setdefault((column.task, column.protocol), []).append(column)
        checkpoints.setdefault(column.checkpoint, []).append(column)
    for (task, protocol), own in boards.items():
        # A folder per task: joined names could be equal for two pairs of task and protocol.
        shown = best(own)
        for picture in _board(shown, scores, folder / slug(task), slug(protocol), known):
            yield replace(picture, left_out=len(own) - len(shown))
    for task, own in of_task(every).items():
        if taught := learning(own):
            kept = _highest(taught, lambda curve: fmean(curve.scores[-1]))
            shown_of = (task, metrics(own), kept)
            yield Picture(folder / slug(task) / "few-shot", learning_figure, shown_of, len(taught) - len(kept))
    mapped = {name: own for name, own in checkpoints.items() if any(column.cells for column in own)}
    many = len(mapped) > MOST
    order = _ranked(every) if many else list(mapped)
    for checkpoint in [name for name in order if name in mapped][:MOST]:
        yield Picture(folder / f"{_MAP}{slug(checkpoint)}", heatmap, (mapped[checkpoint], many))


def _ranked(every: Sequence[Column]) -> list[str]:
    """Checkpoints, the best first: a map of each of a hundred would take minutes."""
    return list(dict.fromkeys(line.checkpoint for line in standings(every).lines))


def best(own: Sequence[Column]) -> list[Column]:
    """As many columns as a picture tells apart, in their order: those with the highest averages, limited runs last."""

    def rank(column: Column) -> tuple[bool, float]:
        average = column.averages.get("all")
        return not column.limited, average.score if average and average.score is not None else float("-inf")

    return _highest(own, rank)


def _highest(several: Sequence[T], value: Callable[[T], Any]) -> list[T]:
    """As many as a picture tells apart, in their order: those whose values are the highest."""
    places = sorted(range(len(several)), key=lambda place: value(several[place]), reverse=True)
    return [several[place] for place in sorted(places[:MOST])]


def _board(own: Sequence[Column], scores: pd.DataFrame, folder: Path, protocol: str, known: Known) -> Iterator[Picture]:
    """The pictures of a task under a protocol."""
    if any(column.cells for column in own):
        yield Picture(folder / f"bars-{protocol}", bars, (own,))
    if lost := [one for one in map(gaps, own) if one]:
        yield Picture(folder / f"gaps-{protocol}", gap_figure, (lost,))
    if why := [(column, found) for column in own if (found := clouds(column, _facts(column, known)))]:
        yield Picture(folder / f"why-{protocol}", cloud_figure, (why,))
    if several := [column for column in own if seeded(column)]:
        yield Picture(folder / f"seeds-{protocol}", spread_figure, (several,))
    if by_layer := [(column, lines) for column in own if (lines := curves(scores, column))]:
        yield Picture(folder / f"layers-{protocol}", layer_figure, (by_layer,))


def _facts(column: Column, known: Known) -> Mapping[str, Any]:
    return known.get(place(column), {})
