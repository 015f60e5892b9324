"""What the runs of one number share, read from `run.json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xbench.store.keys import digest

TESTED = "tested"
"""As an aligner: the checkpoint under test, which makes other training rows of every checkpoint."""


def series_facts(run: Mapping[str, Any]) -> dict[str, Any]:
    """What two runs must share to be seeds of one number; the parts of their signatures."""
    task = run["task"]
    recipe = run["recipe"]
    return {
        "task": task["name"],
        "version": task["version"],
        "protocol": run["protocol"],
        "split": "test",
        "source": task["source"],
        "checkpoint": run["checkpoint"]["revision"].removeprefix("sha256:")[:8],
        "kind": f"{run['kind'][0]}.{run['kind'][1]}",
        # Every language with a fit of its own has training rows of its own: they pin the row, not the series.
        "train": None if run["per_language"] or not run["train"] else rows_digest(run["train"]),
        "made_by": None if run["per_language"] else run["train_made_by"] or None,
        "translator": translator(run) or None,
        "recipe": digest(recipe)[:8] if recipe else None,
        "epochs": recipe["epochs"] if recipe else None,
        "select": recipe["select"] if recipe else None,
        "max_length": task["max_length"],
        "settings": digest(task["settings"])[:8] if task["settings"] else None,
        "dtype": run["dtype"],
        "limit": run["limit"],
    }


def translator(run: Mapping[str, Any]) -> str:
    """Who translated training or test rows, and how labels came along: `nllb@4f1c2a9b/beams:4/both/mbert:8`.

    Empty for nobody. A name with {language} in it stands for a checkpoint for each direction: it has no one revision.
    """
    made = [part["translator"] for part in run["train"] if part.get("translator")]
    return "+".join(sorted({_translator(one) for one in (*made, run.get("read_by")) if one}))


def only_source(run: Mapping[str, Any]) -> bool:
    """Whether a fit learned from the rows of the source language and nothing else, whoever translates for others."""
    source = run["task"]["source"]
    return bool(run["train"]) and all(
        part["language"] == source and not part.get("translator") for part in run["train"]
    )


def _translator(made: Mapping[str, Any]) -> str:
    name, aligner = made["name"], made["aligner"]
    who = name if "{" in name else f"{name}@{made['revision'].removeprefix('sha256:')[:8]}"
    whose = aligner and f"{TESTED if aligner['tested'] else aligner['name']}:{aligner['layer']}"
    return "/".join(filter(None, [who, f"beams:{made['beams']}", made["carry"], whose]))


def rows_digest(train: Iterable[Mapping[str, Any]]) -> str:
    """What was learned from, whatever the door that it came in by."""
    return digest([[part["language"], part["split"], part["made_by"], part["digest"]] for part in train])[:8]
