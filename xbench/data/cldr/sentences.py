"""Slots to a text, with where each of them stands in it, and texts to words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from xbench.data.cldr.realiser import Realiser


@dataclass(frozen=True)
class Sentence:
    """A text and its pieces.

    Attributes:
        text: Pieces joined as the locale joins a list.
        spans: Begin and end of every piece in the text, in characters.
    """

    text: str
    spans: tuple[tuple[int, int], ...]


def joined(pieces: Sequence[str], voice: Realiser) -> Sentence:
    """Joins pieces as the locale joins a list: with its commas and its word for `and`."""
    around = voice.between(len(pieces))
    text, spans = around[0], []
    for piece, behind in zip(pieces, around[1:], strict=True):
        spans.append((len(text), len(text) + len(piece)))
        text += piece + behind
    return Sentence(text, tuple(spans))


def words(text: str) -> list[tuple[int, int]]:
    """Begin and end of every word of a text, in characters.

    A word is a run of digits, or of letters and marks with the apostrophes, hyphens and joiners
    inside it; what is neither that nor blank stands alone. In scripts that put no spaces between
    words, a letter with its marks is a word.

    Example:
        >>> [text[a:b] for text in ("Côte d’Ivoire, USD5", "ไทย") for a, b in words(text)]
        ['Côte', 'd’Ivoire', ',', 'USD', '5', 'ไ', 'ท', 'ย']
    """
    found: list[tuple[int, int]] = []
    kinds = [_kind(letter) for letter in text]
    begin = 0
    while begin < len(text):
        end = begin + 1
        while end < len(text) and _together(kinds, begin, end):
            end += 1
        if kinds[begin] != _BLANK:
            found.append((begin, end))
        begin = end
    return found


def placed(words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Words as one text, and begin and end of each in it.

    There are blanks between them, but for two that meet in letters of scripts without spaces between words.

    Example:
        >>> placed(["from", "Rome", ","])[0], placed(["東", "京", "2020"])
        ('from Rome ,', ('東京 2020', [(0, 1), (1, 2), (3, 7)]))
    """
    text, spans = "", []
    for word in words:
        glued = not text or (word and _kind(word[0]) == _CLUSTER and _kind(text[-1]) in (_CLUSTER, _MARK))
        text += "" if glued else " "
        spans.append((len(text), len(text) + len(word)))
        text += word
    return text, spans


_BLANK, _LETTER, _CLUSTER, _MARK, _DIGIT, _JOINER, _OTHER = range(7)

_UNSPACED = ("THAI", "LAO", "TIBETAN", "MYANMAR", "KHMER", "HIRAGANA", "KATAKANA", "CJK")
"""Scripts without spaces between words, as the names of their characters begin."""


def _together(kinds: Sequence[int], begin: int, place: int) -> bool:
    """Whether a character goes on with the word that began before it."""
    if kinds[begin] == _LETTER:
        joins = kinds[place] == _JOINER and kinds[place + 1 : place + 2] == [_LETTER]
        return joins or kinds[place] in (_LETTER, _MARK)
    return (kinds[begin], kinds[place]) in ((_CLUSTER, _MARK), (_DIGIT, _DIGIT))


@cache
def _kind(letter: str) -> int:
    category = unicodedata.category(letter)
    if letter.isspace() or (category == "Cf" and letter not in "\u200c\u200d"):
        return _BLANK
    if category[0] == "M":
        return _MARK
    if category[0] == "L":
        return _CLUSTER if unicodedata.name(letter, "").startswith(_UNSPACED) else _LETTER
    if category[0] == "N":
        return _DIGIT
    return _JOINER if letter in "'’ʼ-\u2010\u200c\u200d" else _OTHER
