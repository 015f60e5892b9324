"""Predictions of one language: a parquet file that knows what it is and whether it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.errors import XbenchError
from xbench.store.files import write

if TYPE_CHECKING:
    import pyarrow as pa

_KEY = b"xbench"


def content_digest(table: pa.Table) -> str:
    """sha256 over names and values: equal rows have equal digests, however a file stores them."""
    hashed = hashlib.sha256()
    for name in table.column_names:
        hashed.update(name.encode() + b"\0")
        for part in _bytes(table[name].combine_chunks()):
            hashed.update(len(part).to_bytes(8, "little"))
            hashed.update(part)
    return hashed.hexdigest()


def _bytes(values: pa.Array) -> Iterator[bytes]:
    """What tells two columns apart: which values are missing, how long lists and texts are, the values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    yield pc.is_null(values).to_numpy(zero_copy_only=False).tobytes()
    if pa.types.is_list(values.type):
        yield pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False).tobytes()
        yield from _bytes(values.flatten())
    elif pa.types.is_string(values.type):
        texts = pc.fill_null(values, "")
        yield pc.binary_length(texts).to_numpy(zero_copy_only=False).tobytes()
        yield _joined(texts)
    else:
        yield pc.fill_null(values, 0).to_numpy(zero_copy_only=False).tobytes()


def _joined(texts: pa.StringArray) -> bytes:
    """All texts one behind the other in UTF-8, which is how they lie in memory."""
    _, bounds, content = texts.buffers()
    if not len(texts) or content is None:
        return b""
    first, last = np.frombuffer(bounds, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return content[int(first) : int(last)].to_pybytes()


def save(path: Path, table: pa.Table, facts: Mapping[str, Any]) -> None:
    """Writes predictions with what they are: run key, slice, digest of the test rows, counts."""
    import pyarrow.parquet as pq

    facts = {**facts, "content": content_digest(table)}
    marked = table.replace_schema_metadata({_KEY: json.dumps(facts, ensure_ascii=False).encode()})
    write(path, lambda draft: pq.write_table(marked, draft, compression="zstd"))


def facts(path: Path) -> dict[str, Any]:
    """What a file of predictions says of itself, without its rows.

    Raises:
        XbenchError: It is damaged or not xbench's.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
        found: dict[str, Any] = json.loads(metadata[_KEY])
        return found
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise damaged(path, "it is half-written or was not written by xbench") from error


def load(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """Reads predictions and what they are.

    Raises:
        XbenchError: The file is damaged, or its rows are not those that were written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = facts(path)
    try:
        # Not read_table, which takes twice as long for the little that a language is.
        with pq.ParquetFile(path, memory_map=False) as file:
            table = file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, "it is half-written") from error
    if content_digest(table) != found.get("content"):
        raise damaged(path, "its rows were altered after they were written")
    return table, found


def damaged(path: Path, why: str) -> XbenchError:
    """The refusal, with the command that redoes the file."""
    return XbenchError(f"{path} is refused: {why}. Redo it: rm '{path}' and run the same `xbench run` again")
