"""The zero-shot fit, tested on rows that are translated into the language that it was trained on.

What the fit answers comes back to the row as it was: the label of a text as it is, tags to the words of the sentence.
Every row counts; one that could not be translated is read as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xbench.api import Inapplicable, Leg, Slice, Task, Unavailable


@dataclass(frozen=True)
class TranslateTest:
    """See the module."""

    name: str = "translate-test"
    per_language: bool = False

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """One leg, on the fit that zero-shot uses too."""
        if task.recipe is None or task.paired:
            raise Inapplicable(f"{task.name} asks about texts in two languages, of which neither is to be translated")
        if task.translator is None:
            raise Unavailable("nobody translates the test rows: name a checkpoint with --translator")
        if not set(languages) - set(task.starts):
            raise Unavailable(f"{' and '.join(languages)} is what {task.name} is trained on: use zero-shot")
        into = task.source if task.source in task.starts else task.starts[0]
        tests = tuple(_read(task, language, into) for language in languages)
        yield Leg(tuple(task.slice(language, "train") for language in task.starts), tests)


def _read(task: Task, language: str, into: str) -> Slice:
    """Test rows as they are read: those of languages that were trained on as they are."""
    piece = task.slice(language, "test")
    if task.translator is None or language in task.starts:
        return piece
    return replace(piece, made_by="xbench-mt", translator=replace(task.translator, source=language, target=into))


protocol = TranslateTest()
