"""The leaderboard in a terminal: ranks, what they are over, and the averages of every task and protocol."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column, columns
from xbench.reporting.glance import numbers
from xbench.reporting.lines import Entry, arranged, shortest
from xbench.reporting.standings import Standings, standings

if TYPE_CHECKING:
    import pandas as pd


def ranking(scores: pd.DataFrame, width: int) -> str:
    """For people: a line per checkpoint, and the numbers behind it. `leaderboard.csv` has all of it as a table.

    Args:
        scores: As `scores.csv`.
        width: Characters that a line may have.
    """
    every = columns(scores)
    return ranks(standings(every), every, width)


def ranks(found: Standings, every: Sequence[Column], width: int) -> str:
    """The same of standings that are known.

    Args:
        found: What is said.
        every: The columns that it was made from.
        width: Characters that a line may have.
    """
    if not found.lines:
        return "no scores yet: finish a run with `xbench run`"
    several = any(line.revision for line in found.lines)
    entries = [Entry(("checkpoint", "revision") if several else ("checkpoint",), (("rank", "mean", ""),))]
    for line in found.lines:
        names = (line.checkpoint, line.revision) if several else (line.checkpoint,)
        rank = "–" if line.rank is None else str(line.rank)
        mean = "–" if line.mean is None else f"{line.mean:.1f}"
        # The reason why a checkpoint has no rank; what those with one are ranked on is the same for all.
        why = line.why if line.rank is None else "; ".join(line.marks)
        entries.append(Entry(names, ((rank.rjust(4), mean.rjust(4), why),)))
    blocks = [shortest((arranged(entries, beside) for beside in range(len(entries[0].names) + 1)), width)]
    blocks += [textwrap.wrap(note, width, break_on_hyphens=False) for note in found.notes]
    blocks.append(numbers(every, width))
    return "\n\n".join("\n".join(block) for block in blocks)
