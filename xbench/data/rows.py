"""From a data set's table to the rows that a kind works on, and their digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from xbench.api import Kind, Task
from xbench.errors import XbenchError, closest

if TYPE_CHECKING:
    import pyarrow as pa

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_CHUNK = 10_000  # rows turned into Python objects at a time


@dataclass(frozen=True)
class Rows:
    """The rows of a slice.

    Attributes:
        texts: In the data set's order, a JSON text each: what is trained on from the cache needs no more of them.
        digest: sha256 over the rows, hex. The same rows have the same digest, wherever they came from.
        revision: Where they came from: a commit, or the state of a mirror.
        made: How they were made, if they were: `digest` is then of all that they rest on.
    """

    texts: list[bytes]
    digest: str
    revision: str
    made: Mapping[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def content(self) -> str:
        """sha256 over the rows themselves, hex: what they rest on may come to others when it is made again."""
        return self.digest if self.made is None else str(self.made["content"])

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """As the kind writes them, each with its `id`."""
        return parsed(self.texts)


def joined(left: pa.Table, right: pa.Table, key: str, columns: Mapping[str, str]) -> pa.Table:
    """Pairs the rows of two languages.

    Args:
        left: Rows of the language; their order is kept.
        right: Rows of the source language.
        key: Name of the column that is equal in rows which translate each other.
        columns: Canonical column -> column of the data set.

    Returns:
        Canonical columns: `source`, and what begins with it, from `right`; the others from `left`, and `id` from `key`.
        Rows without a partner are left out.

    Raises:
        XbenchError: A column is missing, a key stands twice on one side, or nothing pairs.
    """
    import pyarrow as pa

    keys = [_column(table, key, "join").to_pylist() for table in (left, right)]
    for side, values in zip(("language", "source language"), keys, strict=True):
        if len(set(values)) < len(values) or None in values:
            raise XbenchError(f"column {key} is not unique in the rows of the {side}: rows cannot be paired by it")
    places = {value: index for index, value in enumerate(keys[1])}
    pairs = [(index, places[value]) for index, value in enumerate(keys[0]) if value in places]
    if not pairs:
        raise XbenchError(f"no row has a partner with the same {key} in the source language")
    left = left.take(pa.array([index for index, _ in pairs]))
    right = right.take(pa.array([place for _, place in pairs]))
    found = {
        name: _column(right if name.partition("_")[0] == "source" else left, column, name)
        for name, column in columns.items()
    }
    return pa.table({**found, "id": left[key]})


def renamed(table: pa.Table, columns: Mapping[str, str]) -> pa.Table:
    """The canonical columns of a table.

    Raises:
        XbenchError: The data set has no such column; the closest one is named.
    """
    import pyarrow as pa

    return pa.table({name: _column(table, column, name) for name, column in columns.items()})


def lines(table: pa.Table, kind: Kind, task: Task, limit: int | None, language: str) -> list[bytes]:
    """Canonical rows, one JSON text each.

    Args:
        table: Canonical columns.
        kind: Writes the rows.
        task: Its labels and settings are the kind's.
        limit: How many of the rows that count are taken.
        language: Canonical tag of the rows'.

    Raises:
        XbenchError: A row is faulty; its id is named.
    """
    return [encoded(row) for row in islice(_canonical(table, kind, task, language), limit)]


def encoded(row: Mapping[str, Any]) -> bytes:
    """A row as JSON, in the one way that its digest is over; a line."""
    return f"{_encode(row)}\n".encode()


def digest(texts: list[bytes]) -> str:
    """sha256 over rows, hex."""
    state = hashlib.sha256()
    for text in texts:
        state.update(text)
    return state.hexdigest()


def parsed(texts: list[bytes]) -> list[dict[str, Any]]:
    """The rows that JSON texts stand for."""
    return list(json.loads(b"[" + b",".join(texts) + b"]"))


def _canonical(table: pa.Table, kind: Kind, task: Task, language: str) -> Iterator[dict[str, Any]]:
    index = 0
    for batch in table.to_batches(max_chunksize=_CHUNK):
        values = [column.to_pylist() for column in batch.columns]
        for fields in zip(*values, strict=True):
            raw = dict(zip(batch.schema.names, fields, strict=True))
            raw["id"] = _identity(raw, index)
            raw.setdefault("language", language)
            try:
                row = kind.row(raw, task)
            except XbenchError as error:
                raise XbenchError(f"row {raw['id']}: {error}") from error
            if row is not None:
                yield {**row, "id": raw["id"]}
            index += 1


def _identity(raw: Mapping[str, Any], index: int) -> str:
    name = raw.get("id", index)
    if name is None:
        raise XbenchError(f"row {index} has no id: map another column to `id`, or none, to number the rows")
    return str(name)


def _column(table: pa.Table, column: str, name: str) -> Any:
    if column not in table.column_names:
        raise XbenchError(f"the data has no column `{column}` (for `{name}`): {closest(column, table.column_names)}")
    return table[column]
