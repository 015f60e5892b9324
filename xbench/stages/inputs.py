"""Tokenised slices, shared by the fits and runs of one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from xbench.api import Features, Kind, Slice, Task, Textual
from xbench.data import Library, Rows
from xbench.errors import XbenchError
from xbench.jobs import Checkpoint, TrainSet, plain
from xbench.kinds.texts import Counts, counted, identities
from xbench.store.keys import digest

_KEEP_BYTES = 1 << 30
_ROW_BYTES = 600
"""Of a row of text as Python holds it, roughly."""


@dataclass(frozen=True)
class Encoded:
    """A slice as rows and as integers, with what reads the integers."""

    kind: Kind
    rows: Rows
    features: Features
    tokenizer: Any
    max_length: int

    @property
    def pad(self) -> int:
        """Padding id."""
        return int(self.tokenizer.pad_token_id or 0)

    @cached_property
    def counts(self) -> Counts | None:
        """What the tokenizer makes of the texts in the language of the slice; None if the kind names none."""
        if not isinstance(self.kind, Textual):
            return None
        return counted([text for row in self.rows.rows for text in self.kind.texts(row)], self.tokenizer)

    @cached_property
    def identities(self) -> np.ndarray | None:
        """What its rows say, (rows,); None if the kind names no texts."""
        return identities(self.rows.rows, self.kind) if isinstance(self.kind, Textual) else None


@dataclass
class Inputs:
    """Encodes slices; remembers the recent ones, since every seed and protocol reads the same."""

    library: Library
    _tokenizers: dict[tuple[str, str], Any] = field(default_factory=dict)
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
        max_length = longest(checkpoint, tokenizer, task.max_length)
        declared = digest([task.labels, plain(task.settings)])
        key = (checkpoint.revision, kind.name, rows.digest, str(max_length), declared)
        if key not in self._encoded:
            encoded = Encoded(kind, rows, kind.encode(rows.rows, tokenizer, task, max_length), tokenizer, max_length)
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
        if not isinstance(kind, Textual):
            return None
        found = []
        for one in trainsets:
            key = (kind.name, one.digest)
            if key not in self._learned:
                try:
                    rows = self.library.rows(one.slice, kind, task).rows
                except XbenchError:
                    return None
                self._learned[key] = np.unique(identities(rows, kind))
            found.append(self._learned[key])
        return np.unique(np.concatenate(found)) if found else None

    def _tokenizer(self, checkpoint: Checkpoint) -> Any:
        from xbench.model.loading import load_tokenizer

        key = (checkpoint.location, checkpoint.revision)
        if key not in self._tokenizers:
            self._tokenizers[key] = load_tokenizer(checkpoint)
        return self._tokenizers[key]


def _size(encoded: Encoded) -> int:
    features = encoded.features
    arrays = (features.ids, features.types, features.offsets, features.rows, features.marks, features.labels)
    return sum(array.nbytes for array in arrays) + _ROW_BYTES * len(encoded.rows.rows)
