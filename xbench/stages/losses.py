"""What translation lost, where it is so much that a number should not stand without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_MUCH = 0.1
"""Share of the rows from which on it is worth a word."""


def learned_less(train: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Language -> that much less could be learned from than there is to translate, and what to do about it.

    Args:
        train: Training slices as `fit.json` describes them.
    """
    found = {}
    for part in train:
        lost = 1 - part["rows"] / part["made"]["source_rows"] if "made" in part else 0.0
        if lost > _MUCH:
            found[part["language"]] = (
                f"{lost:.0%} of the training rows were left out of translation; `xbench why` says the reasons: try "
                "another translator, more beams, or another way to carry labels (--carry)"
            )
    return found


def read_as_they_are(made: Mapping[str, Any]) -> str:
    """That many test rows could not be translated; empty if they are few.

    Args:
        made: How the rows were made.
    """
    lost = sum(made["lost"].values()) / made["source_rows"]
    if lost <= _MUCH:
        return ""
    return (
        f"{lost:.0%} of the test rows have no translation that is fit to be read, and were read as they are; "
        "`xbench why` says the reasons: try another translator, or more beams"
    )
