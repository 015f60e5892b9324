"""A part of a results folder: some checkpoints, some languages, and averages over these alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from xbench.stages.collect import Series

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Excerpt:
    """What is meant.

    Attributes:
        checkpoints: Names.
        languages: Canonical tags.
    """

    checkpoints: frozenset[str]
    languages: frozenset[str]

    def of(self, one: Series) -> Series:
        """What is left of a series: these languages, and panels over them."""
        task = one.run["task"]
        panels = {name: tags for name, tags in task["panels"].items() if self.holds(tags)}
        cells = {cell: self._kept(places) for cell, places in one.cells.items()}
        return replace(
            one,
            run={**one.run, "task": {**task, "panels": panels}},
            cells={cell: places for cell, places in cells.items() if places},
            tests=self._kept(one.tests),
            own=self._kept(one.own),
            lacking=one.lacking & self.languages,
        )

    def holds(self, panel: Iterable[str]) -> bool:
        """Whether a panel lies wholly among these languages: an average over less of it would be another."""
        return self.languages.issuperset(panel)

    def _kept(self, values: Mapping[str, _Value]) -> dict[str, _Value]:
        return {tag: value for tag, value in values.items() if tag in self.languages}
