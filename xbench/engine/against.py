"""Who is compared with whom in a report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from xbench.jobs import Checkpoint
from xbench.languages import Pretraining
from xbench.plugins import Registry
from xbench.reporting.comparison.build import Answer, Question, against
from xbench.reporting.comparison.chosen import Chosen, labelled, rivals
from xbench.reporting.comparison.reading import Run, revision
from xbench.store.layout import Store
from xbench.store.results import read_runs


@dataclass(frozen=True)
class Rivals:
    """A checkpoint and those that are compared with it.

    Attributes:
        chosen: The checkpoint, and behind it the others.
        runs: All of the results folder.
    """

    chosen: Sequence[Chosen]
    runs: Sequence[Run]

    def compared(
        self, languages: Collection[str], store: Store, registry: Registry, pretraining: Pretraining
    ) -> Answer:
        """The others, each compared with the first in these languages."""
        question = Question(keeps=lambda tag: tag in languages, seen=pretraining.seen)
        return against(self.chosen, self.runs, question, store, registry)


def rivals_of(baseline: str, checkpoints: Collection[str], store: Store) -> Rivals:
    """The checkpoint that a word stands for, and those that are compared with it.

    Args:
        baseline: A name, its end or its beginning.
        checkpoints: Names of those that are meant; empty for all of the folder.
        store: Results folder.

    Raises:
        XbenchError: The word stands for none or several, or there is no other checkpoint.
    """
    every = read_runs(store)
    first, *others = rivals(baseline, every)
    return Rivals([first, *(one for one in others if not checkpoints or one.name in checkpoints)], every)


def against_first(
    checkpoints: Sequence[Checkpoint], store: Store, registry: Registry, pretraining: Pretraining
) -> Answer | None:
    """The checkpoints of a run, each compared with the one that was named first; None where fewer than two were run."""
    every = read_runs(store)
    there = {(run["checkpoint"]["name"], revision(run)) for _, run in every}
    own = [(one.name, one.short) for one in checkpoints if (one.name, one.short) in there]
    question = Question(seen=pretraining.seen)
    return against(labelled(own), every, question, store, registry) if len(own) > 1 else None
