"""All reports of a results folder from its scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xbench.reporting.facts import read
from xbench.reporting.leaderboard import write_leaderboard
from xbench.reporting.plots import write_plots
from xbench.reporting.tables import write_tables
from xbench.store.layout import Store
from xbench.store.locks import hold

if TYPE_CHECKING:
    import pandas as pd


def report(scores: pd.DataFrame, store: Store) -> list[Path]:
    """Writes leaderboard, tables and plots.

    Returns:
        The files.
    """
    with hold(store.lock):
        write_leaderboard(scores, store.leaderboard)
        plots = write_plots(scores, store.plots, read(store.languages))
        return [store.leaderboard, *write_tables(scores, store.tables), *plots]
