"""Everything that can be made of what is on disk: scores, tables, plots, leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xbench.errors import XbenchError
from xbench.plugins import Registry
from xbench.stages.aggregate import aggregate
from xbench.stages.faults import told
from xbench.stages.score import score_run
from xbench.store.files import write_pieces
from xbench.store.layout import Store
from xbench.store.locks import hold

if TYPE_CHECKING:
    import pandas as pd


def publish(store: Store, registry: Registry, again: bool = False) -> pd.DataFrame:
    """Scores every run and writes `scores.csv` and `languages.csv`.

    Args:
        store: Results folder.
        registry: Where kinds and panels are found.
        again: Score also what was scored before.

    Returns:
        The table that was written.

    Raises:
        XbenchError: Some run cannot be scored, such as one with damaged predictions; the others are in the table.
    """
    table, errors = tabulate(store, registry, again)
    if errors:
        raise XbenchError("\n".join(errors))
    return table


def tabulate(store: Store, registry: Registry, again: bool = False) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """As `publish`, but returns what cannot be scored, and why, besides the table."""
    errors = []
    with hold(store.lock):
        for folder in store.runs():
            try:
                score_run(folder, registry, again)
            except Exception as error:
                errors.append(f"{folder} cannot be scored: {told(error)}")
        tables = aggregate(store, registry)
        write_pieces(store.scores, tables.scores_csv)
        write_pieces(store.languages, tables.languages_csv)
    return tables.scores, tuple(errors)
