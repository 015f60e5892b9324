"""The open data room: which slices exist, and their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Data, Kind, Slice, Source, Task
from xbench.data import kept, made
from xbench.data.ranges import Part, part
from xbench.data.rows import Rows, digest, joined, lines, renamed
from xbench.data.sources import hub
from xbench.data.sources.folder import Folder
from xbench.data.sources.mirror import Mirror
from xbench.errors import Unavailable, XbenchError, closest
from xbench.store.keys import digest as key_of

if TYPE_CHECKING:
    import pyarrow as pa


class Library:
    """Reads slices, each data set wholly from one place.

    Args:
        mirror: Folder in the Hub's layout that stands in for the Hub, and in which folders of gold files lie; None for
            the Hub itself.
        sources: Readers of other origins.

    Raises:
        XbenchError: The mirror is no folder.

    Example:
        >>> library = Library(mirror=Path("../shared/hub"))  # doctest: +SKIP
        >>> library.rows(task.slice("de", "test"), kind, task).rows[0]  # doctest: +SKIP
    """

    def __init__(self, mirror: Path | None = None, sources: Iterable[Source] = ()) -> None:
        self._sources: dict[str, Source] = {source.name: source for source in sources}
        self._sources["hub"] = hub.source if mirror is None else Mirror(mirror)
        self._sources["folder"] = Folder(mirror)
        self._mirror = None if mirror is None else str(mirror.resolve())
        self._shown = mirror

    def missing(self, slice: Slice) -> str | None:
        """Why a slice cannot exist here, with the remedy; None if it is, or may be, there.

        Reads cards and lists of files, no rows.

        Raises:
            XbenchError: The question cannot be answered: the Hub cannot be reached, a card is broken.
        """
        try:
            for config, rows in self._parts(slice):
                self._check(slice.data, config, rows.split)
        except Unavailable as error:
            return str(error)
        return None

    def size(self, slice: Slice) -> int | None:
        """Rows of a slice before any limit, if the data set's card says so.

        Raises:
            Unavailable: It does not exist here.
        """
        source = self._source(slice.data)
        config, rows = self._parts(slice)[0]
        # Not part of the Source protocol: only cards state sizes.
        stated = getattr(source, "size", None)
        return rows.size(stated(slice.data, config, rows.split) if stated else None)

    def note(self, data: Data) -> str:
        """What to know before numbers on these data are compared with others; mostly nothing."""
        # Like sizes, not part of the Source protocol: few sources have anything to say.
        said = getattr(self._source(data), "note", None)
        return said(data) if said else ""

    def revision(self, data: Data) -> str:
        """Immutable name of what is read: a commit, or the state of a mirror.

        Raises:
            Unavailable: The repository does not exist here.
        """
        return self._source(data).revision(data)

    def rows(self, slice: Slice, kind: Kind, task: Task) -> Rows:
        """The canonical rows of a slice; remembered on this machine.

        Raises:
            Unavailable: It does not exist here.
            XbenchError: A label outside the task's set, an empty split, a column that the data set lacks.
        """
        if slice.translator is not None:
            return self._made(slice, kind, task)
        if slice.draw is not None:
            return _drawn(self.rows(replace(slice, limit=None, draw=None), kind, task), slice)
        revision = self.revision(slice.data)
        key = self._key(slice, kind, task, revision)
        known = kept.recall(key)
        if known is None:
            try:
                texts = lines(self._table(slice), kind, task, slice.limit, slice.language)
                if not texts:
                    raise XbenchError("no row counts: the split is empty, or all its rows are dropped; leave it out")
            except Unavailable:
                raise
            except XbenchError as error:
                raise XbenchError(f"{slice}: {error}") from error
            known = texts, digest(texts)
            kept.remember(key, *known)
        return Rows(*known, revision)

    def _made(self, slice: Slice, kind: Kind, task: Task) -> Rows:
        """Rows that xbench made of those of another language. They are made before, not here."""
        source = self.rows(made.original(slice), kind, task)
        digest = made.name(slice, source.digest, kind, task)
        if (found := made.recall(digest)) is None:
            raise made.not_made(slice)
        return Rows(found.texts, digest, source.revision, found.facts)

    def _source(self, data: Data) -> Source:
        if data.origin not in self._sources:
            raise XbenchError(f"no source reads the origin {data.origin!r}: {closest(data.origin, self._sources)}")
        return self._sources[data.origin]

    def _parts(self, slice: Slice) -> list[tuple[str, Part]]:
        """Configuration and rows of the language, and of the source language where rows are joined."""
        if slice.translator is not None:
            slice = made.original(slice)
        data = slice.data
        if slice.split not in data.splits:
            raise Unavailable(f"{data.repo} has no split for {slice.split}: {closest(slice.split, data.splits)}")
        if data.multiparallel and not slice.source:
            raise XbenchError(f"{slice}: pairs of its languages need a source language: name one")
        if data.multiparallel and slice.source == slice.language:
            raise Unavailable(f"{slice}: {slice.source} cannot be paired with itself; choose another source language")
        languages = (slice.language, slice.source) if data.multiparallel else (slice.language,)
        configs = [_config(data, language) for language in languages]
        rows = part(data.splits[slice.split])
        if data.shared is not None:
            return [(data.shared, rows)]
        return [(config, rows) for config in (configs if data.join else configs[:1])]

    def _check(self, data: Data, config: str, split: str) -> None:
        splits = self._source(data).splits(data, config)
        if splits is None or split in splits:
            return
        # Like sizes, not part of the Source protocol: only who reads a user's own files can say which it looked for.
        if said := getattr(self._source(data), "absent", None):
            raise Unavailable(said(data, config, split))
        place, remedy = f"the source `{data.origin}`", "leave it out"
        if data.origin == "hub":
            place, remedy = "the Hub", "leave it out, or take the data from a folder with DATA=<folder> (--data)"
            if self._mirror:
                place, remedy = "the mirror", f"download it into {self._shown}/{data.repo}, or run without --data"
        there = ", ".join(splits) or "none"
        raise Unavailable(f"{place} has no split {split} of {data.repo} `{config}` (there: {there}); {remedy}")

    def _check_columns(self, data: Data, columns: Mapping[str, str], there: Collection[str]) -> None:
        """A language that should be a column and is not there is no fault of the declaration."""
        for name, column in columns.items():
            if column != data.columns[name] and column not in there:
                place = f"the mirror {self._shown}" if self._mirror else "the Hub"
                raise Unavailable(f"{place} has no column `{column}` of {data.repo}; leave the language out")

    def _table(self, slice: Slice) -> pa.Table:
        """The canonical columns of a slice."""
        source, data = self._source(slice.data), slice.data
        tables = []
        columns = _columns(slice)
        for config, rows in self._parts(slice):
            self._check(data, config, rows.split)
            table = source.table(data, config, rows.split)
            if not table.num_rows:
                raise XbenchError(f"split `{rows.split}` of {config} is empty; leave it out, or mend the data")
            self._check_columns(data, columns, table.column_names)
            tables.append(table.slice(rows.start, rows.size(table.num_rows)))
        return joined(tables[0], tables[1], data.join, columns) if data.join else renamed(tables[0], columns)

    def _key(self, slice: Slice, kind: Kind, task: Task, revision: str) -> str:
        """Everything that the rows depend on. The mirror's path counts: two mirrors are two places."""
        data = slice.data
        place = [data.origin, self._mirror if data.origin == "hub" else None, data.repo, revision]
        declared = [sorted(_columns(slice).items()), data.join, kind.name, kind.version]
        parts = [[config, rows.split, rows.start, rows.stop] for config, rows in self._parts(slice)]
        asked = [list(task.labels), _plain(task.settings), slice.limit]
        return key_of([kept.VERSION, place, parts, declared, asked])


def _drawn(whole: Rows, slice: Slice) -> Rows:
    """The first rows of one random order: a smaller draw of the same seed is a part of a larger one."""
    if slice.limit is not None and len(whole) < slice.limit:
        raise Unavailable(f"{slice} has {len(whole)} rows, fewer than the {slice.limit} to draw: draw fewer")
    order = np.random.default_rng(slice.draw).permutation(len(whole))[: slice.limit]
    texts = [whole.texts[place] for place in order]
    return Rows(texts, digest(texts), whole.revision)


def _columns(slice: Slice) -> dict[str, str]:
    """Canonical column -> the data set's, with the names of configurations filled in."""
    codes = {"{language}": slice.language, "{source}": slice.source}
    return {name: _filled(column, codes, slice.data) for name, column in slice.data.columns.items()}


def _config(data: Data, language: str) -> str:
    """What the data set calls a language."""
    if language not in data.configs:
        raise Unavailable(f"{data.repo} is not declared for `{language}`; leave the language out")
    return data.configs[language]


def _filled(column: str, codes: Mapping[str, str], data: Data) -> str:
    for sign, language in codes.items():
        if sign in column:
            column = column.replace(sign, _config(data, language))
    return column


def _plain(value: Any) -> Any:
    """A setting as JSON; keys that are not text keep their type in it."""
    if isinstance(value, Mapping):
        return sorted([repr(key), _plain(inner)] for key, inner in value.items())
    if isinstance(value, set | frozenset):
        return sorted(repr(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)
