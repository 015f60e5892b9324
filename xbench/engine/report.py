"""All reports of a results folder from its scores."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.reporting.columns import columns
from xbench.reporting.facts import read
from xbench.reporting.leaderboard import write_leaderboard
from xbench.reporting.page import Picture, write_page
from xbench.reporting.plots import write_plots
from xbench.reporting.tables import write_tables
from xbench.store.layout import Store
from xbench.store.locks import hold

if TYPE_CHECKING:
    import pandas as pd


def report(scores: pd.DataFrame, store: Store) -> list[Path]:
    """Writes leaderboard, tables, plots and the page that has them all.

    Returns:
        The files.
    """
    with hold(store.lock):
        write_leaderboard(scores, store.leaderboard)
        known = read(store.languages)
        tables = write_tables(scores, store.tables)
        plots = write_plots(scores, store.plots, known)
        page = write_page(store.page, columns(scores), pictures(plots, store.plots), known=known)
        return [page, store.leaderboard, *tables, *plots]


def pictures(plots: Iterable[Path], folder: Path) -> list[Picture]:
    """Plots with what their paths say of them: `xnli/bars-zero-shot.png` is `xnli · bars-zero-shot`."""
    drawn = [path for path in plots if path.suffix == ".png"]
    return [Picture(" · ".join(path.relative_to(folder).with_suffix("").parts), path) for path in drawn]
