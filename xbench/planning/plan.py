"""From what was resolved to runs and gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from xbench.api import Kind, Leg, Protocol, Slice, Task
from xbench.errors import Inapplicable, Unavailable, general
from xbench.jobs import Checkpoint, Fit, Gap, Plan, Run, TrainSet
from xbench.planning.facts import Facts


@dataclass(frozen=True)
class Asked:
    """A task, adapted, with the languages asked of it."""

    task: Task
    kind: Kind
    languages: tuple[str, ...]
    lacking: tuple[str, ...] = ()


def plan(
    checkpoints: Sequence[Checkpoint],
    asked: Sequence[Asked],
    protocols: Sequence[Protocol],
    seeds: Sequence[int],
    facts: Facts,
    *,
    limit: int | None,
    dtype: str,
    named: bool = True,
) -> Plan:
    """The runs that answer a request, and the gaps that no run can fill.

    A training slice that does not exist takes its language's test slice with it: a language is
    never scored under a protocol that did not see its training data. A leg that asked for
    translations (or for anything) and is left with none, on either side, is not that protocol at all.

    Args:
        checkpoints: Resolved.
        asked: Tasks with the languages asked for.
        protocols: Each yields the legs of a task.
        seeds: For fits in which chance takes part.
        facts: Which slices exist, and the digests of training rows.
        limit: First rows of every slice only.
        dtype: `fp32` or `bf16`.
        named: Whether somebody asked for just these protocols. Else one that makes no sense for a task leaves no gap.
    """
    runs: list[Run] = []
    gaps: list[Gap] = []
    pointless: dict[tuple[str, str], str] = {}
    for task, kind, languages, lacking in ((a.task, a.kind, a.languages, a.lacking) for a in asked):
        for protocol in protocols:
            for checkpoint in checkpoints:
                try:
                    legs, missing = _feasible(_aligned(task, checkpoint), protocol, languages, seeds, facts, limit)
                except Inapplicable as error:
                    if not named:
                        pointless[task.name, protocol.name] = str(error)
                        continue
                    legs, missing = [], dict.fromkeys(languages, str(error))
                missing.update({language: f"{task.name} has no {language}" for language in lacking})
                gaps += [Gap(checkpoint.name, task.name, protocol.name, lang, why) for lang, why in missing.items()]
                for leg, train in legs:
                    dev = _dev(task, train, facts, limit) if train and task.recipe else ()
                    for seed in seeds if leg.shots or (train and task.recipe) else (0,):
                        fit = Fit(checkpoint, kind, task, train, task.recipe, seed, dtype, dev)
                        if leg.shots:
                            fit = _continued(fit, leg.shots, facts)
                        runs.append(Run(fit, task, protocol.name, protocol.per_language, leg.test, limit))
    return Plan(tuple(runs), tuple(gaps), pointless)


def _aligned(task: Task, checkpoint: Checkpoint) -> Task:
    """The task, with the checkpoint under test as its aligner where that is asked for."""
    translator = task.translator
    if translator is None or translator.aligner is None or not translator.aligner.tested:
        return task
    name = checkpoint.location if checkpoint.local else f"{checkpoint.location}@{checkpoint.revision}"
    return replace(task, translator=replace(translator, aligner=replace(translator.aligner, name=name)))


def _continued(fit: Fit, shots: Sequence[Slice], facts: Facts) -> Fit:
    """A fit that goes on with a few rows, drawn by its seed; a frozen probe begins with them.

    Which of its few steps is best, no dev split can tell that is not larger than what it is trained on.
    """
    drawn = tuple(facts.trainset(replace(piece, draw=fit.seed), fit.task) for piece in shots)
    recipe = replace(fit.recipe, select="last") if fit.recipe else None
    return replace(fit, train=drawn, recipe=recipe, start=None if fit.identity else fit)


def _feasible(
    task: Task, protocol: Protocol, languages: Sequence[str], seeds: Sequence[int], facts: Facts, limit: int | None
) -> tuple[list[tuple[Leg, tuple[TrainSet, ...]]], dict[str, str]]:
    """The legs that can be run, with their training sets; and language -> why it has none."""
    try:
        legs = [_limited(leg, limit) for leg in protocol.legs(task, languages)]
    except Inapplicable:
        raise
    except Unavailable as error:
        return [], dict.fromkeys(languages, str(error))
    possible: list[tuple[Leg, tuple[TrainSet, ...]]] = []
    gaps: dict[str, str] = {}
    for leg in legs:
        sets, lost = _trainsets(leg.train, task, facts)
        kept = tuple(piece for piece in leg.train if piece.language not in lost)
        if leg.train and not _still(leg, kept, task):
            why = next(iter(lost.values()))
            gaps.update(
                {piece.language: lost.get(piece.language, f"cannot be trained: {general(why)}") for piece in leg.test}
            )
            continue
        # Whether there are enough rows to draw from does not depend on the seed.
        lost |= _trainsets([replace(piece, draw=seeds[0]) for piece in leg.shots], task, facts)[1]
        test, unread = _tests([piece for piece in leg.test if piece.language not in lost], task, facts)
        gaps.update({piece.language: lost[piece.language] for piece in leg.test if piece.language in lost})
        gaps.update(unread)
        if _translated(leg.test) and not _translated(test):
            why = next(iter(unread.values()))
            gaps.update({piece.language: f"no other language can be translated: {general(why)}" for piece in test})
        elif test:
            possible.append((Leg(kept, test, leg.shots), sets))
    return possible, gaps


def _tests(pieces: Iterable[Slice], task: Task, facts: Facts) -> tuple[tuple[Slice, ...], dict[str, str]]:
    """The test slices that exist, or can be translated; and language -> why it has none."""
    found: list[Slice] = []
    gaps: dict[str, str] = {}
    for piece in pieces:
        try:
            found.append(facts.test(piece, task))
        except Unavailable as error:
            gaps[piece.language] = str(error)
    return tuple(found), gaps


def _translated(pieces: Iterable[Slice]) -> bool:
    return any(piece.translator for piece in pieces)


def _trainsets(pieces: Iterable[Slice], task: Task, facts: Facts) -> tuple[tuple[TrainSet, ...], dict[str, str]]:
    """The training sets of slices that exist; and language -> why it has none."""
    sets: list[TrainSet] = []
    lost: dict[str, str] = {}
    for piece in pieces:
        try:
            sets.append(facts.trainset(piece, task))
        except Unavailable as error:
            lost[piece.language] = str(error)
    return tuple(sets), lost


def _still(leg: Leg, kept: Sequence[Slice], task: Task) -> bool:
    """Whether what is left of a leg's training data still is what the protocol asked for.

    A union may lack some translations; without any of them, or without rows that are original or that training
    starts from, it is another protocol.
    """
    translated = [piece for piece in leg.train if piece.made_by != "original" and piece.language not in task.starts]
    whole = all(piece in kept for piece in leg.train if piece not in translated)
    return whole and (not translated or any(piece in kept for piece in translated))


def _limited(leg: Leg, limit: int | None) -> Leg:
    def cut(pieces: Iterable[Slice]) -> tuple[Slice, ...]:
        return tuple(replace(piece, limit=limit) for piece in pieces)

    # Shots have a limit of their own, which their protocol is called after.
    return Leg(cut(leg.train), cut(leg.test), leg.shots)


def _dev(task: Task, train: Sequence[TrainSet], facts: Facts, limit: int | None) -> tuple[TrainSet, ...]:
    """Dev rows of the languages that training starts from if any is trained on, else of every training language."""
    trained = [t.slice.language for t in train]
    return tuple(_existing_dev(task, [tag for tag in task.starts if tag in trained] or trained, facts, limit))


def _existing_dev(task: Task, languages: Sequence[str], facts: Facts, limit: int | None) -> Iterator[TrainSet]:
    if "dev" not in task.splits:
        return
    for language in languages:
        with suppress(Unavailable):
            yield facts.trainset(replace(task.slice(language, "dev"), limit=limit), task)
