"""How wide a terminal is."""

from __future__ import annotations

import shutil

from xbench.reporting.console import WIDTH

_NARROWEST = 40
"""Columns that a name and a number need beside each other, whatever a terminal says of itself."""


def width() -> int:
    """Columns of the terminal; those of a wide one where the output goes into a file."""
    return max(_NARROWEST, shutil.get_terminal_size((WIDTH, 24)).columns)
