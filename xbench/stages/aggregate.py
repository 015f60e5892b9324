"""Scores of all runs of a results folder -> the tidy tables `scores.csv` and `languages.csv`."""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.api import Panel, Score
from xbench.languages import Pretraining
from xbench.planning.shares import shared
from xbench.plugins import Registry
from xbench.stages.collect import Told, collect
from xbench.stages.described import Described
from xbench.stages.excerpt import Excerpt
from xbench.stages.rows import COLUMNS as COLUMNS
from xbench.stages.rows import Row, rows
from xbench.stages.table import header, lines
from xbench.store.layout import Store
from xbench.store.results import read_gaps, read_run
from xbench.store.signature import signature

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = ("seeds", "examples", "layer")
_NUMBERS = ("score", "sd", "ci_low", "ci_high", "chance")
_LANGUAGE = COLUMNS.index("language")
_sorted_by = itemgetter(*map(COLUMNS.index, ("over", "language", "metric", "layer", "direction", "signature")))

_PART = 16 << 20
"""Bytes of `scores.json` that become a part of the tables at once: as objects they take several times the memory."""
_WORTH = 3
"""Such parts for which another process is worth the second that it takes to begin."""


@dataclass(frozen=True)
class Tables:
    """Both tables, of everything.

    Attributes:
        scores: A row per score, with the columns `COLUMNS`, sorted.
        scores_csv: The same as the text of a file, in pieces.
        languages_csv: A row per main score of a language: what may explain it, see `Described.table`. Likewise.
    """

    scores: pd.DataFrame
    scores_csv: Sequence[bytes]
    languages_csv: Sequence[bytes]


@dataclass(frozen=True)
class _Part:
    """A part of them, without headers.

    Attributes:
        scores, scores_csv, languages_csv: As in `Tables`.
        heads: The first line of each file.
    """

    scores: pd.DataFrame
    scores_csv: bytes
    languages_csv: bytes
    heads: tuple[bytes, bytes]


@dataclass(frozen=True)
class _Asked:
    """Everything of one checkpoint, task and protocol.

    Attributes:
        runs: Folders of its runs.
        gaps: Rows of what cannot be had.
    """

    runs: list[Path] = field(default_factory=list)
    gaps: list[Row] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of its scores."""
        files = (folder / "scores.json" for folder in self.runs)
        return sum(file.stat().st_size for file in files if file.is_file())


def aggregate(
    store: Store, registry: Registry, pretraining: Pretraining | None = None, only: Excerpt | None = None
) -> Tables:
    """Reads every `scores.json` and every gap of a results folder, on all cores if there are many.

    Args:
        store: The folder.
        registry: Where panels are found.
        pretraining: What checkpoints were pretrained on; None for what the language table knows.
        only: What of it is meant; None for all.

    Raises:
        XbenchError: A file is half-written or of another layout, or two runs contradict each other.
    """
    import pandas as pd

    plugged = [panel for panel in registry.panels.values() if not only or only.holds(panel.languages)]
    work = partial(_part, store=store, plugged=plugged, pretraining=pretraining or Pretraining(), only=only)
    parts = shared(work, _cut(_asked(store, only)), _WORTH)
    # What has no rows has no types either.
    kept = [part.scores for part in parts if len(part.scores)] or [parts[0].scores]
    first, second = parts[0].heads
    return Tables(
        pd.concat(kept, ignore_index=True),
        [first, *(part.scores_csv for part in parts)],
        [second, *(part.languages_csv for part in parts)],
    )


def _asked(store: Store, only: Excerpt | None) -> list[_Asked]:
    """What there is, by checkpoint, task and protocol, in the order of these names."""
    found: dict[tuple[str, str, str], _Asked] = defaultdict(_Asked)
    for _, folders in groupby(store.runs(), attrgetter("parent")):
        own = list(folders)
        found[_names(own[0])].runs.extend(own)
    for path in store.all_gaps():
        for gap in _gaps(path):
            found[gap[:3]].gaps.append(gap)
    return [found[names] for names in sorted(found) if not only or names[0] in only.checkpoints]


def _cut(every: Iterable[_Asked]) -> list[list[_Asked]]:
    """In pieces of about equal size, at least one."""
    pieces: list[list[_Asked]] = [[]]
    size = 0
    for asked in every:
        if size >= _PART:
            pieces.append([])
            size = 0
        pieces[-1].append(asked)
        size += asked.size
    return pieces


def _part(
    every: Sequence[_Asked], store: Store, plugged: Sequence[Panel], pretraining: Pretraining, only: Excerpt | None
) -> _Part:
    described = Described(pretraining)
    with _nothing_collected():
        scores = _frame([row for asked in every for row in _rows(asked, store, plugged, described.add, only)])
        languages = described.table(scores)
        heads = header(scores.columns), header(languages.columns)
        return _Part(scores, lines(scores), lines(languages), heads)


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


def _rows(asked: _Asked, store: Store, plugged: Sequence[Panel], told: Told, only: Excerpt | None) -> list[Row]:
    """Sorted."""
    series = collect(asked.runs, store, told)
    scored = {language for one in series for language in one.tests}
    left = [gap for gap in asked.gaps if gap[_LANGUAGE] not in scored]
    for one in series:
        one.lacking.update(gap[_LANGUAGE] for gap in left)
    if only:
        left = [gap for gap in left if gap[_LANGUAGE] in only.languages]
        series = [one for one in map(only.of, series) if one.tests]
    return sorted([*(row for one in series for row in rows(one, plugged)), *left], key=_order)


def _names(folder: Path) -> tuple[str, str, str]:
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
