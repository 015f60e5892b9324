"""Everything that can be made of what is on disk: scores, tables, plots, leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xbench.errors import XbenchError
from xbench.plugins import Registry
from xbench.stages.aggregate import aggregate
from xbench.stages.described import Described
from xbench.stages.faults import told
from xbench.stages.score import score_run
from xbench.stages.table import write_table
from xbench.store.files import write, write_text
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
    described = Described()
    with hold(store.lock):
        for folder in store.runs():
            try:
                score_run(folder, registry, again)
            except Exception as error:
                errors.append(f"{folder} cannot be scored: {told(error)}")
        table = aggregate(store, registry, described.add)
        write(store.scores, lambda draft: write_table(table, draft))
        write_text(store.languages, described.table(table).to_csv(index=False, float_format="%.4f"))
    return table, tuple(errors)
