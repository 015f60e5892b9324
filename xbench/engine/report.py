"""All reports of a results folder from its scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.languages import Pretraining
from xbench.planning.garbage import not_collected
from xbench.plugins import Registry
from xbench.reporting.columns import Column, columns
from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.write import write_comparison
from xbench.reporting.facts import read
from xbench.reporting.leaderboard import write_leaderboard
from xbench.reporting.narrow import Choice, narrow
from xbench.reporting.page import Compared, Picture, write_page
from xbench.reporting.plots import write_plots
from xbench.reporting.tables import write_tables
from xbench.stages.excerpt import Excerpt
from xbench.stages.publish import publish, publish_excerpt
from xbench.store.layout import Store
from xbench.store.locks import hold

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Material:
    """What reports are made from.

    Attributes:
        scores: As `scores.csv`.
        every: Its columns.
        store: Where reports go: the results folder, or that of an excerpt.
        only: Which part of the results it is; empty for all.
    """

    scores: pd.DataFrame
    every: Sequence[Column]
    store: Store
    only: str = ""

    @property
    def languages(self) -> frozenset[str]:
        """Canonical tags of all that anything was asked for."""
        return frozenset(tag for column in self.every for tag in column.asked)


def material(store: Store, registry: Registry, choice: Choice) -> Material:
    """Scores what is on disk, and takes the part of it that is meant.

    An excerpt has a folder of its own, so that it never stands in the place of the whole.

    Raises:
        XbenchError: A run cannot be scored, or nothing has a name that is asked for.
    """
    pretraining = choice.where.pretraining
    scores = publish(store, registry, pretraining=pretraining)
    every = columns(scores)
    if not choice:
        return Material(scores, every, store)
    kept = narrow(every, choice)
    only = Excerpt(
        frozenset(column.checkpoint for column in kept), frozenset(tag for column in kept for tag in column.asked)
    )
    to = store.excerpt(str(choice))
    scores = publish_excerpt(store, registry, only, to, pretraining)
    return Material(scores, columns(scores), to, str(choice))


def report(given: Material, pretraining: Pretraining | None = None, found: Answer | None = None) -> list[Path]:
    """Writes leaderboard, tables, plots, the comparison, and the page that has them all.

    Args:
        given: What they are made from.
        pretraining: What checkpoints were pretrained on; None for what the language table knows.
        found: What was tested against a checkpoint.

    Returns:
        The files.
    """
    scores, every, store = given.scores, given.every, given.store
    pretraining = pretraining or Pretraining()
    with hold(store.lock), not_collected():
        write_leaderboard(every, store.leaderboard, pretraining, given.only)
        known = read(store.languages)
        tables = write_tables(scores, every, store.tables)
        plots = write_plots(scores, every, store.plots, known)
        shown = pictures(plots, store.plots)
        compared = None
        if found:
            folder = store.comparison(found.checkpoints)
            compared = Compared(found, write_comparison(found, folder) if found.comparisons else ())
            shown += pictures(compared.paths, folder, f"against {found.checkpoints[0]}")
        page = write_page(
            store.page, every, shown, seen=pretraining.seen, known=known, compared=compared, only=given.only
        )
        return [page, store.leaderboard, *tables, *plots, *(compared.paths if compared else ())]


def pictures(paths: Iterable[Path], folder: Path, *of: str) -> list[Picture]:
    """Plots with what their paths say of them, behind what else is said: `xnli/gaps.png` is `xnli · gaps`."""
    drawn = [path for path in paths if path.suffix == ".png"]
    return [Picture(" · ".join([*of, *path.relative_to(folder).with_suffix("").parts]), path) for path in drawn]
