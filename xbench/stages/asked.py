"""What a results folder has, by checkpoint, task and protocol: runs and gaps, in pieces that are worked on apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from xbench.api import Score
from xbench.stages.rows import COLUMNS, Row
from xbench.store.layout import Store
from xbench.store.results import read_gaps, read_run
from xbench.store.signature import signature

_PIECE = 4 << 20
"""Bytes of `scores.json` in a piece: as objects and as rows of a table they take several times the memory."""


@dataclass(frozen=True)
class Asked:
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


def asked(store: Store, checkpoints: Collection[str] | None = None) -> list[Asked]:
    """What there is, by checkpoint, task and protocol, in the order of these names; of these checkpoints, or of all."""
    found: dict[tuple[str, str, str], Asked] = defaultdict(Asked)
    for _, folders in groupby(store.runs(), attrgetter("parent")):
        own = list(folders)
        found[_names(own[0])].runs.extend(own)
    for path in store.all_gaps():
        for gap in _gaps(path):
            found[gap[:3]].gaps.append(gap)
    return [found[names] for names in sorted(found) if checkpoints is None or names[0] in checkpoints]


def cut(every: Iterable[Asked]) -> list[list[Asked]]:
    """In pieces of about equal size, at least one."""
    pieces: list[list[Asked]] = [[]]
    size = 0
    for one in every:
        if size >= _PIECE:
            pieces.append([])
            size = 0
        pieces[-1].append(one)
        size += one.size
    return pieces


def _names(folder: Path) -> tuple[str, str, str]:
    """Checkpoint, task and protocol of a run."""
    run = read_run(folder)
    return run["checkpoint"]["name"], run["task"]["name"], run["protocol"]


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
