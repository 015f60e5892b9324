"""Train on the source language (or the few that a task names), test on all: one fit serves every language.

A frozen probe has nothing to train, and its zero-shot is the checkpoint as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xbench.api import Leg, Task, Unavailable


@dataclass(frozen=True)
class ZeroShot:
    """See the module."""

    name: str = "zero-shot"
    per_language: bool = False

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """One leg."""
        starts = task.starts if task.recipe else ()
        if task.recipe and not starts:
            raise Unavailable(f"{task.name} names no language to train on: --set train_languages=de,ru, or in its file")
        train = tuple(task.slice(language, "train") for language in starts)
        yield Leg(train, tuple(task.slice(language, "test") for language in languages))


protocol = ZeroShot()
