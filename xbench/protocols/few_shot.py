"""The zero-shot fit, continued on a few rows of the target language.

Which rows these are decides much of what they yield (Zhao et al. 2021, https://aclanthology.org/2021.acl-long.447), so
every seed draws its own; a smaller draw is a part of a larger one of the same seed. A frozen probe fits its maps on
them, so that a series of `few-shot(k)` is its learning curve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xbench.api import Inapplicable, Leg, Split, Task, Unavailable
from xbench.errors import XbenchError

_LABELLED = frozenset({"original", "human", "generated"})
"""Makers of rows that someone who labels a few would get; machine translations are another protocol's."""


@dataclass(frozen=True)
class FewShot:
    """See the module.

    Attributes:
        k: Rows of the target language.
    """

    k: int = 10
    per_language: bool = True

    @property
    def name(self) -> str:
        """As in `--protocols`."""
        return f"few-shot({self.k})"

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """A leg per language; that of a language that zero-shot trains on is the fit that zero-shot uses too."""
        if self.k < 1:
            raise XbenchError(f"{self.name}: give at least one row, such as few-shot(10)")
        split = _split(task)
        train = tuple(task.slice(language, "train") for language in task.starts) if task.recipe else ()
        for language in languages:
            shots = (replace(task.slice(language, split), limit=self.k),) if language not in task.starts else ()
            yield Leg(train, (task.slice(language, "test"),), shots)


def _split(task: Task) -> Split:
    """Training rows where they are labelled in the language or generated, else dev rows, never test rows.

    Parallel rows have no labels but themselves, whoever made them.
    """
    wanted: tuple[Split, ...] = ("train", "dev")
    for split in wanted:
        if split in task.splits and (task.paired or task.made_by.get(split, "original") in _LABELLED):
            return split
    if task.paired:
        raise Inapplicable(f"{task.name} has no pairs to train on: use zero-shot")
    raise Unavailable(
        f"{task.name} has neither training nor dev rows that people made in other languages than {task.source}: "
        "use zero-shot or translate-train"
    )


protocol = FewShot()
