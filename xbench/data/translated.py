"""What is plainly wrong with a translated segment, so that no row is made of it.

The tests are few, stated, and err on the side of keeping: they find what a checkpoint does when it fails (nothing, the
source again, an endless loop, another language's script), and do not judge how good a translation is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xbench.languages import canonical
from xbench.languages.scripts import share_in_script
from xbench.languages.tags import likely_script
from xbench.store.translations import Segment

LONGEST = 3.0
"""Times as long as its source that a translation may be, beyond `SLACK`."""
SLACK = 30
"""Letters of any translation that the ratio does not count, since short texts vary most."""
COPIED = 4
"""Words from which on a translation that equals its source is a copy: fewer are often a name, which stays as it is."""
IN_SCRIPT = 0.5
"""Share of the letters that must be of the language's script; in words that stand in the source they do not count."""

_SHOWN = 3
"""Examples that are kept of every fault."""

_WORD = re.compile(r"[^\W\d_]+")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Ideographs, kana and Hangul syllables, each of which says what about three letters of an alphabet do."""


def fault(source: str, segment: Segment, language: str) -> str:
    """The reason to leave a segment out; empty for none.

    Args:
        source: What was translated.
        segment: What came of it.
        language: Canonical tag of what it was translated into.

    Returns:
        `too long for the checkpoint`, `unfinished`, `empty`, `copied`, `absurdly long` or `wrong script`.

    Example:
        >>> fault("Where are you from?", Segment("Where are you from?"), "de")
        'copied'
        >>> fault("Where are you from?", Segment("Woher kommst du?"), "de")
        ''
    """
    if segment.note:
        return "too long for the checkpoint" if segment.note == "too long" else segment.note
    text = segment.text.strip()
    if not text:
        return "empty" if source.strip() else ""
    if _plain(text) == _plain(source) and len(_WORD.findall(source)) >= COPIED:
        return "copied"
    if _letters(text) > LONGEST * _letters(source) + SLACK:
        return "absurdly long"
    share = share_in_script(_judged(text, source), likely_script(canonical(language)))
    return "wrong script" if share is not None and share < IN_SCRIPT else ""


@dataclass
class Faults:
    """What was left out, counted by reason, with a few examples of each.

    Attributes:
        segments: How many were looked at, each text once.
        counts: Reason -> segments.
        examples: Reason -> some of their sources and translations.
    """

    segments: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[list[str]]] = field(default_factory=dict)

    def sound(self, sources: Sequence[str], found: Mapping[str, Segment], language: str) -> dict[str, str | None]:
        """Text -> its translation, None where it is left out; remembers what was."""
        sound: dict[str, str | None] = {}
        for source in sources:
            reason = fault(source, found[source], language)
            self.segments += 1
            sound[source] = None if reason else found[source].text
            if reason:
                self.counts[reason] += 1
                shown = self.examples.setdefault(reason, [])
                if len(shown) < _SHOWN:
                    shown.append([source, found[source].text])
        return sound

    def describe(self) -> dict[str, Any]:
        """For the record of rows that were made."""
        return {"segments": self.segments, "left_out": dict(self.counts.most_common()), "examples": self.examples}


def _judged(text: str, source: str) -> str:
    """The words whose script is looked at: a few that stand in the source as they are may be names or codes."""
    own, known = _WORD.findall(text), set(_WORD.findall(source))
    fresh = [word for word in own if word not in known]
    return " ".join(fresh if fresh or len(own) < COPIED else own)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _letters(text: str) -> int:
    return len(text) + 2 * len(_WIDE.findall(text))
