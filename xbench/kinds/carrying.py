"""What kinds whose labels are carried through translation have in common."""

from __future__ import annotations

LEFT_OUT = "a text whose translation was left out"
"""Reason to lose a row: its translation came out empty, copied, … Which, the counts of segments say."""
