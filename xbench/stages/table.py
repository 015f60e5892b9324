"""A table of scores as CSV, in pieces."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def header(names: Iterable[str]) -> bytes:
    """The first line."""
    return _text([names])


def lines(table: pd.DataFrame) -> bytes:
    """The rows, as pandas writes them with `float_format="%.4f"`, in half the time and a fraction of the memory.

    Args:
        table: Columns of text, whole numbers, truth values, and numbers, which have four digits behind the point.
    """
    return _text(zip(*(_column(table[name]) for name in table.columns), strict=True))


def _text(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _column(values: pd.Series) -> Iterable[Any]:
    """Values as they are written; None for a missing one, which is empty."""
    if values.dtype == "float64":
        # Only NaN differs from itself.
        return [f"{value:.4f}" if value == value else None for value in values.tolist()]
    plain = values.astype(object)
    missing = values.isna()
    return (plain.where(~missing, None) if missing.any() else plain).tolist()
