"""Something to know before a number is used."""

from __future__ import annotations

from dataclasses import dataclass

NOISE = 1.5
"""Points: standard deviation of one language's score over seeds, as published runs show it."""


@dataclass(frozen=True)
class Finding:
    """Something to know before a number is used.

    Attributes:
        name: Short and fixed, for programs.
        text: What was seen, and where.
        remedy: What to do about it.
    """

    name: str
    text: str
    remedy: str
