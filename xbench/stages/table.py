"""A table of scores as CSV, in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def header(names: Iterable[str]) -> bytes:
    """The first line."""
    return _text([name] for name in names)


def lines(table: pd.DataFrame) -> bytes:
    """The rows, as pandas writes them with `float_format="%.4f"`, in half the time and a fraction of the memory.

    Args:
        table: Columns of text, whole numbers, truth values, and numbers, which have four digits behind the point. At
            least two: where there is one, a row of nothing has to be told from no row.
    """
    return _text(_column(table[name]) for name in table.columns)


def _text(columns: Iterable[list[str]]) -> bytes:
    rows = map(",".join, zip(*map(_quoted, columns), strict=True))
    return "\n".join([*rows, ""]).encode()


def _column(values: pd.Series) -> list[str]:
    """Values as they are written; nothing for a missing one."""
    if values.dtype == "float64":
        # Only NaN differs from itself.
        return [f"{value:.4f}" if value == value else "" for value in values.tolist()]
    plain = values.astype(object)
    missing = values.isna()
    return list(map(str, (plain.where(~missing, "") if missing.any() else plain).tolist()))


def _quoted(texts: list[str]) -> list[str]:
    """In quotation marks where a text has one, or what ends a field or a row: in most columns none has."""
    if not _special("".join(texts)):
        return texts
    return ['"' + text.replace('"', '""') + '"' if _special(text) else text for text in texts]


def _special(text: str) -> bool:
    # One by one each is found many times as fast as any of them by a pattern.
    return "," in text or '"' in text or "\n" in text or "\r" in text
