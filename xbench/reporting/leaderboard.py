"""A row per checkpoint, ranked only over what all of them have complete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from xbench.reporting.columns import Column, columns
from xbench.reporting.series import difference, differing, limit
from xbench.store.files import write
from xbench.store.series import TESTED
from xbench.store.signature import parse

if TYPE_CHECKING:
    import pandas as pd

_NOTHING = "not ranked: no task and protocol that every checkpoint has complete"
_LIMITED = "not ranked: limited to the first rows"
_ALIGNED = "not ranked: its training rows were aligned by the checkpoint itself"

_Board = tuple[str, str, str]
"""Task, protocol and metric: what scores of different checkpoints are compared on."""


def leaderboard(scores: pd.DataFrame) -> pd.DataFrame:
    """Ranks checkpoints by the mean of their `all` averages.

    The mean is over the tasks and protocols that every row has complete: the average is there and
    no language that anybody was asked for is missing. Otherwise a checkpoint would gain by failing
    on its hard languages. Limited runs, and those whose translated training rows the checkpoint itself aligned, are
    listed and not ranked. Degenerate runs count.

    Args:
        scores: As `scores.csv`.

    Returns:
        A row per checkpoint (per `variant`, where its signatures differ), best first, with `rank`,
        `mean` and `ranked_on`; then per task and protocol `all`, `all sd`, `target`, `target sd`
        (0 to 100, NaN if missing), `languages` (such as `14 of 15`) and `missing` (tags).
    """
    import pandas as pd

    every = columns(scores)
    rows = _rows(every)
    boards = list(dict.fromkeys(_board(column) for column in every))
    ranked = {row: own for row, own in rows.items() if not _apart(own)}
    shared = [board for board in boards if ranked and all(_complete(own.get(board)) for own in ranked.values())]
    lines = []
    for (checkpoint, variant), own in rows.items():
        line: dict[str, object] = {"rank": pd.NA, "checkpoint": checkpoint, "variant": variant, "mean": None}
        if why := _apart(own):
            line["ranked_on"] = why
        elif not shared:
            line["ranked_on"] = _NOTHING
        else:
            line["mean"] = fmean(score for board in shared if (score := own[board].averages["all"].score) is not None)
            line["ranked_on"] = "; ".join(_name(board, boards) for board in shared)
        for board in boards:
            line.update(_numbers(_name(board, boards), own.get(board)))
        lines.append(line)
    if not lines:
        return pd.DataFrame(columns=["rank", "checkpoint", "variant", "mean", "ranked_on"])
    frame = pd.DataFrame(lines)
    frame["mean"] = frame["mean"].astype(float)
    frame["rank"] = frame["mean"].rank(ascending=False, method="min").astype("Int64")
    return frame.sort_values(["rank", "checkpoint", "variant"], na_position="last", ignore_index=True)


def write_leaderboard(scores: pd.DataFrame, path: Path) -> Path:
    """Writes the leaderboard as CSV; empty fields are missing numbers."""
    frame = leaderboard(scores)
    write(path, lambda draft: frame.to_csv(draft, index=False))
    return path


def _rows(every: Sequence[Column]) -> dict[tuple[str, str], dict[_Board, Column]]:
    """(checkpoint, variant) -> its columns.

    A checkpoint has several rows if it has several series on one task and protocol; the keys on
    which these differ sort all its other columns among the rows.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for column in every:
        groups.setdefault((column.checkpoint, column.task, column.protocol), []).append(column.series)
    keys: dict[str, dict[str, None]] = {}
    for (checkpoint, _, _), several in groups.items():
        keys.setdefault(checkpoint, {}).update(dict.fromkeys(differing(several)))
    rows: dict[tuple[str, str], dict[_Board, Column]] = {}
    for column in every:
        variant = difference(column.series, keys[column.checkpoint])
        rows.setdefault((column.checkpoint, variant), {})[_board(column)] = column
    return rows


def _board(column: Column) -> _Board:
    return column.task, column.protocol, column.metric


def _name(board: _Board, boards: Sequence[_Board]) -> str:
    """The metric is said only if a task has several under one protocol."""
    rivals = [other for other in boards if other[:2] == board[:2]]
    return " ".join(board if len(rivals) > 1 else board[:2])


def _apart(own: dict[_Board, Column]) -> str:
    """Why these are compared with no other checkpoint's; empty if they are."""
    if any(limit(column.series) for column in own.values()):
        return _LIMITED
    aligned = any(f"/{TESTED}:" in parse(column.series).get("translator", "") for column in own.values())
    return _ALIGNED if aligned else ""


def _complete(column: Column | None) -> bool:
    average = column.averages.get("all") if column else None
    count = column.count("all") if column else None
    return average is not None and average.score is not None and count is not None and count[0] == count[1]


def _numbers(name: str, column: Column | None) -> dict[str, object]:
    found: dict[str, object] = {}
    for panel in ("all", "target"):
        cell = column.averages.get(panel) if column else None
        found[f"{name} {panel}"] = cell.score if cell else None
        found[f"{name} {panel} sd"] = cell.sd if cell else None
    count = column.count("all") if column else None
    found[f"{name} languages"] = f"{count[0]} of {count[1]}" if count else "not run"
    found[f"{name} missing"] = " ".join(column.missing) if column else ""
    return found
