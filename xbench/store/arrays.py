"""Arrays that are worth remembering on this machine: made once, mapped into memory by whatever process reads them."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import orjson

from xbench.errors import XbenchError
from xbench.store.cache import cache_folder
from xbench.store.files import write

Arrays = Mapping[str, np.ndarray]
"""Name -> an array of one dimension."""

_ALIGNED = 64
"""Bytes at multiples of which arrays begin, as numpy's own do."""


def cached_arrays(shelf: str, key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays remembered under a key, made and remembered if there are none.

    Those that were read are read-only, and lie in memory once for all processes. A file that is damaged is made anew;
    one that cannot be written costs time, not the result.

    Args:
        shelf: Folder of the cache.
        key: Pins everything that the arrays depend on.
        make: Makes them.
    """
    path = cache_folder() / shelf / key[:2] / f"{key}.arrays"
    if (found := _read(path, key)) is not None:
        return found
    made = make()
    try:
        write(path, lambda draft: _fill(draft, key, made), flushed=False)
    except (XbenchError, OSError):
        return made
    # What was just written is given up for the pages of the file, which other processes share.
    return _read(path, key) or made


def _fill(path: Path, key: str, arrays: Arrays) -> None:
    """A line that says what follows, and the arrays, each behind as many zeros as align it."""
    stated = [(name, array.dtype.str, len(array)) for name, array in arrays.items()]
    parts = [np.ascontiguousarray(array).data.cast("B") for array in arrays.values() if len(array)]
    with path.open("wb") as file:
        file.write(orjson.dumps({"digest": _digest(key, stated, parts), "arrays": stated}) + b"\n")
        for part in parts:
            file.write(bytes(-file.tell() % _ALIGNED))
            file.write(part)


def _read(path: Path, key: str) -> Arrays | None:
    """The arrays of a file; None where there is none, or it is not whole."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        head = orjson.loads(mapped.readline())
        stated = [(name, dtype, length) for name, dtype, length in head["arrays"]]
        content = memoryview(mapped)
        parts = [content[begin:end] for begin, end in _bounds(mapped.tell(), stated)]
        # As in a file of rows, the digest is the check: nothing that was cut or changed has it.
        if _digest(key, stated, parts) != head["digest"]:
            return None
        return {name: np.frombuffer(part, dtype) for (name, dtype, _), part in zip(stated, parts, strict=True)}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _bounds(at: int, stated: Iterable[tuple[str, str, int]]) -> Iterator[tuple[int, int]]:
    """Where every array begins and ends."""
    for _, dtype, length in stated:
        at += -at % _ALIGNED if length else 0
        end = at + length * np.dtype(dtype).itemsize
        yield at, end
        at = end


def _digest(key: str, stated: Iterable[tuple[str, str, int]], parts: Iterable[memoryview]) -> str:
    """sha256 over the key, so that no file is taken for another, and over all that is in it."""
    hashed = hashlib.sha256(orjson.dumps([key, stated]))
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()
