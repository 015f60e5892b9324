"""A table of scores as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_BATCH = 20_000
"""Rows that are text at once."""


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Writes a table as pandas does with `float_format="%.4f"`, in half the time and a fraction of the memory.

    Args:
        table: Columns of text, whole numbers, truth values, and numbers, which have four digits behind the point.
        path: Of the file.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(table.columns)
        for start in range(0, len(table), _BATCH):
            part = table.iloc[start : start + _BATCH]
            lines.writerows(zip(*(_column(part[name]) for name in table.columns), strict=True))


def _column(values: pd.Series) -> Iterable[Any]:
    """Values as they are written; None for a missing one, which is empty."""
    if values.dtype == "float64":
        return [None if math.isnan(value) else f"{value:.4f}" for value in values.tolist()]
    plain = values.astype(object)
    missing = values.isna()
    return (plain.where(~missing, None) if missing.any() else plain).tolist()
