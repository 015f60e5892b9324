"""The shape of `scores.csv`, checked once at the door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def tidy(scores: pd.DataFrame, keep: Callable[[pd.DataFrame], pd.Series] | None = None) -> pd.DataFrame:
    """A table of scores with every column in its type: empty text is `""`, an empty number NaN.

    Args:
        scores: One row per score, with the columns of `COLUMNS`.
        keep: Which rows are wanted, by `main`, `status`, `over` and the other columns of `_TOLD`; None for all. All are
            checked; a table has hundreds of thousands, and few reports want most of them.

    Returns:
        A new frame with exactly these columns, and the rows in the order given. Texts are objects of Python.

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
    scores = scores.reset_index(drop=True)
    told = _typed(scores, _TOLD)
    _check(told)
    if keep is not None:
        rows = keep(told).to_numpy()
        # Column by column: to choose the rows of a whole table takes many times as long.
        scores = pd.DataFrame({name: scores[name][rows] for name in COLUMNS}).reset_index(drop=True)
    # To go through them one by one is much quicker with Python's own strings than with Arrow's.
    return _typed(scores, COLUMNS).astype(dict.fromkeys(_TEXTS, object))


_TOLD = (
    "checkpoint", "task", "protocol", "language", "over", "metric", "main", "score", "source_language", "direction",
    "status", "reason",
)  # fmt: skip
"""Columns by which rows are checked and chosen."""


def _typed(scores: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    for name in names:
        column = scores[name]
        if name in _TEXTS:
            columns[name] = _texts(column)
        elif name in _NUMBERS:
            columns[name] = _numbers(name, column)
        elif column.dtype == bool:
            columns[name] = column
        else:
            columns[name] = column.astype(str).str.lower().isin(["true", "1"])
    return pd.DataFrame(columns, index=scores.index)


def _texts(column: pd.Series) -> pd.Series:
    import pandas as pd

    if not isinstance(column.dtype, pd.StringDtype):
        plain = column.astype(object).where(column.notna(), "")
        if pd.api.types.infer_dtype(plain) not in ("string", "empty"):
            plain = plain.map(str)
        return plain.astype(object)
    return column.fillna("") if column.hasnans else column


def _numbers(name: str, column: pd.Series) -> pd.Series:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return pd.Series(column.to_numpy(dtype=float, na_value=float("nan")), index=column.index)
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
