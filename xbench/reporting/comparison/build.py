"""A results folder and names of checkpoints -> comparisons, each against the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from xbench.errors import Unavailable, XbenchError, closest
from xbench.jobs import task_from
from xbench.languages import Pretraining, select
from xbench.metrics.paired import RESAMPLES
from xbench.plugins import Registry
from xbench.reporting.comparison.chosen import Chosen, choose
from xbench.reporting.comparison.common import Gaps, alike, chance, common, facts, seeds
from xbench.reporting.comparison.compare import Resampled, grouped, languages, trends
from xbench.reporting.comparison.examples import Reader, Sample, paired
from xbench.reporting.comparison.groups import Seen, groups
from xbench.reporting.comparison.matching import Match, Refusal, matches
from xbench.reporting.comparison.reading import Run, Series, collect, reasons, revision
from xbench.reporting.comparison.result import Comparison
from xbench.reporting.names import some
from xbench.store.layout import Store
from xbench.store.results import read_runs
from xbench.store.signature import parse


@dataclass(frozen=True)
class Question:
    """What is compared.

    Attributes:
        checkpoints: As a user typed them; each is compared with the first. Empty where they are known already.
        tasks: Names; empty for all that any of them was run on.
        protocols: Likewise.
        languages: Codes or English names; empty for all.
        metric: Name of the metric; empty for the one that each task is known by.
        keeps: Whether a language is meant, besides, by its tag.
        seen: Who was pretrained on what.
        resamples: How often examples are drawn.
        only: Which part of the results that is, in words; empty for all.
    """

    checkpoints: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    metric: str = ""
    keeps: Callable[[str], bool] = lambda tag: True
    seen: Seen = Pretraining().seen
    resamples: int = RESAMPLES
    only: str = ""


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes:
        chosen: The checkpoints, in the order in which they were named.
        comparisons: By checkpoint, task and protocol.
        refused: Other checkpoint -> what cannot be compared with the first, and why.
    """

    chosen: tuple[Chosen, ...]
    comparisons: tuple[Comparison, ...]
    refused: Mapping[str, tuple[Refusal, ...]] = field(default_factory=dict)

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """What they are called."""
        return tuple(one.label for one in self.chosen)

    @property
    def complete(self) -> bool:
        """Whether everything could be compared."""
        return not any(self.refused.values()) and not any(one.missing for one in self.comparisons)


def answer(question: Question, store: Store, registry: Registry) -> Answer:
    """Compares checkpoints on everything that they share.

    Raises:
        XbenchError: A name is unknown, predictions are damaged, or there is nothing that can be compared.
    """
    every = read_runs(store)
    chosen = choose(question.checkpoints, every, (name for name, _, _ in reasons(store)))
    found = compared(chosen, every, question, store, registry)
    if not found.comparisons:
        why = [f"  {one.task} {one.protocol}: {one.reason}" for several in found.refused.values() for one in several]
        raise XbenchError("\n".join(["nothing can be compared:", *why]))
    return found


def against(
    chosen: Sequence[Chosen], every: Sequence[Run], question: Question, store: Store, registry: Registry
) -> Answer:
    """As `compared`, for a report that has more to say: predictions that are damaged cost it the comparison alone."""
    try:
        return compared(chosen, every, question, store, registry)
    except XbenchError as error:
        places = sorted({(run["task"]["name"], run["protocol"]) for _, run in _own(chosen, every)})
        refusals = tuple(Refusal(*place, str(error)) for place in places)
        return Answer(tuple(chosen), (), {one.label: refusals for one in chosen[1:]})


def compared(
    chosen: Sequence[Chosen], every: Sequence[Run], question: Question, store: Store, registry: Registry
) -> Answer:
    """Compares checkpoints with the first of them, on everything that they share.

    Args:
        chosen: Two or more.
        every: All runs of the folder.
        question: What else is asked for.
        store: The results folder.
        registry: Where kinds and panels are found.

    Raises:
        XbenchError: Nobody ran a task or protocol that is asked for, or predictions are damaged.
    """
    own = _asked(question, _own(chosen, every))
    series = collect(store, own)
    tasks = {run["task"]["name"] for _, run in own}
    gaps = {place: why for place, why in reasons(store).items() if place[1] in tasks}
    keeps = _kept(
        question, {*(tag for one in series for tag in one.languages), *(tag for gap in gaps.values() for tag in gap)}
    )
    labels = {one: (chosen[0].label, one.label) for one in chosen[1:]}
    first = sorted(_of(series, chosen[0]), key=lambda one: one.place)
    found = {other: matches(first, _of(series, other), labels[other]) for other in labels}
    comparisons: dict[Chosen, list[Comparison]] = {other: [] for other in labels}
    for one in first:
        side = _Against(one, keeps, gaps, question, registry)
        for other, (pairs, refusals) in found.items():
            for match in pairs:
                if match.first is one:
                    try:
                        comparisons[other].append(side.compared(match, labels[other]))
                    except Unavailable as error:
                        refusals.append(Refusal(*one.place, str(error)))
    return Answer(
        tuple(chosen),
        tuple(chain.from_iterable(comparisons.values())),
        {other.label: tuple(refusals) for other, (_, refusals) in found.items()},
    )


def _own(chosen: Sequence[Chosen], every: Sequence[Run]) -> list[Run]:
    """Runs of these checkpoints."""
    wanted = {(one.name, one.revision) for one in chosen}
    return [(folder, run) for folder, run in every if (run["checkpoint"]["name"], revision(run)) in wanted]


def _asked(question: Question, own: list[Run]) -> list[Run]:
    """Runs of the tasks and protocols that are asked for.

    Raises:
        XbenchError: One of them none of these checkpoints was run on.
    """
    for axis, asked, there in (
        ("task", question.tasks, {run["task"]["name"] for _, run in own}),
        ("protocol", question.protocols, {run["protocol"] for _, run in own}),
    ):
        for name in asked:
            if name not in there:
                raise XbenchError(f"none of these checkpoints was run on {axis} {name!r}: {closest(name, there)}")
    return [
        (folder, run)
        for folder, run in own
        if not question.tasks or run["task"]["name"] in question.tasks
        if not question.protocols or run["protocol"] in question.protocols
    ]


def _kept(question: Question, there: set[str]) -> Callable[[str], bool]:
    """Whether a language is meant, of those that are there.

    Raises:
        XbenchError: None is, or one that is named is not there.
    """
    wanted = set(select(question.languages, sorted(there))) if question.languages else there
    if wanted and not any(map(question.keeps, wanted)):
        raise XbenchError(f"no language here is as you ask: these results have {some(sorted(wanted))}")
    return lambda tag: tag in wanted and question.keeps(tag)


def _of(series: Sequence[Series], one: Chosen) -> list[Series]:
    return [own for own in series if (own.name, own.revision) == (one.name, one.revision)]


def _unread(match: Match, first: str) -> str:
    """Whose predictions are gone, which scores do without; empty where both are there."""
    gone = not match.first.languages, not match.other.languages
    who = {(True, True): "either", (True, False): first, (False, True): "it"}.get(gone)
    return f"no predictions of {who} are on disk: copy them here, or run it again" if who else ""


class _Against:
    """A series of the first checkpoint, which is read once however many others it is compared with.

    Args:
        first: The series.
        keeps: Whether a language is meant.
        gaps: Why languages cannot be had.
        question: What is compared.
        registry: Where kinds and panels are found.
    """

    def __init__(
        self, first: Series, keeps: Callable[[str], bool], gaps: Gaps, question: Question, registry: Registry
    ) -> None:
        self._first = first
        self._keeps = keeps
        self._gaps = gaps
        self._question = question
        self._registry = registry
        self._reader = Reader(registry, question.metric)
        self._read: dict[str, Sample | Unavailable] = {}

    def compared(self, match: Match, labels: tuple[str, str]) -> Comparison:
        """Compares it with another series.

        Raises:
            Unavailable: No language can be compared, predictions are gone, or nobody here can read their kind.
        """
        if unread := _unread(match, labels[0]):
            raise Unavailable(unread)
        tags, missing = common(match, labels, self._keeps, self._gaps)
        self._read |= self._reader.samples(self._first, [tag for tag in tags if tag not in self._read])
        others = self._reader.samples(match.other, tags)
        first, second = alike({tag: self._read[tag] for tag in tags}, others, missing)
        tags = list(first)
        if not tags:
            why = "; ".join(f"{reason}: {some(lost)}" for reason, lost in missing.items())
            raise Unavailable(f"no language can be compared: {why or 'none is asked for'}")
        run = self._first.run
        examples = paired(first, second, run)
        one = examples[tags[0]]
        metric = one.pair.metric
        lower = parse(metric.mode).get("better") == "lower"
        source = task_from(run["task"]).source_language
        resamples = self._question.resamples
        drawn = Resampled(examples, resamples, chance(match, tags, metric.name))
        own = languages(drawn, {tag: facts(match, tag, labels) for tag in tags}, lower)
        made = groups(tags, run, self._registry, (self._first.name, match.other.name), self._question.seen)
        return Comparison(
            *labels,
            *self._first.place,
            variant=match.variant,
            metric=metric.name,
            mode=metric.mode,
            lower=lower,
            layers=one.layers,
            direction=one.direction,
            source=source,
            seeds=seeds(match),
            resamples=resamples,
            languages=own,
            groups=grouped(drawn, made, own, source.split("+")),
            trends=trends(own),
            missing={reason: tuple(lost) for reason, lost in missing.items()},
            signature=match.signature,
        )
