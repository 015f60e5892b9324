"""Held-out numbers at a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Point:
    """What a model makes of passages that it never learned from.

    Attributes:
        step: Optimiser steps so far.
        losses: Objective -> mean loss, unweighted.
        retrieval: Share of the pivot language's passages whose translation is the nearest of all in its language, in
            per cent, by cosine of means of the last layer; the mean over all other languages. None where nothing is
            parallel.
        languages: Language -> its share.
    """

    step: int
    losses: Mapping[str, float]
    retrieval: float | None = None
    languages: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [f"{name} {loss:.3f}" for name, loss in self.losses.items()]
        if self.retrieval is not None:
            parts.append(f"retrieval {self.retrieval:.1f} %")
        return f"held out, step {self.step}: " + " · ".join(parts)


def pivot(languages: tuple[str, ...]) -> int:
    """Place of the language whose passages are searched for in all others: English, or the first without English."""
    return languages.index("en") if "en" in languages else 0
