"""Predictions of two series -> the statistics of every example under both, language by language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xbench.api import Kind, Measure, Metric, Task
from xbench.errors import Unavailable, XbenchError, closest
from xbench.jobs import task_from
from xbench.metrics import exact, shares
from xbench.metrics.paired import Pair
from xbench.planning.limits import cores
from xbench.plugins import Registry
from xbench.reporting.comparison.reading import Part, Series
from xbench.store import predictions
from xbench.store.signature import neutral


@dataclass(frozen=True)
class Sample:
    """One language of one series.

    Attributes:
        metric: What is compared.
        statistics: Of every run in the order of the seeds, (runs, examples, k).
        layer: Hidden state, None where it does not apply.
        direction: Such as `en→xx`; empty where it does not apply.
        items: Ids of the examples, an Arrow column; None where the statistics are not one for each row.
        seeds: Of the runs.
    """

    metric: Metric
    statistics: np.ndarray
    layer: int | None
    direction: str
    items: Any
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Examples:
    """One language under both checkpoints.

    Attributes:
        pair: The statistics, for resampling.
        right: Which examples are right under either, (runs, examples), where the metric is nothing but their share.
        layers: Hidden state of the first and of the other one.
        direction: Such as `en→xx`; empty where it does not apply.
        seeds: Of the runs of the first and of the other one.
    """

    pair: Pair
    right: tuple[np.ndarray, np.ndarray] | None
    layers: tuple[int | None, int | None]
    direction: str
    seeds: tuple[tuple[int, ...], tuple[int, ...]]


class Reader:
    """Reads predictions.

    Args:
        registry: Where kinds are found.
        metric: Name of the metric; empty for the one that each task is known by.
    """

    def __init__(self, registry: Registry, metric: str) -> None:
        self._registry = registry
        self._metric = metric

    def samples(self, series: Series, tags: Sequence[str]) -> dict[str, Sample | Unavailable]:
        """The examples of languages, each over all its runs, or why a language has no such metric.

        Raises:
            XbenchError: Predictions are damaged.
            Unavailable: Their kind is not installed in the version that made them.
        """
        try:
            kind = self._registry.made_by(series.run["kind"], series.name)
        except XbenchError as error:
            # The other tasks can be compared.
            raise Unavailable(str(error)) from error
        task = task_from(series.run["task"])
        # Most of the work is done by libraries that let other threads run meanwhile.
        with ThreadPoolExecutor(cores()) as threads:
            found = threads.map(lambda tag: self._sample(series.languages[tag], kind, task), tags)
            return dict(zip(tags, found, strict=True))

    def _sample(self, parts: Mapping[int, Part], kind: Kind, task: Task) -> Sample | Unavailable:
        seeds = tuple(sorted(parts))
        try:
            own = [self._part(parts[seed], kind, task) for seed in seeds]
        except Unavailable as error:
            return error
        return replace(own[0], statistics=np.stack([one.statistics for one in own]), seeds=seeds)

    def _part(self, part: Part, kind: Kind, task: Task) -> Sample:
        table, facts = predictions.load(part.path)
        measure = _measure(kind.measures(table, task), self._metric)
        count = len(measure.statistics)
        # Tables with several layers repeat the ids; a kind may have other statistics than one for each row.
        items = table["id"].slice(0, count) if "id" in table.column_names and count == facts["rows"] else None
        direction = neutral(measure.direction, facts["language"])
        return Sample(measure.metric, _small(measure.statistics), measure.layer, direction, items)


def _small(statistics: np.ndarray) -> np.ndarray:
    """Counts in few bytes: there are millions of them."""
    counts = np.issubdtype(statistics.dtype, np.integer) or bool((statistics == np.rint(statistics)).all())
    if not counts or statistics.min(initial=0) < 0:
        return statistics
    return statistics.astype(np.min_scalar_type(int(statistics.max(initial=0))))


def _measure(every: Iterator[Measure], name: str) -> Measure:
    """The measure that the task is known by, or that of another metric at the same layer in the same direction.

    Raises:
        Unavailable: There is none, as CSLS of few rows.
    """
    known = list(every) if name else every
    main = next((measure for measure in known if measure.main), None)
    if main is None:
        raise Unavailable("what the task is known by is not defined on these rows")
    if not name:
        return main
    for measure in known:
        if (measure.metric.name, measure.layer, measure.direction) == (name, main.layer, main.direction):
            return measure
    names = {measure.metric.name for measure in known}
    raise Unavailable(f"no metric {name!r}: {closest(name, names)}")


def paired(first: Mapping[str, Sample], other: Mapping[str, Sample], run: Mapping[str, Any]) -> dict[str, Examples]:
    """Languages under both checkpoints.

    Args:
        first: Canonical tag -> examples under the first checkpoint.
        other: The same languages under the other one, on the same rows.
        run: `run.json` of one of them.

    Raises:
        XbenchError: The two have not as many examples.
    """
    places = _places(first, run)
    found = {}
    for tag in sorted(first):
        one, two = first[tag], other[tag]
        if one.statistics.shape[1:] != two.statistics.shape[1:]:
            raise XbenchError(
                f"{tag}: predictions of the same rows have statistics of shape {one.statistics.shape[1:]} and "
                f"{two.statistics.shape[1:]}: predict one of them again"
            )
        where, order, shared = places[tag]
        found[tag] = _examples(tag, one, two, where, order, shared)
    return found


def _examples(tag: str, one: Sample, two: Sample, where: np.ndarray, order: np.ndarray, shared: bool) -> Examples:
    runs = len(one.statistics)
    both = exact.outcomes(one.metric, np.concatenate([one.statistics, two.statistics]))
    layers, metric, sides = (one.layer, two.layer), one.metric, (one.statistics, two.statistics)
    right = None if both is None else (both[:runs], both[runs:])
    if both is not None and both.shape[1] == len(where):
        # Two numbers for each example say what a table of all labels does.
        counted = np.stack([both, np.ones_like(both)], axis=2).astype(np.uint8)
        metric, sides = Metric(metric.name, shares.percent, metric.mode), (counted[:runs], counted[runs:])
    pair = Pair(tag, metric, sides[0][:, order], sides[1][:, order], where, shared)
    return Examples(pair, right, layers, one.direction, (one.seeds, two.seeds))


_Place = tuple[np.ndarray, np.ndarray, bool]
"""Places of the examples among the items, ascending; the order that makes them so; whether others have the items."""


def _places(samples: Mapping[str, Sample], run: Mapping[str, Any]) -> dict[str, _Place]:
    """Where the examples of each language stand, and whether they are items that other languages have too.

    Rows of two languages are the same item if they have one id, and ids mean something: rows that were made of those
    of the source language have its ids; of rows that were written in their own language, an id that is a mere number
    counts rows, and says nothing.
    """
    named = _numbers_are_names(run)
    ids = {tag: sample.items.to_pylist() for tag, sample in samples.items() if sample.items is not None}
    ids = {tag: own for tag, own in ids.items() if len(set(own)) == len(own) and (named or not _numbered(own))}
    counts = Counter(one for own in ids.values() for one in own)
    universe = {one: place for place, one in enumerate(counts)}
    found: dict[str, _Place] = {}
    for tag, sample in samples.items():
        own = ids.get(tag, ())
        if 2 * sum(counts[one] > 1 for one in own) > len(own):
            where = np.array([universe[one] for one in own], np.int64)
            order = np.argsort(where, kind="stable")
            found[tag] = where[order], order, True
        else:
            own_rows = np.arange(sample.statistics.shape[1])
            found[tag] = own_rows, own_rows, False
    return found


def _numbered(ids: Sequence[str]) -> bool:
    return all(one.isdecimal() for one in ids)


def _numbers_are_names(run: Mapping[str, Any]) -> bool:
    task = task_from(run["task"])
    return task.data.multiparallel if task.paired else task.made_by.get("test", "original") != "original"
