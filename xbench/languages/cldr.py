"""The languages that Unicode CLDR names everything in, and why the others are left out.

What is generated needs a name of its own in every language for every territory, language, currency
and unit that it speaks of; `python -m xbench.data.cldr` writes the table that this reads.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path


def _read() -> dict[str, tuple[str, str]]:
    with (Path(__file__).parent / "cldr.csv").open(encoding="utf-8", newline="") as file:
        return {row["tag"]: (row["locale"], row["lacking"]) for row in csv.DictReader(file)}


_ROWS = _read()

CLDR: Mapping[str, str] = {tag: locale for tag, (locale, why) in _ROWS.items() if not why}
"""Canonical tag -> CLDR's locale, of the languages that are covered."""

CLDR_LACKING: Mapping[str, str] = {tag: why for tag, (_, why) in _ROWS.items() if why}
"""Canonical tag -> what its locale lacks."""
