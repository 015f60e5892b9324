"""Predictions of made-up runs: so many answers are right as a checkpoint is good, each of them by chance."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from xbench.api import Task
from xbench.store import predictions
from xbench.store.layout import predictions as path_of

_WORDS = 8
"""Of a sentence, where words are tagged."""


def write(folder: Path, key: str, task: Task, tag: str, rows: int, right: float, random: np.random.Generator) -> None:
    """Writes the predictions of a language.

    Args:
        folder: Of the run.
        key: Of the run.
        task: Of classification or tagging.
        tag: Canonical tag of the language.
        rows: How many; with the same answers in every run.
        right: Share of the answers that the checkpoint knows, 0 to 1.
        random: What the others are drawn from.
    """
    tagged = task.kind == "tagging"
    shape = (rows, _WORDS) if tagged else (rows,)
    gold = np.random.default_rng(int(_sha(f"{task.name} {tag} gold")[:8], 16)).integers(0, len(task.labels), shape)
    other = (gold + random.integers(1, len(task.labels), shape)) % len(task.labels)
    sides = (gold, np.where(random.random(shape) < right, gold, other))
    columns = [_lists(side, task.labels) if tagged else _texts(side, task.labels) for side in sides]
    table = pa.table({"id": list(map(str, range(rows))), "gold": columns[0], "prediction": columns[1]})
    facts = {
        "run": key, "task": task.name, "language": tag, "data_code": tag, "split": "test", "made_by": "human",
        "repo": task.data.repo, "revision": _sha(task.name)[:40], "note": "", "rows": rows, "groups": {},
        "digest": _sha(f"{task.name} {tag} test"), "sub_tokens": 36 * rows, "unknown": 12, "truncated": 3,
        "max_length": task.max_length, "device": "cuda:0", "seconds": 1.0,
    }  # fmt: skip
    predictions.save(path_of(folder, tag), table, facts)


def _texts(numbers: np.ndarray, labels: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers.ravel(), pa.int32()), list(labels)).cast(pa.string())


def _lists(numbers: np.ndarray, labels: Sequence[str]) -> pa.Array:
    starts = pa.array(np.arange(0, numbers.size + 1, _WORDS), pa.int32())
    return pa.ListArray.from_arrays(starts, _texts(numbers, labels))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
