"""Tokenised slices, shared by the fits and runs of one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from xbench.api import Features, Kind, Slice, Task
from xbench.data import Library, Rows
from xbench.errors import XbenchError
from xbench.jobs import Checkpoint, TrainSet, plain
from xbench.kinds import tokenised
from xbench.kinds.texts import Counts
from xbench.kinds.tokenised import Tokenizer
from xbench.store.keys import digest

_KEEP_BYTES = 1 << 30
_ROW_BYTES = 800
"""Of a row of text, as JSON and as Python holds it, roughly."""


@dataclass(frozen=True)
class Encoded:
    """A slice as rows and as integers, with what reads the integers."""

    kind: Kind
    rows: Rows
    features: Features
    known: Tokenizer
    max_length: int

    @property
    def tokenizer(self) -> Any:
        """As transformers has it."""
        return self.known.own

    @property
    def pad(self) -> int:
        """Padding id."""
        return int(self.tokenizer.pad_token_id or 0)

    @cached_property
    def counts(self) -> Counts | None:
        """What the tokenizer makes of the texts in the language of the slice; None if the kind names none."""
        return tokenised.counts(self.rows, self.kind, self.known)

    @cached_property
    def identities(self) -> np.ndarray | None:
        """What its rows say, (rows,); None if the kind names no texts."""
        return tokenised.identities(self.rows, self.kind)


@dataclass
class Inputs:
    """Encodes slices; remembers the recent ones, since every seed and protocol reads the same."""

    library: Library
    _tokenizers: dict[tuple[str, str], Tokenizer] = field(default_factory=dict)
    _encoded: OrderedDict[tuple[str, ...], Encoded] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _learned: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def __call__(self, checkpoint: Checkpoint, kind: Kind, task: Task, piece: Slice) -> Encoded:
        """Rows and features of a slice under a checkpoint's tokenizer.

        Raises:
            Unavailable: The slice does not exist.
        """
        from xbench.model.loading import longest

        rows = self.library.rows(piece, kind, task)
        tokenizer = self._tokenizer(checkpoint)
        max_length = longest(checkpoint, tokenizer.own, task.max_length)
        declared = digest([task.labels, plain(task.settings)])
        # Rows that rest on others may say the same as these, and are known by their own name all the same.
        key = (tokenizer.digest, kind.name, rows.digest, rows.content, str(max_length), declared)
        if key not in self._encoded:
            features = tokenised.features(rows, kind, task, tokenizer, max_length)
            encoded = Encoded(kind, rows, features, tokenizer, max_length)
            self._encoded[key] = encoded
            self._bytes += _size(encoded)
            while self._bytes > _KEEP_BYTES and len(self._encoded) > 1:
                self._bytes -= _size(self._encoded.popitem(last=False)[1])
        self._encoded.move_to_end(key)
        return self._encoded[key]

    def learned(self, kind: Kind, task: Task, trainsets: Iterable[TrainSet]) -> np.ndarray | None:
        """What the rows that were learned from say, ascending.

        Returns:
            None where nobody can say: nothing was learned here, the kind names no texts, or rows that were made are
            not kept any more.
        """
        found = []
        for one in trainsets:
            key = (kind.name, one.digest)
            if key not in self._learned:
                try:
                    rows = self.library.rows(one.slice, kind, task)
                except XbenchError:
                    return None
                if (said := tokenised.identities(rows, kind)) is None:
                    return None
                self._learned[key] = np.unique(said)
            found.append(self._learned[key])
        return np.unique(np.concatenate(found)) if found else None

    def _tokenizer(self, checkpoint: Checkpoint) -> Tokenizer:
        from xbench.model.loading import load_tokenizer

        key = (checkpoint.location, checkpoint.revision)
        if key not in self._tokenizers:
            self._tokenizers[key] = Tokenizer(load_tokenizer(checkpoint))
        return self._tokenizers[key]


def _size(encoded: Encoded) -> int:
    features = encoded.features
    arrays = (features.ids, features.types, features.offsets, features.rows, features.marks, features.labels)
    return sum(array.nbytes for array in arrays) + _ROW_BYTES * len(encoded.rows)
