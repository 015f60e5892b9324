"""Everything that can be made of what is on disk: scores, tables, plots, leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xbench.errors import XbenchError
from xbench.languages import Pretraining
from xbench.plugins import Registry
from xbench.stages.aggregate import Tables, aggregate
from xbench.stages.excerpt import Excerpt
from xbench.stages.faults import told
from xbench.stages.score import score_run
from xbench.store.files import write_pieces
from xbench.store.layout import Store
from xbench.store.locks import hold
from xbench.store.results import unfounded

if TYPE_CHECKING:
    import pandas as pd


def publish(
    store: Store, registry: Registry, again: bool = False, pretraining: Pretraining | None = None
) -> pd.DataFrame:
    """Scores every run and writes `scores.csv` and `languages.csv`.

    Args:
        store: Results folder.
        registry: Where kinds and panels are found.
        again: Score also what was scored before.
        pretraining: What checkpoints were pretrained on; None for what the language table knows.

    Returns:
        The table that was written.

    Raises:
        XbenchError: Some run cannot be scored, such as one with damaged predictions; the others are in the table.
    """
    table, errors = tabulate(store, registry, again, pretraining)
    if errors:
        raise XbenchError("\n".join(errors))
    return table


def tabulate(
    store: Store, registry: Registry, again: bool = False, pretraining: Pretraining | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """As `publish`, but returns what cannot be scored, and why, besides the table."""
    with hold(store.lock):
        errors = unfounded(store)
        for folder in store.runs():
            try:
                score_run(folder, registry, again)
            except Exception as error:
                errors.append(f"{folder} cannot be scored: {told(error)}")
        table = _write(aggregate(store, registry, pretraining), store)
    return table, tuple(errors)


def publish_excerpt(
    store: Store, registry: Registry, only: Excerpt, to: Store, pretraining: Pretraining | None = None
) -> pd.DataFrame:
    """Writes `scores.csv` and `languages.csv` of a part of what is scored into another folder.

    Args:
        store: Results folder.
        registry: Where panels are found.
        only: What is meant.
        to: The other folder.
        pretraining: What checkpoints were pretrained on; None for what the language table knows.

    Returns:
        The table that was written, with averages over the languages that are meant.
    """
    with hold(to.lock):
        return _write(aggregate(store, registry, pretraining, only), to)


def _write(tables: Tables, to: Store) -> pd.DataFrame:
    write_pieces(to.scores, tables.scores_csv)
    write_pieces(to.languages, tables.languages_csv)
    return tables.scores
