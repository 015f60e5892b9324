"""What planning knows of the data: which slices exist, and what the training rows are."""

from __future__ import annotations

import json
from dataclasses import replace

from xbench.api import Kind, Slice, Task, Translator
from xbench.data import Library, made
from xbench.errors import Unavailable
from xbench.jobs import Making, TrainSet
from xbench.planning.translators import Pinned, pin
from xbench.plugins import Axis


class Facts:
    """Looks every slice up once. Reads training and dev rows for their digest, test rows never.

    Attributes:
        library: Where the slices are.
    """

    def __init__(self, library: Library, kinds: Axis[Kind]) -> None:
        self.library = library
        self._kinds = kinds
        self._missing: dict[str, str | None] = {}
        self._trainsets: dict[str, TrainSet] = {}
        self._translators: dict[Translator, Pinned] = {}

    def missing(self, piece: Slice) -> str | None:
        """Why a slice does not exist here, with the remedy; None if it does."""
        key = _key(piece)
        if key not in self._missing:
            self._missing[key] = self.library.missing(piece)
        return self._missing[key]

    def trainset(self, piece: Slice, task: Task) -> TrainSet:
        """A training or dev slice with the digest of its rows.

        Raises:
            Unavailable: It does not exist here.
        """
        if why := self.missing(piece):
            raise Unavailable(why)
        if piece.translator is not None:
            return self._made(piece, piece.translator, task)
        key = json.dumps([_key(piece), list(task.labels), sorted(map(str, task.settings.items()))])
        if key not in self._trainsets:
            try:
                rows = self.library.rows(piece, self._kinds[task.kind], task)
            except Unavailable as error:
                self._missing[_key(piece)] = str(error)
                raise
            self._trainsets[key] = TrainSet(piece, rows.digest, len(rows.rows), rows.revision)
        return self._trainsets[key]

    def _made(self, piece: Slice, translator: Translator, task: Task) -> TrainSet:
        """A slice that is to be made, with the digest of what its rows rest on: neither they nor torch are needed."""
        kind = self._kinds[task.kind]
        pinned = self._pinned(made.carrier(kind).carrying(task, translator))
        piece = replace(piece, translator=pinned.translator)
        source = self.trainset(made.original(piece), task)
        digest = made.name(piece, source.digest, kind, task)
        making = Making(piece, kind, task, pinned.checkpoint, pinned.direction, pinned.aligner, digest)
        return TrainSet(piece, digest, source.rows, source.revision, making)

    def _pinned(self, translator: Translator) -> Pinned:
        if translator not in self._translators:
            self._translators[translator] = pin(translator)
        return self._translators[translator]

    def size(self, piece: Slice) -> int | None:
        """Rows of a slice, if the data set's card says so."""
        try:
            size = self.library.size(piece)
        except Unavailable:
            return None
        return size if size is None or piece.limit is None else min(size, piece.limit)


def _key(piece: Slice) -> str:
    data = piece.data
    return json.dumps(
        [data.origin, data.repo, data.revision, data.join, data.shared, sorted(data.columns.items()),
         sorted(data.splits.items()), data.configs.get(piece.language), piece.language, piece.split, piece.source,
         piece.limit, piece.draw, piece.translator and [piece.translator.source, piece.translator.target]]
    )  # fmt: skip
