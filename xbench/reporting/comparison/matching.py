"""Which series of two checkpoints may be compared: those that differ in nothing but the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from xbench.reporting.comparison.reading import Series
from xbench.reporting.series import difference, differing
from xbench.store.signature import signature

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "version": "version of the task",
        "source": "source language",
        "kind": "version of the kind",
        "train": "training rows",
        "made_by": "who made the training rows",
        "translator": "translator",
        "recipe": "recipe",
        "epochs": "epochs",
        "select": "which epoch is taken",
        "max_length": "maximum length",
        "settings": "settings of the task",
        "dtype": "precision of the numbers",
        "limit": "rows of every slice",
    }
)


@dataclass(frozen=True)
class Match:
    """Two series that may be compared.

    Attributes:
        variant: What sets them apart from other matches of their task and protocol; empty if there are none.
    """

    first: Series
    other: Series
    variant: str

    @property
    def signature(self) -> str:
        """What both share."""
        return signature(self.first.facts)


@dataclass(frozen=True)
class Refusal:
    """A task and protocol that cannot be compared.

    Attributes:
        reason: Says in which part the two differ, or who lacks it.
    """

    task: str
    protocol: str
    reason: str


def matches(
    first: Sequence[Series], other: Sequence[Series], labels: tuple[str, str]
) -> tuple[list[Match], list[Refusal]]:
    """Pairs series of two checkpoints.

    Args:
        first: All series of the one.
        other: Of the other.
        labels: What the two are called.

    Returns:
        What can be compared, and what cannot, with reasons: nothing is left out in silence.
    """
    found: list[Match] = []
    refused: list[Refusal] = []
    for place in sorted({one.place for one in (*first, *other)}):
        sides = [[one for one in side if one.place == place] for side in (first, other)]
        if not all(sides):
            has, lacks = labels if sides[0] else labels[::-1]
            refused.append(Refusal(*place, f"{has} was run on it, {lacks} was not"))
            continue
        own = [(one, twin) for one in sides[0] for twin in sides[1] if one.facts == twin.facts]
        keys = differing(signature(one.facts) for one, _ in own)
        found += [Match(one, twin, difference(signature(one.facts), keys)) for one, twin in own]
        lonely = [(one, _nearest(one, sides[1])) for one in sides[0]] + [
            (_nearest(one, sides[0]), one) for one in sides[1]
        ]
        # Two that are each other's nearest would be told twice.
        reasons = dict.fromkeys(_reason(*two, labels) for two in lonely if two[0].facts != two[1].facts)
        refused += [Refusal(*place, reason) for reason in reasons]
    return found, refused


def _nearest(one: Series, rivals: Sequence[Series]) -> Series:
    return min(rivals, key=lambda rival: len(_apart(one, rival)))


def _apart(one: Series, other: Series) -> list[str]:
    return [name for name in one.facts if one.facts[name] != other.facts[name]]


def _reason(first: Series, other: Series, labels: tuple[str, str]) -> str:
    told = ", ".join(
        f"{_WORDS.get(name, name)} ({_value(first.facts[name])} and {_value(other.facts[name])})"
        for name in _apart(first, other)
    )
    return f"{labels[0]} and {labels[1]} differ in {told}: run both alike"


def _value(value: Any) -> str:
    return "none" if value is None else str(value)
