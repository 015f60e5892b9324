"""Markers around pieces of a sentence that are to be found again in its translation.

The n-th piece is written `[n piece]`, with n from 1: translation models mostly leave brackets and numbers where they
belong (Chen et al. 2023, EasyProject, found square brackets to survive best), and the number tells pieces apart
when the translation has them in another order. A marker that is swallowed, doubled, broken or empty is a loss.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""Begin and end, the end excluded."""

_OPEN, _CLOSE = r"\[［【〔", r"\]］】〕"
"""Brackets of scripts that write others come back for square ones."""
_MARKED = re.compile(rf"[{_OPEN}]\s*(\d+)\s*([^{_OPEN}{_CLOSE}]*?)\s*[{_CLOSE}]")
_BRACKET = re.compile(rf"[{_OPEN}{_CLOSE}]")


@dataclass(frozen=True)
class Unmarked:
    """A translation without its markers.

    Attributes:
        text: The sentence.
        spans: Number of a piece -> where it is in the text, in characters.
    """

    text: str
    spans: dict[int, Span]


def markable(words: Sequence[str]) -> bool:
    """Whether a sentence has no brackets of its own, which could be taken for markers."""
    return not any(_BRACKET.search(word) for word in words)


def mark(words: Sequence[str], spans: Sequence[Span]) -> list[str]:
    """The words of a sentence with markers around some of them.

    Args:
        words: Of the sentence.
        spans: Places of the words of each piece, ascending and disjoint.

    Example:
        >>> mark(["from", "New", "York", "to", "Rome"], [(1, 3), (4, 5)])
        ['from', '[1 New', 'York]', 'to', '[2 Rome]']
    """
    marked = list(words)
    for number, (begin, end) in enumerate(spans, 1):
        marked[begin] = f"[{number} {marked[begin]}"
        marked[end - 1] = f"{marked[end - 1]}]"
    return marked


def unmark(text: str, count: int) -> Unmarked | None:
    """Takes the markers out of a translation.

    Args:
        text: The translation.
        count: How many pieces were marked.

    Returns:
        None where the markers are not exactly those that went in, each once, around something.

    Example:
        >>> unmark("nach [2 Rom] aus [1 New York]", 2)
        Unmarked(text='nach Rom aus New York', spans={2: (5, 8), 1: (13, 21)})
        >>> unmark("nach Rom] aus [1 New York]", 2) is None
        True
    """
    plain, spans, at = "", {}, 0
    for found in _MARKED.finditer(text):
        plain += text[at : found.start()]
        # `\d` is a digit of any script, and `int` reads them.
        number = int(found[1])
        if number in spans or not found[2]:
            return None
        spans[number] = (len(plain), len(plain) + len(found[2]))
        plain += found[2]
        at = found.end()
    plain += text[at:]
    whole = set(spans) == set(range(1, count + 1)) and not _BRACKET.search(plain)
    return Unmarked(plain, spans) if whole else None
