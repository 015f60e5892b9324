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
    """Looks every slice up once. Reads training and dev rows for their digest, test rows only to have them translated.

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
            return self._made(piece, task)
        key = json.dumps([_key(piece), list(task.labels), sorted(map(str, task.settings.items()))])
        if key not in self._trainsets:
            try:
                rows = self.library.rows(piece, self._kinds[task.kind], task)
            except Unavailable as error:
                self._missing[_key(piece)] = str(error)
                raise
            self._trainsets[key] = TrainSet(piece, rows.digest, len(rows), rows.revision)
        return self._trainsets[key]

    def test(self, piece: Slice, task: Task) -> Slice:
        """A test slice, with whoever translates it pinned.

        Raises:
            Unavailable: It does not exist here, or cannot be translated.
        """
        if why := self.missing(piece):
            raise Unavailable(why)
        if piece.translator is None:
            return piece
        return replace(piece, translator=self._pinned(piece, task).translator)

    def making(self, piece: Slice, task: Task) -> Making:
        """How a translated slice is made.

        Raises:
            Unavailable: There are no rows to translate, or nobody who translates them.
        """
        return self._making(piece, task, self._source(piece, task))

    def _made(self, piece: Slice, task: Task) -> TrainSet:
        """A slice that is to be made, with the digest of what its rows rest on: neither they nor torch are needed."""
        source = self._source(piece, task)
        making = self._making(piece, task, source)
        return TrainSet(making.slice, making.digest, source.rows, source.revision, making)

    def _source(self, piece: Slice, task: Task) -> TrainSet:
        return self.trainset(made.original(piece), task)

    def _making(self, piece: Slice, task: Task, source: TrainSet) -> Making:
        kind, pinned = self._kinds[task.kind], self._pinned(piece, task)
        piece = replace(piece, translator=pinned.translator)
        digest = made.name(piece, source.digest, kind, task)
        return Making(piece, kind, task, pinned.checkpoint, pinned.direction, pinned.aligner, digest)

    def _pinned(self, piece: Slice, task: Task) -> Pinned:
        translator = made.settled(piece, self._kinds[task.kind], task)
        if translator not in self._translators:
            found = pin(translator)
            # One that is pinned is called as results call it, by which a folder is not found again.
            self._translators |= {translator: found, found.translator: found}
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
