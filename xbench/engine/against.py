"""Who is compared with whom in a report."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xbench.jobs import Checkpoint
from xbench.languages import Pretraining
from xbench.plugins import Registry
from xbench.reporting.comparison.build import Answer, Question, against
from xbench.reporting.comparison.chosen import Chosen, labelled, rivals
from xbench.reporting.comparison.reading import revision, runs
from xbench.store.layout import Store


def against_first(
    checkpoints: Sequence[Checkpoint], store: Store, registry: Registry, pretraining: Pretraining
) -> Answer | None:
    """The checkpoints of a run, each compared with the one that was named first; None where fewer than two were run."""
    every = runs(store)
    there = {(run["checkpoint"]["name"], revision(run)) for _, run in every}
    own = [(one.name, one.short) for one in checkpoints if (one.name, one.short) in there]
    question = Question(seen=pretraining.seen)
    return against(labelled(own), every, question, store, registry) if len(own) > 1 else None


def against_baseline(
    chosen: Sequence[Chosen], languages: Collection[str], store: Store, registry: Registry, pretraining: Pretraining
) -> Answer:
    """Checkpoints compared with the first of them, in these languages."""
    question = Question(keeps=lambda tag: tag in languages, seen=pretraining.seen)
    return against(chosen, runs(store), question, store, registry)


def compared_with(baseline: str, checkpoints: Collection[str], store: Store) -> list[Chosen]:
    """The checkpoint that a word stands for, and behind it those that are compared with it.

    Args:
        baseline: A name, its end or its beginning.
        checkpoints: Names of those that are meant; empty for all of the folder.
        store: Results folder.

    Raises:
        XbenchError: The word stands for none or several, or there is no other checkpoint.
    """
    first, *others = rivals(baseline, runs(store))
    return [first, *(one for one in others if not checkpoints or one.name in checkpoints)]
