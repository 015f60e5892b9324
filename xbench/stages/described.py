"""What is known of a language beside its score -> `languages.csv`: why a number may be what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xbench.errors import XbenchError
from xbench.languages import Pretraining, language
from xbench.languages.filters import SEEN
from xbench.store.series import rows_digest
from xbench.store.signature import part

if TYPE_CHECKING:
    import pandas as pd

_SCORED = (
    "checkpoint", "task", "protocol", "language", "metric", "score", "ci_low", "ci_high", "chance", "examples",
    "source_language", "status",
)  # fmt: skip
"""Columns that are those of `scores.csv`."""
_LANGUAGE = ("name", "script", "family", "branch", "resource_class")
_COUNTED = ("characters", "words", "sub_tokens", "unknown", "unknown_characters")
_SHARES = (
    ("sub_tokens_per_word", "sub_tokens", "words"),
    ("sub_tokens_per_character", "sub_tokens", "characters"),
    ("unknown_share", "unknown", "sub_tokens"),
    ("unknown_character_share", "unknown_characters", "characters"),
    ("repeated_share", "repeated", "rows"),
)
"""Name, and what is divided by what."""

_Key = tuple[str, ...]
"""Checkpoint, its revision, task, protocol, what was learned from, language, test rows."""


@dataclass
class Described:
    """What the runs of a results folder say of their texts, run by run.

    Attributes:
        pretraining: Who was pretrained on what.
    """

    pretraining: Pretraining = field(default_factory=Pretraining)
    _found: dict[_Key, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, run: Mapping[str, Any], languages: Mapping[str, Mapping[str, Any]]) -> None:
        """Takes what a run says; its seeds say the same.

        Args:
            run: `run.json`.
            languages: Language -> its entry in `scores.json`.
        """
        checkpoint = run["checkpoint"]
        revision = checkpoint["revision"].removeprefix("sha256:")[:8]
        learned = rows_digest(run["train"]) if run["train"] or run["per_language"] else ""
        shared = (checkpoint["name"], revision, run["task"]["name"], run["protocol"], learned)
        for tag, entry in languages.items():
            known = {"rows": entry["rows"], "repeated": entry.get("repeated"), **(entry.get("text") or {})}
            self._found[(*shared, tag, entry["digest"][:8])] = known

    def table(self, scores: pd.DataFrame) -> pd.DataFrame:
        """A row per main score of a language, in the order of the scores; empty where nobody said.

        Args:
            scores: As `scores.csv`.
        """
        import numpy as np
        import pandas as pd

        own = scores[scores["main"].astype(bool) & (scores["language"] != "")]
        tags, checkpoints = own["language"].tolist(), own["checkpoint"].tolist()
        known = {tag: _language(tag) for tag in set(tags)}
        facts = {name: [known[tag][name] for tag in tags] for name in _LANGUAGE}
        texts = [self._found.get(key, {}) for key in _keys(own)]
        counts = {name: [text.get(name) for text in texts] for name in (*_COUNTED, "rows", "repeated")}
        shares = {name: list(map(_share, counts[part], counts[whole])) for name, part, whole in _SHARES}
        # All at once: a column that is added to a frame takes longer than it takes to be made.
        return pd.DataFrame(
            {name: own[name] for name in _SCORED}
            | {name: pd.Series(values, own.index, object) for name, values in facts.items()}
            | {"resource_class": pd.array(facts["resource_class"], "Int64")}
            | {"seen": list(map(self._seen, checkpoints, tags))}
            | {name: pd.array(values, "Int64") for name, values in counts.items()}
            | {name: np.array(values, np.float64) for name, values in shares.items()}
            | {"signature": own["signature"]}
        ).reset_index(drop=True)

    def _seen(self, checkpoint: str, tag: str) -> str:
        try:
            return SEEN[self.pretraining.seen(checkpoint, tag)]
        except XbenchError:
            return SEEN[None]


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else part / whole


def _keys(own: pd.DataFrame) -> Iterator[_Key]:
    names = ("checkpoint", "task", "protocol", "language", "signature")
    for checkpoint, task, protocol, tag, text in zip(*(own[name].tolist() for name in names), strict=True):
        # A language with a fit of its own has rows of its own that it learned from.
        learned = part(text, "own") or part(text, "train")
        yield checkpoint, part(text, "checkpoint"), task, protocol, learned, tag, part(text, "data")


def _language(tag: str) -> dict[str, Any]:
    try:
        known = language(tag)
    except XbenchError:
        # A user's own task may have a language that no table knows.
        return {"name": tag, "script": "", "family": "", "branch": "", "resource_class": None}
    return {
        "name": known.name or tag,
        "script": known.script,
        "family": known.family,
        "branch": known.branch,
        "resource_class": known.resource_class,
    }
