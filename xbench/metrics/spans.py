"""Precision, recall and F1 of spans in tag sequences, by seqeval's two readings.

The readings differ where a span does not begin with B-: gold `B-PER I-PER` against predicted
`I-PER I-PER` is right when read leniently and wrong when read strictly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

Spans = frozenset[tuple[str, int, int]]

_OUTSIDE = "O"


@dataclass(frozen=True)
class Boundaries:
    """Where spans begin and end, told by each tag and the one before it.

    Attributes:
        begins: Whether a span begins with the second of two tags, bool, (tags + 1, tags + 1). Before the first word and
            behind the last one stands the last tag.
        ends: Whether one ends before the second.
        strays: Whether what follows belongs to no span until one begins.
        types: Of a span that ends with this tag, (tags + 1,).
    """

    begins: np.ndarray
    ends: np.ndarray
    strays: np.ndarray
    types: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A way to read tags as spans.

    Attributes:
        boundaries: Distinct tags -> what each means behind each.
    """

    boundaries: Callable[[tuple[str, ...]], Boundaries]

    def __call__(self, tags: Sequence[str]) -> Spans:
        """Spans of one sentence: type, first and last word.

        Example:
            >>> sorted(lenient(["I-PER", "I-PER", "O", "B-LOC"])), sorted(strict(["I-PER", "I-PER", "O", "B-LOC"]))
            ([('LOC', 3, 3), ('PER', 0, 1)], [('LOC', 3, 3)])
        """
        known = tuple(dict.fromkeys(tags))
        meant = self.boundaries(known)
        codes = np.array([known.index(tag) for tag in tags], np.int64)
        begins, ends = _places(codes, np.array([len(codes)]), meant)
        types = [meant.types[code] for code in codes[ends].tolist()]
        return frozenset(zip(types, begins.tolist(), ends.tolist(), strict=True))


@lru_cache(maxsize=64)
def _lenient(tags: tuple[str, ...]) -> Boundaries:
    from seqeval.metrics.sequence_labeling import end_of_chunk, start_of_chunk

    # seqeval's own way to take a tag apart; before the first word it has no type, behind the last one that of O.
    parts = [(tag[0], tag[1:].split("-", maxsplit=1)[-1] or "_") for tag in tags]
    before, behind = [*parts, (_OUTSIDE, "")], [*parts, (_OUTSIDE, "_")]
    begins, ends = (
        np.array([[test(one[0], two[0], one[1], two[1]) for two in behind] for one in before], bool)
        for test in (start_of_chunk, end_of_chunk)
    )
    return Boundaries(begins, ends, np.zeros_like(begins), tuple(name for _, name in behind))


@lru_cache(maxsize=64)
def _strict(tags: tuple[str, ...]) -> Boundaries:
    from seqeval.scheme import IOB2

    tokens = [IOB2(tag) for tag in (*tags, _OUTSIDE)]
    for token in tokens:
        token.is_valid()
    begins, inside, ends = (
        np.array([[test(two, one) for two in tokens] for one in tokens], bool)
        for test in (IOB2.is_start, IOB2.is_inside, IOB2.is_end)
    )
    return Boundaries(begins, ends, ~begins & ~inside, tuple(token.tag for token in tokens))


lenient = Reading(_lenient)
"""As the CoNLL script reads them: an I- without a B- before it opens a span. Bare tags such as those of parts of speech
are read as XTREME's script does it: their first letter as the prefix and the rest as the type."""
strict = Reading(_strict)
"""Spans of well-formed IOB2 only: each begins with B-. Raises ValueError for a tag that is neither B- nor I- nor O."""


def statistics(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], read: Reading) -> np.ndarray:
    """Spans found in each sentence.

    Args:
        gold: Tags of every sentence.
        predicted: Tags of the same sentences, as many in each.
        read: `lenient` or `strict`.

    Returns:
        int64, (sentences, 3): spans that are right, predicted, gold.
    """
    tags = tuple(dict.fromkeys(chain.from_iterable((*gold, *predicted))))
    index = {tag: place for place, tag in enumerate(tags)}
    ours, theirs = (np.array([index[tag] for tag in chain.from_iterable(side)], np.int64) for side in (gold, predicted))
    return counts(np.array([len(own) for own in gold], np.int64), ours, theirs, tags, read)


def counts(
    lengths: np.ndarray, gold: np.ndarray, predicted: np.ndarray, tags: tuple[str, ...], read: Reading
) -> np.ndarray:
    """The same from numbers, without a Python object for each word.

    Args:
        lengths: Words of each sentence, (sentences,).
        gold: Place of each word's tag among the tags, (words,).
        predicted: Likewise.
        tags: What these numbers stand for.
        read: `lenient` or `strict`.
    """
    boundaries = read.boundaries(tags)
    types = list(dict.fromkeys(boundaries.types))
    type_of = np.array([types.index(one) for one in boundaries.types], np.int64)
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    sides = []
    for codes in (gold, predicted):
        begins, ends = _places(codes, lengths, boundaries)
        # A number for each span, which no other has; once each, since an odd sequence may close one twice.
        sides.append(np.unique((begins * (len(sentence) + 1) + ends) * len(types) + type_of[codes[ends]]))
    right = np.intersect1d(sides[0], sides[1], assume_unique=True)
    found = [sentence[own // len(types) // (len(sentence) + 1)] for own in (right, sides[1], sides[0])]
    return np.stack([np.bincount(own, minlength=len(lengths)) for own in found], axis=1)


def _places(codes: np.ndarray, lengths: np.ndarray, boundaries: Boundaries) -> tuple[np.ndarray, np.ndarray]:
    """First and last words of all spans, counted through all sentences.

    Args:
        codes: Place of each word's tag among the tags, (words,).
        lengths: Words of each sentence, (sentences,).
        boundaries: What the tags mean.
    """
    border = len(boundaries.types) - 1
    stops = np.cumsum(lengths + 1) - 1
    # Behind each sentence stands the border, which is before the next one, too.
    words = np.ones(len(codes) + len(lengths), bool)
    words[stops] = False
    own = np.full(len(words), border, np.int64)
    own[words] = codes
    pairs = np.concatenate([[border], own[:-1]]), own
    begins, ends, strays = (table[pairs] for table in (boundaries.begins, boundaries.ends, boundaries.strays))
    # What is at a sentence's first word is either a beginning, or no span.
    first = stops - lengths
    marked = begins | strays
    marked[first] = True
    last = np.maximum.accumulate(np.where(marked, np.arange(len(words)), 0))
    closing = np.flatnonzero(ends)
    opening = last[closing - 1]
    kept = ~strays[opening]
    opening, closing = opening[kept], closing[kept]
    # Back to numbers of words: each sentence before has one border.
    shift = np.cumsum(~words)
    return opening - shift[opening], closing - 1 - shift[closing - 1]


def precision(sums: np.ndarray) -> np.ndarray:
    """Share of the predicted spans that are right, in percent; 0 where none was predicted."""
    return _percent(sums[..., 0], sums[..., 1])


def recall(sums: np.ndarray) -> np.ndarray:
    """Share of the gold spans that were found, in percent; 0 where there is none."""
    return _percent(sums[..., 0], sums[..., 2])


def f1(sums: np.ndarray) -> np.ndarray:
    """Harmonic mean of both (micro-averaged over types), in percent."""
    return _percent(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


def _percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return 100.0 * np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
