"""Rows that xbench made by translation: what they are called before they are made, and where they are kept after.

Rows that are learned from are carried into another language with their labels. Rows that are tested on keep their gold,
and are read in another language.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from xbench.api import Align, Carried, Carrier, Kind, Slice, Task, Translate, Translator
from xbench.data.rows import digest as rows_digest
from xbench.data.rows import encoded, parsed
from xbench.errors import Unavailable, XbenchError
from xbench.store.files import write
from xbench.store.keys import digest as key_of
from xbench.store.translations import shelves

VERSION = 1
"""Raised when the same translations come to other rows: another test for what is wrong with a segment, say."""

ALIGNMENT = "itermax"
"""How links are chosen from an aligner's similarities."""


@dataclass(frozen=True)
class Made:
    """Rows that were made.

    Attributes:
        texts: As the kind carried them, a JSON text each.
        facts: How they were made: segments, rows, and what was left out for which reason.
    """

    texts: list[bytes]
    facts: dict[str, Any]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """As the kind carried them."""
        return parsed(self.texts)


def carrier(kind: Kind) -> Carrier:
    """A kind as what carries labels.

    Raises:
        Unavailable: It cannot.
    """
    if not isinstance(kind, Carrier):
        raise Unavailable(
            f"kind {kind.name} cannot carry labels through translation: use published translations, "
            "or --protocols zero-shot"
        )
    return kind


def settled(slice: Slice, kind: Kind, task: Task) -> Translator:
    """A slice's translator without what does not change its rows.

    Raises:
        Unavailable: The kind cannot carry its labels.
    """
    assert slice.translator is not None
    own = carrier(kind)
    return (own.reading if _tested(slice) else own.carrying)(task, slice.translator)


def carried(
    slice: Slice, rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align, kind: Kind, task: Task
) -> Carried:
    """The rows of a slice, of those that they are made from."""
    assert slice.translator is not None
    own = carrier(kind)
    return (own.read if _tested(slice) else own.carry)(rows, translate, align, task, slice.translator)


def _tested(slice: Slice) -> bool:
    return slice.split == "test"


def original(slice: Slice) -> Slice:
    """What a slice is made from: the rows of the language that is translated from."""
    assert slice.translator is not None
    return replace(slice, language=slice.translator.source, made_by="original", translator=None)


def name(slice: Slice, source: str, kind: Kind, task: Task) -> str:
    """The digest of everything that made rows rest on, which stands for their own: they need not exist yet.

    Args:
        slice: Pinned.
        source: Digest of the rows that are translated.
        kind: Carries the labels.
        task: Its settings may say how.
    """
    translator = slice.translator
    assert translator is not None
    facts = asdict(replace(translator, name="", aligner=None))
    aligner = translator.aligner and [translator.aligner.revision, translator.aligner.layer, ALIGNMENT]
    read = ["read"] if _tested(slice) else []
    return key_of([VERSION, source, facts, aligner, kind.name, carrier(kind).carry_version, list(task.labels), *read])


def recall(digest: str) -> Made | None:
    """The rows of a name; None where they are not made, or damaged."""
    try:
        head, *texts = gzip.decompress(_path(digest).read_bytes()).splitlines(keepends=True)
        facts = json.loads(head)
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    return Made(texts, facts) if facts.get("content") == rows_digest(texts) else None


def facts(digest: str) -> dict[str, Any] | None:
    """How the rows of a name were made; None where they are not."""
    found = recall(digest)
    return found.facts if found else None


def there(digest: str) -> bool:
    """Whether the rows of a name have a file, without reading it."""
    return _path(digest).is_file()


def remember(digest: str, rows: Sequence[Mapping[str, Any]], how: Mapping[str, Any]) -> Made:
    """Keeps rows under their name.

    Raises:
        XbenchError: They cannot be written.
    """
    texts = [encoded(row) for row in rows]
    whole = {**how, "content": rows_digest(texts)}
    head = f"{json.dumps(whole, ensure_ascii=True)}\n".encode()
    content = gzip.compress(head + b"".join(texts), compresslevel=1, mtime=0)

    def fill(draft: Path) -> None:
        draft.write_bytes(content)

    write(_path(digest), fill)
    return Made(texts, whole)


def not_made(slice: Slice) -> XbenchError:
    """What to do about rows that are not there."""
    assert slice.translator is not None
    return XbenchError(
        f"the translation of {original(slice)} into {slice.translator.target} is not made, or was removed: run again, "
        "or make it with xbench translate"
    )


def _path(digest: str) -> Path:
    return shelves() / "rows" / f"{digest}.jsonl.gz"
