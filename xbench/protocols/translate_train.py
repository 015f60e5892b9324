"""One fit per language, on the translation of the training data into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xbench.api import Inapplicable, Leg, Task, Unavailable


def check_translated(task: Task) -> None:
    """Raises where a task's training data are no translations of each other, and nobody makes any."""
    if "train" not in task.splits:
        raise Inapplicable(f"{task.name} has no training split, so that nothing can be fitted: use zero-shot")
    if not task.paired and task.translator is None and task.made_by.get("train", "original") == "original":
        raise Unavailable(
            f"no translations of {task.name}'s training data are published (its training rows in other "
            "languages are annotations of their own): have them made (--translator), or use the protocol in-language"
        )


@dataclass(frozen=True)
class TranslateTrain:
    """See the module."""

    name: str = "translate-train"
    per_language: bool = True

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """A leg per language; the source language's is the fit that zero-shot uses too."""
        check_translated(task)
        for language in languages:
            yield Leg((task.translation(language, "train"),), (task.slice(language, "test"),))


protocol = TranslateTrain()
