"""Predictions of two series -> the statistics of every example under both, language by language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from xbench.api import Kind, Measure, Metric, Task
from xbench.errors import XbenchError, closest
from xbench.jobs import task_from
from xbench.metrics import exact, shares
from xbench.metrics.paired import Pair
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
        items: Ids of the examples; empty where the statistics are not one for each row.
        seeds: Of the runs.
    """

    metric: Metric
    statistics: np.ndarray
    layer: int | None
    direction: str
    items: tuple[str, ...]
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
    """Reads predictions, each file once.

    Args:
        registry: Where kinds are found.
        metric: Name of the metric; empty for the one that each task is known by.
    """

    def __init__(self, registry: Registry, metric: str) -> None:
        self._registry = registry
        self._metric = metric
        self._known: dict[Path, Sample] = {}

    def sample(self, series: Series, language: str) -> Sample:
        """The examples of a language, over all its runs.

        Raises:
            XbenchError: Predictions are damaged, their kind is not installed, or the metric is not among its own.
        """
        kind = self._registry.kind(*series.run["kind"], f"{series.name} on {' '.join(series.place)}")
        task = task_from(series.run["task"])
        parts = sorted(series.languages[language].items())
        own = [self._part(part, kind, task) for _, part in parts]
        seeds = tuple(seed for seed, _ in parts)
        return replace(own[0], statistics=np.stack([one.statistics for one in own]), seeds=seeds)

    def _part(self, part: Part, kind: Kind, task: Task) -> Sample:
        if part.path not in self._known:
            table, facts = predictions.load(part.path)
            measure = _measure(kind.measures(table, task), self._metric, part.path)
            count = len(measure.statistics)
            # Tables with several layers repeat the ids; a kind may have other statistics than one for each row.
            named = "id" in table.column_names and count == facts["rows"]
            items = tuple(table["id"].slice(0, count).to_pylist()) if named else ()
            direction = neutral(measure.direction, facts["language"])
            self._known[part.path] = Sample(measure.metric, measure.statistics, measure.layer, direction, items)
        return self._known[part.path]


def _measure(every: Iterator[Measure], name: str, path: Path) -> Measure:
    """The measure that the task is known by, or that of another metric at the same layer in the same direction."""
    if not name:
        return next(measure for measure in every if measure.main)
    known = list(every)
    main = next(measure for measure in known if measure.main)
    for measure in known:
        if (measure.metric.name, measure.layer, measure.direction) == (name, main.layer, main.direction):
            return measure
    names = {measure.metric.name for measure in known}
    raise XbenchError(f"{path} has no metric {name!r}: {closest(name, names)}")


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
    ids = {
        tag: sample.items
        for tag, sample in samples.items()
        if len(set(sample.items)) == len(sample.items) and (named or not _numbered(sample.items))
    }
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
