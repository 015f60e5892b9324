"""What kinds whose labels are carried through translation have in common."""

from __future__ import annotations

LEFT_OUT = "a text whose translation was left out"
"""Reason to lose a row, or to read it as it is: its translation is empty, copied, … Counts of segments say which."""
