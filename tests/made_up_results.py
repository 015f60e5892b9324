"""Results folders made up for tests and benchmarks: what a run leaves behind, without any model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from xbench.api import Data, Recipe, Task
from xbench.jobs import task_facts
from xbench.store import predictions
from xbench.store.files import write_json
from xbench.store.layout import asked
from xbench.store.layout import predictions as path_of

LABELS = ("yes", "no")
DATA = Data("made-up/topics", "main", {}, {"text": "text", "label": "label", "id": "id"}, "CC0", "made up")
TASK = Task("topics", 1, "classification", DATA, LABELS, Recipe(epochs=2), made_by={"test": "human"})
"""Whether a sentence is about something; rows in other languages are translations, so that ids are items."""


def digest(text: str) -> str:
    """Something that looks like a digest."""
    return hashlib.sha256(text.encode()).hexdigest()


def labels(right: np.ndarray, ids: Sequence[str] | None = None) -> pa.Table:
    """Predictions of a classification: every other gold label is yes.

    Args:
        right: Whether each is right, bool, (rows,).
        ids: Of the rows; numbers unless given.
    """
    gold = [LABELS[place % 2] for place in range(len(right))]
    predicted = [label if good else LABELS[1 - LABELS.index(label)] for label, good in zip(gold, right, strict=True)]
    names = [str(place) for place in range(len(right))] if ids is None else list(ids)
    return pa.table({"id": names, "gold": gold, "prediction": predicted})


def run(
    out: Path,
    checkpoint: str,
    tables: Mapping[str, pa.Table],
    task: Task = TASK,
    seed: int | None = 1,
    protocol: str = "zero-shot",
    revision: str = "",
    facts: Mapping[str, Any] | None = None,
    collapsed: bool = False,
    **changes: Any,
) -> Path:
    """Writes a run and its predictions.

    Args:
        out: Results folder.
        checkpoint: Its name.
        tables: Language -> predictions.
        task: What was run; a recipe or none.
        seed: None for a run without chance.
        protocol: Name of the protocol.
        revision: Of the checkpoint; made of its name unless given.
        facts: Of every file of predictions, besides what is usual.
        collapsed: Whether the fit learned nothing.
        changes: Of `run.json`, by the name of a field.

    Returns:
        The run's folder.
    """
    key = digest(json.dumps([checkpoint, revision, task.name, task.version, protocol, seed, str(changes)]))
    folder = out / asked(checkpoint, task.name, protocol) / f"seed-{seed or 0}-{key[:8]}"
    fit = None if seed is None else f"fits/{key[:16]}"
    trained = {
        "repo": task.data.repo, "revision": "main", "language": "en", "split": "train", "made_by": "original",
        "rows": 9, "digest": digest("train"),
    }  # fmt: skip
    write_json(
        folder / "run.json",
        {
            "key": key,
            "checkpoint": {
                "name": checkpoint, "location": checkpoint, "model_type": "bert",
                "revision": f"sha256:{digest(revision or checkpoint)}",
            },
            "task": task_facts(task),
            "kind": [task.kind, 1],
            "protocol": protocol,
            "per_language": False,
            "seed": seed,
            "fit": fit,
            "train": [] if seed is None else [trained],
            "train_made_by": "" if seed is None else "original",
            "recipe": {"epochs": 2, "select": "last"} if seed is not None else None,
            "dtype": "fp32",
            "limit": None,
            "data": {"repo": task.data.repo},
            "device": "cpu",
            "versions": {},
            **changes,
        },
    )  # fmt: skip
    if fit:
        verdict = {"status": "degenerate" if collapsed else "ok"}
        told = {"key": key, "train": [], "verdict": verdict, "device": "cpu", "seconds": 1.0}
        write_json(out / fit / "fit.json", told)
    for language, table in tables.items():
        own = {
            "run": key, "task": task.name, "language": language, "data_code": language, "split": "test",
            "made_by": "human", "repo": task.data.repo, "revision": "main", "note": "", "rows": table.num_rows,
            "digest": digest(f"{task.name} {language}"), "groups": {}, "sub_tokens": 10 * table.num_rows, "unknown": 0,
            "truncated": 0, "max_length": 128, "device": "cpu", "seconds": 0.1, **(facts or {}),
        }  # fmt: skip
        predictions.save(path_of(folder, language), table, own)
    return folder


def numbered(task: Task, **data: Any) -> Task:
    """The task with rows that were written in every language, not translated."""
    return replace(task, made_by={}, data=replace(task.data, **data))
