"""What tokenizers make of slices, remembered on this machine: no slice is tokenised twice by the same tokenizer.

A tokenizer is known by what it does and not by whose it is, so that the checkpoints of one pretraining share what is
here, and so do seeds, protocols and processes.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
import orjson

import xbench
from xbench.api import Features, Kind, Task, Textual
from xbench.data import Rows
from xbench.jobs import plain
from xbench.kinds import texts
from xbench.kinds.texts import Counts
from xbench.store.arrays import cached_arrays
from xbench.store.keys import digest

_VERSION = 1
"""Raised when what kinds share, such as packing, comes to other numbers; a kind's own version counts besides."""

_COUNTED = ("truncated", "unknown")
"""What of `Features` is a number and no array."""


@dataclass(frozen=True)
class Tokenizer:
    """A fast tokenizer of transformers, and what it is known by."""

    own: Any

    @cached_property
    def digest(self) -> str:
        """sha256 over all that tells what it makes of a text, hex."""
        # Every call leaves behind to what length it cut and padded, which is asked of each anew.
        rules = {**orjson.loads(self.own.backend_tokenizer.to_str()), "truncation": None, "padding": None}
        special = [getattr(self.own, f"{name}_token_id") for name in ("unk", "pad", "cls", "sep", "mask")]
        how = [list(self.own.model_input_names), self.own.truncation_side, self.own.split_special_tokens]
        who = [type(self.own).__name__, *(f"{name} {version(name)}" for name in ("tokenizers", "transformers"))]
        # A vocabulary is large: not by way of `digest`, which writes it a letter at a time.
        return hashlib.sha256(orjson.dumps([rules, special, how, who], option=orjson.OPT_SORT_KEYS)).hexdigest()


def features(rows: Rows, kind: Kind, task: Task, tokenizer: Tokenizer, max_length: int) -> Features:
    """Rows as integers.

    Args:
        rows: Read only where nothing is remembered.
        kind: Encodes them.
        task: Its labels and settings are the kind's.
        tokenizer: Of the checkpoint.
        max_length: Sub-tokens per sequence.
    """

    def make() -> dict[str, np.ndarray]:
        made = kind.encode(rows.rows, tokenizer.own, task, max_length)
        arrays = {field.name: getattr(made, field.name) for field in fields(Features)}
        return arrays | {name: np.array([arrays[name]], np.int64) for name in _COUNTED}

    key = digest([*_pinned(rows, kind), tokenizer.digest, max_length, list(task.labels), plain(task.settings)])
    found: dict[str, Any] = dict(cached_arrays("features", key, make))
    return Features(**{**found, **{name: int(found[name][0]) for name in _COUNTED}})


def counts(rows: Rows, kind: Kind, tokenizer: Tokenizer) -> Counts | None:
    """What the tokenizer makes of the texts in the language of the slice; None if the kind names none."""
    if not isinstance(kind, Textual):
        return None
    read = kind.texts

    def make() -> dict[str, np.ndarray]:
        own = texts.counted([text for row in rows.rows for text in read(row)], tokenizer.own)
        return {"counts": np.array(astuple(own), np.int64)}

    key = digest([*_pinned(rows, kind), tokenizer.digest])
    return Counts(*cached_arrays("counts", key, make)["counts"].tolist())


def identities(rows: Rows, kind: Kind) -> np.ndarray | None:
    """What rows say, as `texts.identities` has it, uint64, (rows,); None if the kind names no texts."""
    if not isinstance(kind, Textual):
        return None
    own = kind
    key = digest(_pinned(rows, kind))
    return cached_arrays("identities", key, lambda: {"identities": texts.identities(rows.rows, own)})["identities"]


def _pinned(rows: Rows, kind: Kind) -> list[Any]:
    # The version of xbench too: whoever forgets to raise the other two harms nobody who installs the next one.
    return [_VERSION, xbench.__version__, kind.name, kind.version, rows.content]
