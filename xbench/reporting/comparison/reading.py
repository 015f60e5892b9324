"""From a results folder to series: the predictions that make one number, by language and seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xbench.errors import XbenchError
from xbench.store import predictions
from xbench.store.keys import digest
from xbench.store.layout import Store
from xbench.store.results import read_fit, read_gaps
from xbench.store.series import only_source, rows_digest, series_facts

Run = tuple[Path, dict[str, Any]]
"""Folder of a run, and its `run.json`."""


@dataclass(frozen=True)
class Part:
    """Predictions of one language by one run.

    Attributes:
        path: The file.
        facts: What it says of itself.
        own: Digest of the training rows, where every language has a fit of its own; empty elsewhere.
        collapsed: Whether the fit learned nothing.
    """

    path: Path
    facts: dict[str, Any]
    own: str
    collapsed: bool


@dataclass(frozen=True)
class Series:
    """The runs of one checkpoint that differ in nothing but their seed (and, fit by fit, their language).

    Attributes:
        name: Of the checkpoint.
        revision: Eight characters of it.
        run: `run.json` of one of them.
        facts: What others must share to be compared.
        languages: Canonical tag -> seed (0 without chance) -> predictions.
    """

    name: str
    revision: str
    run: dict[str, Any]
    facts: dict[str, Any]
    languages: dict[str, dict[int, Part]] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str]:
        """Task and protocol."""
        return self.run["task"]["name"], self.run["protocol"]

    @property
    def seeded(self) -> bool:
        """Whether chance takes part."""
        return self.run["seed"] is not None


_PREDICTIONS = ("run", "language", "digest", "rows", "sub_tokens", "unknown", "content")


def revision(run: dict[str, Any]) -> str:
    """Eight characters of the checkpoint's revision."""
    return str(run["checkpoint"]["revision"]).removeprefix("sha256:")[:8]


def collect(store: Store, chosen: Iterable[Run]) -> list[Series]:
    """Runs as series.

    Raises:
        XbenchError: Predictions are of another run or damaged, or one seed was run twice.
    """
    found: dict[str, Series] = {}
    plain: dict[str, set[str]] = {}
    for folder, run in chosen:
        facts = {name: value for name, value in series_facts(run).items() if name != "checkpoint"}
        key = digest([run["checkpoint"]["name"], revision(run), facts])
        one = found.setdefault(key, Series(run["checkpoint"]["name"], revision(run), run, facts))
        paths = sorted((folder / "predictions").glob("*.parquet"))
        fit = read_fit(store.root, run["fit"]) if paths and run["fit"] else {}
        collapsed = bool(fit) and fit["verdict"]["status"] == "degenerate"
        for path in paths:
            own = rows_digest(run["train"]) if run["per_language"] else ""
            part = Part(path, predictions.facts(path), own, collapsed)
            if lacking := [name for name in _PREDICTIONS if name not in part.facts]:
                raise predictions.damaged(path, f"another version of xbench wrote it, without {', '.join(lacking)}")
            if part.facts["run"] != run["key"]:
                raise predictions.damaged(path, "it belongs to another run")
            seeds, seed = one.languages.setdefault(part.facts["language"], {}), run["seed"] or 0
            if seed in seeds:
                raise XbenchError(
                    f"{path} and {seeds[seed].path} are the same language and seed of one series: remove the folder of "
                    "the run that you do not want"
                )
            seeds[seed] = part
            if run["per_language"] and only_source(run):
                plain.setdefault(key, set()).add(part.facts["language"])
    return _shared(found, plain)


def _shared(found: dict[str, Series], plain: dict[str, set[str]]) -> list[Series]:
    """As in `scores.csv`, the source language's own fit, which knows of no translator, in the series of each."""
    alone: set[str] = set()
    for key, own in plain.items():
        one = found[key]
        homes = [
            home
            for home in found.values()
            if home.facts["translator"]
            and (home.name, home.revision) == (one.name, one.revision)
            and {**home.facts, "translator": None} == one.facts
        ]
        for home in homes:
            home.languages.update({tag: one.languages[tag] for tag in own})
        alone |= {key} if homes and set(one.languages) == own else set()
    return [one for key, one in found.items() if key not in alone]


def reasons(store: Store) -> dict[tuple[str, str, str], dict[str, str]]:
    """Checkpoint, task and protocol -> language -> why it cannot be had."""
    gaps = map(read_gaps, store.all_gaps())
    return {(gap["checkpoint"], gap["task"], gap["protocol"]): gap["languages"] for gap in gaps}
