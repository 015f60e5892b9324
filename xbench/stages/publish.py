"""Everything that can be made of what is on disk: scores, tables, plots, leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xbench.errors import XbenchError
from xbench.languages import Pretraining
from xbench.plugins import Registry
from xbench.stages.aggregate import aggregate
from xbench.stages.described import Described
from xbench.stages.faults import told
from xbench.stages.part import Part
from xbench.stages.score import score_run
from xbench.stages.table import write_table
from xbench.store.files import write, write_text
from xbench.store.layout import Store
from xbench.store.locks import hold

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
    errors = []
    with hold(store.lock):
        for folder in store.runs():
            try:
                score_run(folder, registry, again)
            except Exception as error:
                errors.append(f"{folder} cannot be scored: {told(error)}")
        table = _write(store, registry, pretraining, store, None)
    return table, tuple(errors)


def excerpt(
    store: Store, registry: Registry, part: Part, to: Store, pretraining: Pretraining | None = None
) -> pd.DataFrame:
    """Writes `scores.csv` and `languages.csv` of a part of what is scored into another folder.

    Args:
        store: Results folder.
        registry: Where panels are found.
        part: What is meant.
        to: The other folder.
        pretraining: What checkpoints were pretrained on; None for what the language table knows.

    Returns:
        The table that was written, with averages over the languages that are meant.
    """
    with hold(to.lock):
        return _write(store, registry, pretraining, to, part)


def _write(
    store: Store, registry: Registry, pretraining: Pretraining | None, to: Store, part: Part | None
) -> pd.DataFrame:
    described = Described(pretraining or Pretraining())
    table = aggregate(store, registry, described.add, part)
    write(to.scores, lambda draft: write_table(table, draft))
    write_text(to.languages, described.table(table).to_csv(index=False, float_format="%.4f"))
    return table
