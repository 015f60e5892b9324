"""Translated segments on disk: windows of them, each a file that is whole or not there.

They lie in the cache of this machine, not in a results folder: no checkpoint under test, task or results folder changes
a translation, and a night of a GPU must serve all of them. `xbench clean --cache` leaves them where they are.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from xbench.errors import XbenchError
from xbench.store.cache import cache_folder
from xbench.store.files import write, write_json
from xbench.store.keys import digest
from xbench.store.layout import slug

VERSION = 1
"""Raised when the same checkpoint and settings come to other segments."""

WINDOW = 1024
"""Segments of a file. What a kill costs at most; sorting by length inside of so many pads next to nothing."""


@dataclass(frozen=True)
class Segment:
    """What a checkpoint made of a text.

    Attributes:
        text: The translation; empty where it was not tried.
        note: What the checkpoint itself knows to be wrong with it: `too long` (the source exceeds what it can read,
            and was not cut), `unfinished` (it did not come to an end). Empty for nothing.
    """

    text: str
    note: str = ""


@dataclass(frozen=True)
class Shelf:
    """The translations of a list of texts by one checkpoint.

    Attributes:
        name: Of the checkpoint, for people.
        facts: Everything that changes the translations: revision, languages, decoding.
        texts: What is translated, each once.
    """

    name: str
    facts: Mapping[str, Any]
    texts: tuple[str, ...]

    @cached_property
    def folder(self) -> Path:
        """Where its windows are; a function of facts and texts alone."""
        key = digest([VERSION, WINDOW, dict(self.facts), list(self.texts)])
        return shelves() / slug(f"{self.name}-{self.facts['source']}-{self.facts['target']}-{key[:16]}")

    @property
    def windows(self) -> list[range]:
        """Places of the texts of every window."""
        return [range(at, min(at + WINDOW, len(self.texts))) for at in range(0, len(self.texts), WINDOW)]

    @property
    def lock(self) -> Path:
        """Held by whoever translates: the texts are the same, and so would be the work."""
        return self.folder.with_name(f".{self.folder.name}.lock")

    def begin(self) -> None:
        """Writes what these translations are.

        Raises:
            XbenchError: The cache cannot be written.
        """
        path = self.folder / "about.json"
        if not path.is_file():
            write_json(path, {"name": self.name, **self.facts, "version": VERSION, "segments": len(self.texts)})

    def read(self, window: range) -> list[Segment] | None:
        """The segments of a window; None where they are not there, or damaged, and have to be made."""
        try:
            # Not at every sign that Unicode lets a line end with: texts may hold them.
            stated, *lines = gzip.decompress(self._path(window).read_bytes()).decode().split("\n")
            entries = [json.loads(line) for line in lines]
            if stated != digest(entries) or [entry[0] for entry in entries] != [self.texts[at] for at in window]:
                return None
        except (OSError, EOFError, ValueError, zlib.error, IndexError, TypeError):
            return None
        return [Segment(text, note) for _, text, note in entries]

    def keep(self, window: range, segments: Sequence[Segment]) -> None:
        """Writes a window: digest, then source, translation and note of a segment a line.

        Raises:
            XbenchError: The cache cannot be written: translations that nobody keeps would be made for nothing.
        """
        entries = [[self.texts[at], one.text, one.note] for at, one in zip(window, segments, strict=True)]
        lines = [digest(entries), *(json.dumps(entry, ensure_ascii=False) for entry in entries)]
        content = gzip.compress("\n".join(lines).encode(), compresslevel=6, mtime=0)
        write(self._path(window), lambda draft: _fill(draft, content))

    def there(self) -> int:
        """How many segments have a file, without reading any."""
        return sum(len(window) for window in self.windows if self._path(window).is_file())

    def segments(self) -> dict[str, Segment]:
        """Text -> its translation.

        Raises:
            XbenchError: Some are not there.
        """
        found: dict[str, Segment] = {}
        for window in self.windows:
            if (known := self.read(window)) is None:
                raise XbenchError(f"{self._path(window)} is not there, or damaged: translate again")
            found.update(zip((self.texts[at] for at in window), known, strict=True))
        return found

    def _path(self, window: range) -> Path:
        return self.folder / f"{window.start // WINDOW:06d}.jsonl.gz"


def shelves() -> Path:
    """The folder of all translations of this machine."""
    return cache_folder() / "translations"


def _fill(draft: Path, content: bytes) -> None:
    draft.write_bytes(content)
