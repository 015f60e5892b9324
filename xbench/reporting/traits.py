"""What languages are grouped by in every report: groups in the order in which people look for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from xbench.languages import UNKNOWN, trait

TRAITS: Mapping[str, str] = MappingProxyType({"script": "script", "family": "family", "resource class": "class"})
"""Heading of a picture -> the property of languages that it shows."""


def grouped(heading: str, tags: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Value of a property, as a picture names it -> its languages.

    Args:
        heading: One of `TRAITS`.
        tags: Canonical tags.
    """
    found = by_value({tag: trait(TRAITS[heading], tag) for tag in sorted(set(tags))})
    return {f"class {value}" if value.isdecimal() else value: own for value, own in found.items()}


def by_value(values: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Value -> languages that have it: classes in their order, others the largest first, what is unknown last.

    Args:
        values: Canonical tag -> value.
    """
    found: dict[str, list[str]] = {}
    for tag, value in values.items():
        found.setdefault(value, []).append(tag)
    order = sorted(found, key=lambda name: (name == UNKNOWN, 0 if name.isdecimal() else -len(found[name]), name))
    return {name: tuple(found[name]) for name in order}


def resource_class(tag: str) -> int | None:
    """Resource class of Joshi et al. 2020, 0 (left behind) to 5 (winners); None where unknown."""
    value = trait("class", tag)
    return None if value == UNKNOWN else int(value)
