"""One fit per language, on training data that people made in (or for) that language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xbench.api import Inapplicable, Leg, Task, Unavailable

_BY_PEOPLE = frozenset({"original", "human"})


@dataclass(frozen=True)
class InLanguage:
    """See the module."""

    name: str = "in-language"
    per_language: bool = True

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """A leg per language."""
        if task.recipe is None:
            raise Inapplicable(f"{task.name} is a frozen probe and trains nothing in a language: use zero-shot")
        maker = task.made_by.get("train", "original")
        if maker not in _BY_PEOPLE:
            raise Unavailable(
                f"{task.name}'s training rows outside {task.source} are {maker}, not made by people in the "
                "language: use translate-train"
            )
        for language in languages:
            yield Leg((task.slice(language, "train"),), (task.slice(language, "test"),))


protocol = InLanguage()
