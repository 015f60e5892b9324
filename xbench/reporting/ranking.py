"""The leaderboard in a terminal: ranks, what they are over, and the averages of every task and protocol."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from xbench.reporting.columns import columns
from xbench.reporting.glance import numbers
from xbench.reporting.leaderboard import leaderboard
from xbench.reporting.lines import Entry, arranged, shortest

if TYPE_CHECKING:
    import pandas as pd


def ranking(scores: pd.DataFrame, width: int) -> str:
    """For people: a line per checkpoint, and the numbers behind it. `leaderboard.csv` has all of it as a table.

    Args:
        scores: As `scores.csv`.
        width: Characters that a line may have.
    """
    table = leaderboard(scores)
    if table.empty:
        return "no scores yet: finish a run with `xbench run`"
    ranks = table["rank"].astype("string").fillna("–")
    means = table["mean"].map("{:.1f}".format).where(table["mean"].notna(), "–")
    # The reason why a checkpoint has no rank; what those with one are ranked on is the same for all.
    whys = table["ranked_on"].where(table["rank"].isna(), "")
    named = ["checkpoint", "variant"] if table["variant"].any() else ["checkpoint"]
    entries = [Entry(tuple(named), (("rank", "mean", ""),))]
    for names, rank, mean, why in zip(table[named].itertuples(index=False), ranks, means, whys, strict=True):
        entries.append(Entry(tuple(names), ((rank.rjust(4), mean.rjust(4), why),)))
    blocks = [shortest((arranged(entries, beside) for beside in range(len(named) + 1)), width)]
    over = table.loc[table["rank"].notna(), "ranked_on"]
    if len(over):
        told = f"mean: of the averages over all languages on {over.iloc[0]}"
        blocks.append(textwrap.wrap(told, width, break_on_hyphens=False))
    blocks.append(numbers(columns(scores), width))
    return "\n\n".join("\n".join(block) for block in blocks)
