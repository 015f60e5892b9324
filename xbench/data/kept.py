"""Canonical rows remembered on this machine, so that a second plan reads neither network nor data set."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from xbench.data.rows import digest
from xbench.errors import XbenchError
from xbench.store.cache import cache_folder
from xbench.store.files import write

# Raised when rows of the same declaration come out differently.
VERSION = 1


def recall(key: str) -> tuple[list[bytes], str] | None:
    """The rows under a key and their digest; None where there are none, or they are damaged."""
    try:
        stated, *texts = gzip.decompress(_path(key).read_bytes()).splitlines(keepends=True)
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    # The digest is the check: a damaged file has another one, and is made anew.
    return (texts, stated.decode().strip()) if digest(texts).encode() == stated.strip() else None


def remember(key: str, texts: list[bytes], name: str) -> None:
    """Keeps rows under a key. A cache that cannot be written costs time, not the result."""

    def fill(draft: Path) -> None:
        draft.write_bytes(content)

    content = gzip.compress(b"".join([f"{name}\n".encode(), *texts]), compresslevel=1, mtime=0)
    try:
        write(_path(key), fill, flushed=False)
    except (XbenchError, OSError):
        return


def _path(key: str) -> Path:
    return cache_folder() / "rows" / key[:2] / f"{key}.jsonl.gz"
