"""All reports of a results folder from its scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column
from xbench.reporting.facts import read
from xbench.reporting.leaderboard import write_leaderboard
from xbench.reporting.page import Picture, write_page
from xbench.reporting.plots import write_plots
from xbench.reporting.tables import write_tables
from xbench.store.layout import Store
from xbench.store.locks import hold

if TYPE_CHECKING:
    import pandas as pd


def report(scores: pd.DataFrame, every: Sequence[Column], store: Store) -> list[Path]:
    """Writes leaderboard, tables, plots and the page that has them all.

    Args:
        scores: As `scores.csv`.
        every: Its columns.
        store: Results folder.

    Returns:
        The files.
    """
    with hold(store.lock):
        write_leaderboard(every, store.leaderboard)
        known = read(store.languages)
        tables = write_tables(scores, every, store.tables)
        plots = write_plots(scores, every, store.plots, known)
        page = write_page(store.page, every, pictures(plots, store.plots), known=known)
        return [page, store.leaderboard, *tables, *plots]


def pictures(plots: Iterable[Path], folder: Path) -> list[Picture]:
    """Plots with what their paths say of them: `xnli/bars-zero-shot.png` is `xnli · bars-zero-shot`."""
    drawn = [path for path in plots if path.suffix == ".png"]
    return [Picture(" · ".join(path.relative_to(folder).with_suffix("").parts), path) for path in drawn]
