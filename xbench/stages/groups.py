"""Scores by group of examples, such as the genre of a text: `accuracy[fiction]` beside `accuracy`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from xbench.api import Measure
from xbench.errors import XbenchError


def places(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Group -> the places of its rows, ascending; rows without a group are in none.

    Example:
        >>> places([{"group": "old"}, {}, {"group": "new"}, {"group": "old"}])
        {'new': [2], 'old': [0, 3]}
    """
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if "group" in row:
            found.setdefault(row["group"], []).append(place)
    return dict(sorted(found.items()))


def by_group(
    measures: Sequence[Measure], groups: Mapping[str, Sequence[int]], rows: int
) -> Iterator[tuple[Measure, Measure]]:
    """What is measured at the layer of the main number (everything, where there are no layers), group by group.

    Chance stays that of the whole: the pool that is searched is, and so is the majority answer.

    Args:
        measures: Of all rows.
        groups: As `places` gives them.
        rows: How many there are in all.

    Yields:
        A measure and its part that a group makes. A group on which a metric has no meaning, such as
        accuracy over words on sentences without any, has none.

    Raises:
        XbenchError: The statistics of a measure are not one row per example.
    """
    if not groups:
        return
    layers = {measure.layer for measure in measures if measure.main}
    for whole in measures:
        if len(whole.statistics) != rows:
            raise XbenchError(
                f"{whole.metric.name} has {len(whole.statistics)} rows of statistics for {rows} examples: a kind whose "
                "tasks have groups must give one for each, in their order"
            )
        for group, own in groups.items() if whole.layer in layers else ():
            statistics = whole.statistics[np.asarray(own)]
            if np.isfinite(whole.metric.value(statistics.sum(axis=0))):
                metric = replace(whole.metric, name=f"{whole.metric.name}[{group}]")
                yield whole, replace(whole, metric=metric, statistics=statistics, main=False)
