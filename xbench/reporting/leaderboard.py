"""The leaderboard as files: `leaderboard.csv`, a wide table for programs, and `leaderboard.md` for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.languages import Pretraining
from xbench.reporting.averages import Average
from xbench.reporting.boards import Board
from xbench.reporting.cells import NOT_ASKED
from xbench.reporting.columns import Column, columns
from xbench.reporting.markup import Texts, markdown
from xbench.reporting.panels import BY_CHECKPOINT, groups, sets
from xbench.reporting.published import Compared, compared, write_published
from xbench.reporting.standings import Line, Standings, standings
from xbench.store.files import write_text

if TYPE_CHECKING:
    import pandas as pd

_TITLES = {"script": "script", "family": "family", "branch": "branch", "class": "resource class (Joshi et al. 2020)"}
_NOTES = (
    "In brackets: how many of its languages an average is over; what is missing is not in it, and is never a zero.",
    "±: standard deviation over seeds. ¹: one seed. †: a fit learned nothing, and counts; behind it the mean of the "
    "seeds that learned something, and how many these are.",
    "common: the languages that all ranked checkpoints have. all: every language that anybody asked for. target: "
    "without those that training starts from. seen, unseen, pretraining unknown: what the checkpoint's own pretraining "
    "had, which are other languages for each.",
)
_REFERENCE = (
    "Read in their sources, and made elsewhere: none of them is ranked, or stands in a column above. Every pair of "
    "numbers: leaderboard-published.csv.",
    "Noise: where a checkpoint of that name was run here on the same task, protocol, metric and languages, the 95 % "
    "prediction interval by Student's t over the seeds here, for as many runs as were published; with one seed here, "
    "from the spread that published runs show over seeds, 1.5 points of a language and 1.3 of an average.",
)


def leaderboard(scores: pd.DataFrame) -> pd.DataFrame:
    """The wide table.

    Args:
        scores: As `scores.csv`.

    Returns:
        As `wide`, of everything.
    """
    return wide(standings(columns(scores)))


def wide(found: Standings) -> pd.DataFrame:
    """A row per checkpoint, best first, with `rank, checkpoint, variant, mean, ranked_on, marks`.

    `variant` is the revision where a name stands for several. Then for every board (such as `xnli zero-shot`) and
    panel, headed `<board> <panel>`: the average (0 to 100, empty if nothing has a score); with ` sd` and ` seeds`
    behind it, its standard deviation over seeds and their number; with ` converged` and ` converged seeds`, the mean of
    those seeds whose fits learned something, and how many; with ` languages` and ` missing`, what it is over
    (`14 of 15`) and the tags that are not in it.
    """
    import pandas as pd

    values = _columns(found)
    return pd.DataFrame({name: pd.Series(own, dtype=_DTYPES.get(kind)) for (name, kind), own in values.items()})


_DTYPES = {"number": "float64", "count": "Int64"}

Head = tuple[str, str]
"""Name of a column, and whether it holds a `number`, a `count` or a `text`."""


def _columns(found: Standings) -> dict[Head, list[object]]:
    values: dict[Head, list[object]] = {
        ("rank", "count"): [line.rank for line in found.lines],
        ("checkpoint", "text"): [line.checkpoint for line in found.lines],
        ("variant", "text"): [f"revision {line.revision}" if line.revision else "" for line in found.lines],
        ("mean", "number"): [line.mean for line in found.lines],
        ("ranked_on", "text"): [line.why for line in found.lines],
        ("marks", "text"): ["; ".join(line.marks) for line in found.lines],
    }
    for board in found.boards:
        for panel in found.panels(board):
            averages = [line.averages.get(board.name, {}).get(panel) for line in found.lines]
            values.update(_panel(f"{board.name} {panel}", averages))
    return values


def _panel(name: str, averages: Sequence[Average | None]) -> dict[Head, list[object]]:
    """Empty where a checkpoint was not run; a number that is missing is empty, too."""
    scored = [one if one and one.score is not None else None for one in averages]
    return {
        (name, "number"): [one and one.score for one in averages],
        (f"{name} sd", "number"): [one and one.sd for one in averages],
        (f"{name} seeds", "count"): [one and one.seeds for one in scored],
        (f"{name} converged", "number"): [one and one.converged for one in averages],
        (f"{name} converged seeds", "count"): [one and one.converged_seeds for one in scored],
        (f"{name} languages", "text"): [one.count if one else "not run" for one in averages],
        (f"{name} missing", "text"): [" ".join(one.missing) if one else "" for one in averages],
    }


def write_leaderboard(
    every: Sequence[Column], path: Path, pretraining: Pretraining | None = None, only: str = ""
) -> Path:
    """Writes the leaderboard of these columns: see `standings` and `write_standings`; `only` says what they are of."""
    return write_standings(standings(every, pretraining).only(only), every, path)


def write_standings(found: Standings, every: Sequence[Column], path: Path) -> Path:
    """Writes a leaderboard as CSV, where empty fields are missing numbers, and as Markdown beside it.

    Published scores go into `<name>-published.csv`, if there are any on the same tasks and protocols.

    Args:
        found: What it says.
        every: The columns that it was made from.
        path: Of the CSV.

    Returns:
        That path.
    """
    values = _columns(found)
    table = io.StringIO()
    # Thousands of columns, which a frame takes long to make.
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow([name for name, _ in values])
    lines.writerows(zip(*values.values(), strict=True))
    write_text(path, table.getvalue())
    beside = compared(every)
    write_text(path.with_suffix(".md"), document(found, beside))
    write_published(beside, path.with_name(f"{path.stem}-published.csv"))
    return path


def document(found: Standings, beside: Sequence[Compared] = ()) -> str:
    """The leaderboard in Markdown: ranks, published scores apart, then every board by panel and by group of languages.

    Args:
        found: What it says.
        beside: Published scores on these boards.
    """
    parts = [markdown(_ranks(found))]
    parts += [markdown(reference(beside), 2)] if beside else []
    for board in found.boards:
        on = [line for line in found.lines if board.name in line.averages]
        parts.append(markdown(_table(board.name, on, board, [*sets(board), *BY_CHECKPOINT]), 2))
        for trait, values in groups(board.asked).items():
            parts.append(markdown(_table(f"{board.name} by {_TITLES[trait]}", on, board, values), 3))
    return "\n".join(parts)


def _ranks(found: Standings) -> Texts:
    several = any(line.revision for line in found.lines)
    head = ["Rank", "Checkpoint", *(["Revision"] if several else []), "Mean", *(board.name for board in found.boards)]
    body = [
        [
            NOT_ASKED if line.rank is None else str(line.rank),
            line.checkpoint,
            *([line.revision] if several else []),
            NOT_ASKED if line.mean is None else f"{line.mean:.1f}",
            *(average_text(line.averages.get(board.name, {}).get(found.panel)) for board in found.boards),
        ]
        for line in found.lines
    ]
    whys: dict[str, list[str]] = {}
    for line in found.lines:
        if line.rank is None:
            whys.setdefault(line.why, []).append(line.checkpoint)
    notes = [*found.notes, *(f"{why}: {', '.join(names)}" for why, names in whys.items()), *_NOTES]
    return Texts("Leaderboard", head, body, (), notes, names=3 if several else 2)


def reference(found: Sequence[Compared]) -> Texts:
    """Published scores, a row per checkpoint, board and source: averages, languages, and how many are far from here."""
    groups: dict[tuple[str, str, str, str, str], list[Compared]] = {}
    for one in found:
        known = one.published
        groups.setdefault((known.checkpoint, known.task, known.protocol, known.metric, known.source), []).append(one)
    body = []
    for (checkpoint, task, protocol, metric, source), own in groups.items():
        told = {
            one.published: f"{one.published.panel or one.published.language} {one.published.score:.1f}" for one in own
        }
        run = [one for one in own if one.score is not None]
        here = f"{sum(one.far for one in run)} of {len(run)} further away than noise" if run else own[0].why
        seeds = ", ".join(sorted({str(one.published.seeds) for one in own}))
        body.append([checkpoint, task, protocol, metric, ", ".join(told.values()), seeds, here, source])
    head = ["Checkpoint", "Task", "Protocol", "Metric", "Published", "Runs", "Compared with here", "Source"]
    return Texts("Published scores, for reference", head, body, (), _REFERENCE, names=len(head))


def _table(title: str, lines: Sequence[Line], board: Board, panels: Iterable[str]) -> Texts:
    """A row per checkpoint, a column per panel that any of them has."""
    own: Mapping[str, Mapping[str, Average]] = {_name(line): line.averages[board.name] for line in lines}
    known = [panel for panel in panels if any(panel in averages for averages in own.values())]
    body = [[name, *(average_text(averages.get(panel)) for panel in known)] for name, averages in own.items()]
    return Texts(title, ["Checkpoint", *known], body)


def _name(line: Line) -> str:
    return f"{line.checkpoint} ({line.revision})" if line.revision else line.checkpoint


def average_text(one: Average | None) -> str:
    """`61.0 ± 1.2 (14/15)`, with `¹` for one seed and `† 63.0 n=2` for the converged ones; a dash if there is none."""
    if one is None:
        return NOT_ASKED
    whole = one.languages + len(one.missing)
    if one.score is None:
        return f"n/a (0/{whole})"
    spread = f" ± {one.sd:.1f}" if one.sd is not None else "¹" if one.seeds == 1 else ""
    good = f"{one.converged:.1f} n={one.converged_seeds}" if one.converged is not None else "none converged"
    return f"{one.score:.1f}{spread}" + (f" † {good}" if one.degenerate else "") + f" ({one.languages}/{whole})"
