"""One fit on the union of the training data and its translations into the languages asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xbench.api import Leg, Task
from xbench.protocols.translate_train import check_translated


@dataclass(frozen=True)
class TranslateTrainAll:
    """See the module. What zero-shot trains on always takes part in the union."""

    name: str = "translate-train-all"
    per_language: bool = False

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """One leg."""
        check_translated(task)
        union = dict.fromkeys((*task.starts, *languages))
        yield Leg(
            tuple(task.translation(language, "train") for language in sorted(union)),
            tuple(task.slice(language, "test") for language in languages),
        )


protocol = TranslateTrainAll()
