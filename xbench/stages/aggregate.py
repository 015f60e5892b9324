"""Scores of all runs of a results folder -> the tidy tables `scores.csv` and `languages.csv`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from xbench.api import Panel
from xbench.languages import Pretraining
from xbench.planning.garbage import not_collected
from xbench.planning.shares import shared
from xbench.plugins import Registry
from xbench.stages.asked import Asked, asked, cut
from xbench.stages.collect import Told, collect
from xbench.stages.described import Described
from xbench.stages.excerpt import Excerpt
from xbench.stages.rows import COLUMNS as COLUMNS
from xbench.stages.rows import Row, rows
from xbench.stages.table import header, lines
from xbench.store.layout import Store

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = ("seeds", "examples", "layer")
_NUMBERS = ("score", "sd", "ci_low", "ci_high", "chance")
_LANGUAGE = COLUMNS.index("language")
_sorted_by = itemgetter(*map(COLUMNS.index, ("over", "language", "metric", "layer", "direction", "signature")))

_WORTH = 12
"""Pieces for which another process is worth the second that it takes to begin."""


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
    plugged = [panel for panel in registry.panels.values() if not only or only.holds(panel.languages)]
    work = partial(_part, store=store, plugged=plugged, pretraining=pretraining or Pretraining(), only=only)
    parts = shared(work, cut(asked(store, only.checkpoints if only else None)), _WORTH)
    # Only now: what takes time here keeps the other processes waiting.
    import pandas as pd

    # What has no rows has no types either.
    kept = [part.scores for part in parts if len(part.scores)] or [parts[0].scores]
    first, second = parts[0].heads
    return Tables(
        pd.concat(kept, ignore_index=True),
        [first, *(part.scores_csv for part in parts)],
        [second, *(part.languages_csv for part in parts)],
    )


def _part(
    every: Sequence[Asked], store: Store, plugged: Sequence[Panel], pretraining: Pretraining, only: Excerpt | None
) -> _Part:
    described = Described(pretraining)
    with not_collected():
        scores = _frame([row for one in every for row in _rows(one, store, plugged, described.add, only)])
        languages = described.table(scores)
        heads = header(scores.columns), header(languages.columns)
        return _Part(scores, lines(scores), lines(languages), heads)


def _rows(one: Asked, store: Store, plugged: Sequence[Panel], told: Told, only: Excerpt | None) -> list[Row]:
    """Sorted."""
    every = collect(one.runs, store, told)
    scored = {language for series in every for language in series.tests}
    left = [gap for gap in one.gaps if gap[_LANGUAGE] not in scored]
    for series in every:
        series.lacking.update(gap[_LANGUAGE] for gap in left)
    if only:
        left = [gap for gap in left if gap[_LANGUAGE] in only.languages]
        every = [series for series in map(only.of, every) if series.tests]
    return sorted([*(row for series in every for row in rows(series, plugged)), *left], key=_order)


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
