"""Scores of all runs of a results folder -> the tidy table `scores.csv`."""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.api import Score
from xbench.plugins import Registry
from xbench.stages.collect import Told, collect
from xbench.stages.part import Part
from xbench.stages.rows import COLUMNS as COLUMNS
from xbench.stages.rows import Row, rows
from xbench.store.layout import Store
from xbench.store.results import read_gaps, read_run
from xbench.store.signature import signature

if TYPE_CHECKING:
    import pandas as pd

Asked = tuple[str, str, str]
"""Checkpoint, task and protocol."""

_COUNTS = ("seeds", "examples", "layer")
_NUMBERS = ("score", "sd", "ci_low", "ci_high", "chance")
_LANGUAGE = COLUMNS.index("language")
_sorted_by = itemgetter(*map(COLUMNS.index, ("over", "language", "metric", "layer", "direction", "signature")))
_BATCH = 20_000
"""Rows that become a table at once: as objects they take several times the memory."""


def _unheard(run: Mapping[str, Any], scored: Mapping[str, Any]) -> None:
    """Nobody asked."""


def aggregate(store: Store, registry: Registry, told: Told = _unheard, part: Part | None = None) -> pd.DataFrame:
    """Reads every `scores.json` and every gap of a results folder.

    Args:
        store: The folder.
        registry: Where panels are found.
        told: Is told of every run as it is read, since to read them takes most of the time.
        part: What of it is meant; None for all.

    Returns:
        A row per score, with the columns `COLUMNS`, sorted.

    Raises:
        XbenchError: A file is half-written or of another layout, or two runs contradict each other.
    """
    import pandas as pd

    parts: list[pd.DataFrame] = []
    batch: list[Row] = []
    with _nothing_collected():
        for rows_of in _all_rows(store, registry, told, part):
            batch += rows_of
            if len(batch) >= _BATCH:
                parts.append(_frame(batch))
                batch = []
        if batch or not parts:
            parts.append(_frame(batch))
    return pd.concat(parts, ignore_index=True)


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without the collector of cycles, which would go through millions of values again and again and find none."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _all_rows(store: Store, registry: Registry, told: Told, part: Part | None) -> Iterator[list[Row]]:
    """Rows in their order, from what each checkpoint did on a task under a protocol: that is done with then."""
    runs: dict[Asked, list[Path]] = defaultdict(list)
    for _, folders in groupby(store.runs(), attrgetter("parent")):
        own = list(folders)
        runs[_names(own[0])] += own
    plugged: Mapping[str, Sequence[str]] = {panel.name: panel.languages for panel in registry.panels.values()}
    plugged = part.panels(plugged) if part else plugged
    gaps: dict[Asked, list[Row]] = defaultdict(list)
    for path in store.all_gaps():
        for gap in _gaps(path):
            gaps[gap[:3]].append(gap)
    for asked in sorted({*runs, *gaps}):
        if part and asked[0] not in part.checkpoints:
            continue
        series = collect(runs[asked], store, told)
        scored = {language for one in series for language in one.tests}
        left = [gap for gap in gaps[asked] if gap[_LANGUAGE] not in scored]
        for one in series:
            one.lacking.update(gap[_LANGUAGE] for gap in left)
        if part:
            left = [gap for gap in left if gap[_LANGUAGE] in part.languages]
            series = [one for one in (part.of(one) for one in series) if one.tests]
        yield sorted([*(row for one in series for row in rows(one, plugged)), *left], key=_order)


def _names(folder: Path) -> Asked:
    """Checkpoint, task and protocol of a run."""
    run = read_run(folder)
    return run["checkpoint"]["name"], run["task"]["name"], run["protocol"]


def _order(row: Row) -> tuple[Any, ...]:
    over, language, metric, layer, direction, signature = _sorted_by(row)
    return over, language, metric, -1 if layer is None else layer, direction, signature


def _frame(batch: Sequence[Row]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    values: dict[str, Any] = {name: [] for name in COLUMNS}
    values.update(zip(COLUMNS, map(list, zip(*batch, strict=True)), strict=False))
    for name in _COUNTS:
        values[name] = pd.array(values[name], dtype="Int64")
    for name in _NUMBERS:
        values[name] = np.array(values[name], np.float64)
    return pd.DataFrame(values)


def _gaps(path: Path) -> Iterator[Row]:
    found = read_gaps(path)
    checkpoint, task, protocol, metric = (found[name] for name in ("checkpoint", "task", "protocol", "metric"))
    said = signature({"task": task, "protocol": protocol, "metric": metric})
    for language, reason in sorted(found["languages"].items()):
        row = Score(
            checkpoint=checkpoint, task=task, protocol=protocol, language=language, over="", metric=metric, main=True,
            score=None, sd=None, seeds=0, by_seed="", ci_low=None, ci_high=None, chance=None, examples=None,
            source_language=found["source_language"], train_made_by="", layer=None, direction="", split="test",
            status="unavailable", reason=reason, note="", signature=said,
        )  # fmt: skip
        yield tuple(getattr(row, name) for name in COLUMNS)
