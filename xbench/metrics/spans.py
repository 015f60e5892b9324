"""Precision, recall and F1 of spans in tag sequences, by seqeval's two readings.

The readings differ where a span does not begin with B-: gold `B-PER I-PER` against predicted
`I-PER I-PER` is right when read leniently and wrong when read strictly.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np

Spans = frozenset[tuple[str, int, int]]
Reading = Callable[[Sequence[str]], Spans]


def lenient(tags: Sequence[str]) -> Spans:
    """Spans as the CoNLL script reads them: an I- without a B- before it opens a span.

    Bare tags such as those of parts of speech are read as XTREME's script does it: their first
    letter as the prefix and the rest as the type.

    Example:
        >>> sorted(lenient(["I-PER", "I-PER", "O", "B-LOC"]))
        [('LOC', 3, 3), ('PER', 0, 1)]
    """
    from seqeval.metrics.sequence_labeling import get_entities

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one warning for each bare tag
        return frozenset(get_entities(list(tags)))


def strict(tags: Sequence[str]) -> Spans:
    """Spans of well-formed IOB2 only: each begins with B-.

    Example:
        >>> sorted(strict(["I-PER", "I-PER", "O", "B-LOC"]))
        [('LOC', 3, 3)]
    """
    from seqeval.scheme import IOB2, Tokens

    return frozenset((span.tag, span.start, span.end - 1) for span in Tokens(list(tags), IOB2).entities)


def statistics(gold: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], read: Reading) -> np.ndarray:
    """Spans found in each sentence.

    Args:
        gold: Tags of every sentence.
        predicted: Tags of the same sentences.
        read: `lenient` or `strict`.

    Returns:
        int64, (sentences, 3): spans that are right, predicted, gold.
    """
    pairs = ((_spans(tuple(a), read), _spans(tuple(b), read)) for a, b in zip(gold, predicted, strict=True))
    counts = [(len(a & b), len(b), len(a)) for a, b in pairs]
    return np.array(counts, np.int64).reshape(-1, 3)


# Tag sequences repeat a lot, in other languages too, and seqeval is slow.
@lru_cache(maxsize=1 << 14)
def _spans(tags: tuple[str, ...], read: Reading) -> Spans:
    return read(tags)


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
