"""A checkpoint that is already fine-tuned: its own head, its labels mapped by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xbench.api import Inapplicable, Leg, Task


@dataclass(frozen=True)
class AsIs:
    """See the module."""

    name: str = "as-is"
    per_language: bool = False

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """One leg without training."""
        if task.recipe is None:
            raise Inapplicable(f"{task.name} is a frozen probe, which uses every checkpoint as it is: use zero-shot")
        yield Leg((), tuple(task.slice(language, "test") for language in languages))


protocol = AsIs()
