"""What scores say about the run that made them, by name and with a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xbench.reporting.columns import Cell, Column, columns, places
from xbench.reporting.names import NO_SCRIPT, named, some

if TYPE_CHECKING:
    import pandas as pd

NOISE = 1.5
"""Points: standard deviation of one language's score over seeds, as published runs show it."""

_LEFT_OUT = re.compile(r"(\d+) of (\d+) translated training rows left out")
_LOST = 0.1
"""Share of the rows from which on a loss is worth a word."""

_SHARE = 0.8
_FEWEST = 5


@dataclass(frozen=True)
class Finding:
    """Something to know before a number is used.

    Attributes:
        name: Short and fixed, for programs.
        text: What was seen, and where.
        remedy: What to do about it.
    """

    name: str
    text: str
    remedy: str


def findings(scores: pd.DataFrame) -> list[Finding]:
    """Looks for the signs of known faults in a table of scores.

    Args:
        scores: As `scores.csv`.

    Returns:
        The gravest first; empty if there is nothing to say.
    """
    return findings_of(columns(scores))


def findings_of(every: Sequence[Column]) -> list[Finding]:
    """The same, for columns already read."""
    return [*_other_scripts(every), *_degenerate(every), *_lossy(every), *_single_seed(every)]


def _other_scripts(every: Iterable[Column]) -> Iterable[Finding]:
    """The source language is learnt, and whatever is not in Latin letters is guessed."""
    for column in every:
        source = column.cells.get(column.source)
        judged = {
            tag: cell
            for tag, cell in column.scored.items()
            if tag != column.source and named(tag).script not in ("Latn", NO_SCRIPT)
            if _above_chance(cell) is not None
        }
        guessed = [tag for tag, cell in judged.items() if not _above_chance(cell)]
        if source and _above_chance(source) and len(judged) >= _FEWEST and len(guessed) >= _SHARE * len(judged):
            yield Finding(
                "other scripts at chance",
                f"{column.label} on {column.task}: {column.source} is above chance, but {len(guessed)} of "
                f"{len(judged)} languages in non-Latin scripts are not ({some(guessed)})",
                "wrong or uncased tokenizer? Check that the checkpoint's own tokenizer was loaded and how many of its "
                "pieces are unknown in these languages",
            )


def _above_chance(cell: Cell) -> bool | None:
    """Whether the whole interval lies above chance; None without interval or chance level."""
    if cell.low is None or cell.chance is None:
        return None
    return cell.low > cell.chance


def _degenerate(every: Iterable[Column]) -> Iterable[Finding]:
    where: dict[tuple[str, str], list[Column]] = {}
    for column in every:
        # What follows the first semicolon are means, which every language has its own of.
        whole: dict[str, list[str]] = {}
        for tag, cell in column.cells.items():
            if cell.status == "degenerate":
                whole.setdefault(cell.reason.partition("; ")[0], []).append(tag)
        for reason, tags in whole.items():
            which = f"all {len(tags)} languages" if len(tags) == len(column.scored) else some(tags)
            where.setdefault((which, reason), []).append(column)
    for (which, reason), own in where.items():
        yield Finding(
            "degenerate fit",
            f"{places(own)} ({which}): {reason}",
            "the scores stand and count; use more seeds, or a lower learning rate or a longer warm-up, and report "
            "the means of all and of converged runs (both are in the tables' notes)",
        )


def _lossy(every: Iterable[Column]) -> Iterable[Finding]:
    """Languages of which translation left much less to learn from than there is to translate."""
    for column in every:
        lost = {tag: said for tag, cell in column.scored.items() if (said := _LEFT_OUT.search(cell.reason))}
        much = {tag: int(said[1]) / int(said[2]) for tag, said in lost.items() if int(said[1]) > _LOST * int(said[2])}
        if much:
            most = max(much, key=lambda tag: much[tag])
            yield Finding(
                "lossy translation",
                f"{column.label} on {column.task}: more than {_LOST:.0%} of the translated training rows were left out "
                f"in {some(much)} (most in {most}: {much[most]:.0%})",
                "`xbench why` says the reasons; another translator, more beams, or another way to carry labels "
                "(--carry) may lose less",
            )


def _single_seed(every: Iterable[Column]) -> Iterable[Finding]:
    trained = [column for column in every if any(cell.made_by and cell.seeds for cell in column.scored.values())]
    single = [column for column in trained if any(cell.seeds == 1 for cell in column.scored.values())]
    if single:
        all_of = f"every fit ({', '.join(dict.fromkeys(column.task for column in single))})"
        yield Finding(
            "single seed",
            f"one seed only: {all_of if len(single) == len(trained) else places(single)}",
            f"differences below {NOISE} points are noise: run three seeds or more (--seeds 1,2,3)",
        )
