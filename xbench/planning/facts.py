"""What planning knows of the data: which slices exist, and what the training rows are."""

from __future__ import annotations

import json

from xbench.api import Kind, Slice, Task
from xbench.data import Library
from xbench.errors import Unavailable
from xbench.jobs import TrainSet
from xbench.plugins import Axis


class Facts:
    """Looks every slice up once. Reads training and dev rows for their digest, test rows never."""

    def __init__(self, library: Library, kinds: Axis[Kind]) -> None:
        self._library = library
        self._kinds = kinds
        self._missing: dict[str, str | None] = {}
        self._trainsets: dict[str, TrainSet] = {}

    def missing(self, piece: Slice) -> str | None:
        """Why a slice does not exist here, with the remedy; None if it does."""
        key = _key(piece)
        if key not in self._missing:
            self._missing[key] = self._library.missing(piece)
        return self._missing[key]

    def trainset(self, piece: Slice, task: Task) -> TrainSet:
        """A training or dev slice with the digest of its rows.

        Raises:
            Unavailable: It does not exist here.
        """
        if why := self.missing(piece):
            raise Unavailable(why)
        key = json.dumps([_key(piece), list(task.labels), sorted(map(str, task.settings.items()))])
        if key not in self._trainsets:
            try:
                rows = self._library.rows(piece, self._kinds[task.kind], task)
            except Unavailable as error:
                self._missing[_key(piece)] = str(error)
                raise
            self._trainsets[key] = TrainSet(piece, rows.digest, len(rows.rows), rows.revision)
        return self._trainsets[key]

    def size(self, piece: Slice) -> int | None:
        """Rows of a slice, if the data set's card says so."""
        try:
            size = self._library.size(piece)
        except Unavailable:
            return None
        return size if size is None or piece.limit is None else min(size, piece.limit)


def _key(piece: Slice) -> str:
    data = piece.data
    return json.dumps(
        [data.origin, data.repo, data.revision, data.join, data.shared, sorted(data.columns.items()),
         sorted(data.splits.items()),
         data.configs.get(piece.language), piece.language, piece.split, piece.source, piece.limit]
    )  # fmt: skip
