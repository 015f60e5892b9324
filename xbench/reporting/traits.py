"""What languages are grouped by: script, family, resource class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from xbench.errors import XbenchError
from xbench.languages import Language, language

UNKNOWN = "unknown"

TRAITS: Mapping[str, Callable[[Language], str]] = MappingProxyType(
    {
        "script": lambda one: one.script,
        "family": lambda one: one.family,
        "resource class": lambda one: "" if one.resource_class is None else f"class {one.resource_class}",
    }
)
"""Trait -> how it reads."""


def grouped(trait: str, tags: Iterable[str]) -> dict[str, list[str]]:
    """Value of a trait -> its languages; the value with most languages first, classes in their order, unknown last."""
    groups: dict[str, list[str]] = {}
    for tag in sorted(set(tags)):
        groups.setdefault(_value(trait, tag), []).append(tag)
    ranked = sorted(groups, key=lambda value: (value == UNKNOWN, 0 if _ordered(value) else -len(groups[value]), value))
    return {value: groups[value] for value in ranked}


def resource_class(tag: str) -> int | None:
    """Resource class of Joshi et al. 2020, 0 (left behind) to 5 (winners); None where unknown."""
    try:
        return language(tag).resource_class
    except XbenchError:
        return None


def _ordered(value: str) -> bool:
    return value.startswith("class ")


def _value(trait: str, tag: str) -> str:
    try:
        return TRAITS[trait](language(tag)) or UNKNOWN
    except XbenchError:
        return UNKNOWN
