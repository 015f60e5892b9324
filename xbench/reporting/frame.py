"""The shape of `scores.csv`, checked once at the door."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from xbench.api import Score
from xbench.errors import XbenchError

if TYPE_CHECKING:
    import pandas as pd

_TEXTS = (
    "checkpoint", "task", "protocol", "language", "over", "metric", "by_seed", "source_language", "train_made_by",
    "direction", "split", "status", "reason", "note", "signature",
)  # fmt: skip
_NUMBERS = ("score", "sd", "seeds", "ci_low", "ci_high", "chance", "examples", "layer")
COLUMNS = tuple(field.name for field in fields(Score))
STATUSES = ("ok", "degenerate", "unavailable")


def tidy(scores: pd.DataFrame) -> pd.DataFrame:
    """A table of scores with every column in its type: empty text is `""`, an empty number NaN.

    Args:
        scores: One row per score, with the columns of `COLUMNS`.

    Returns:
        A new frame with exactly these columns, and the rows in the order given.

    Raises:
        XbenchError: A column is missing, or a row contradicts its own status.
    """
    import pandas as pd

    lacking = [name for name in COLUMNS if name not in scores.columns]
    if lacking:
        raise XbenchError(
            f"this table of scores lacks {', '.join(lacking)}: it was written by another version or edited; "
            "let xbench write scores.csv again"
        )
    frame = pd.DataFrame(index=range(len(scores)))
    for name in COLUMNS:
        column = scores[name].reset_index(drop=True)
        if name in _TEXTS:
            frame[name] = column.astype(object).where(column.notna(), "").astype(str)
        elif name in _NUMBERS:
            frame[name] = _numbers(name, column)
        else:
            frame[name] = column.astype(str).str.lower().isin(["true", "1"])
    _check(frame)
    return frame


def _numbers(name: str, column: pd.Series) -> pd.Series:
    import pandas as pd

    try:
        plain = column.astype(object)
        return pd.to_numeric(plain.where(column.notna() & (plain != ""), None), errors="raise").astype(float)
    except (ValueError, TypeError) as error:
        raise XbenchError(f"column {name} of the scores holds something that is no number: {error}") from error


def _check(frame: pd.DataFrame) -> None:
    lost = frame["status"] == "unavailable"
    faults = {
        f"a status other than {', '.join(STATUSES)}": ~frame["status"].isin(STATUSES),
        "both a language and a panel, or neither": (frame["language"] == "") == (frame["over"] == ""),
        "no score, and is not marked unavailable": frame["score"].isna() & ~lost,
        "a score, and is marked unavailable": frame["score"].notna() & lost,
        "no reason for being unavailable": (frame["reason"] == "") & lost,
    }
    for fault, rows in faults.items():
        if rows.any():
            place = frame.loc[rows, ["checkpoint", "task", "protocol", "language", "over"]].iloc[0]
            where = ", ".join(str(part) for part in place if part)
            raise XbenchError(f"the scores have a row with {fault} ({where}): let xbench write scores.csv again")
