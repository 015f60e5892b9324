"""How much texts are like each other, all pairs at once: chrF as sacreBLEU computes it for one segment.

Of n-grams that two texts share, each counts as often as both have it. With the second `an` of a text taken as another
thing than the first, that is a product of two matrices of zeros and ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from xbench.metrics import ngrams

_ORDERS = 6
_BETA = 2
_BLOCK = 256


def nearest(texts: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """The reference that each text is most like, the first of equals; -1 for a text that is like none.

    Returns:
        Indices into `references`, int64, (texts,).

    Example:
        >>> nearest(["a cat", "the dogs", "?"], ["the dog", "cats"]).tolist()
        [1, 0, -1]
    """
    found = []
    for start in range(0, len(texts), _BLOCK):
        scores = chrf_of_all(texts[start : start + _BLOCK], references)
        found.append(np.where(scores.max(1) > 0, scores.argmax(1), -1))
    return np.concatenate([np.zeros(0, np.int64), *found])


def chrf_of_all(texts: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """chrF2 of every text against every reference, 0 to 100, float64, (texts, references)."""
    ours, theirs = _bare(texts), _bare(references)
    made, wanted = ngrams.counts(ours, _ORDERS)[:, None], ngrams.counts(theirs, _ORDERS)[None]
    left, right = _occurrences(ours, theirs)
    shared = [(a @ b.T).toarray() for a, b in zip(left, right, strict=True)]
    return _score(made, wanted, np.stack(shared, axis=2))


# Languages whose rows are parallel have one side in common.
@lru_cache(maxsize=4)
def constant(references: tuple[str, ...]) -> float:
    """Corpus chrF2 of always giving the reference for which that is best: what can be had without looking.

    Example:
        >>> constant(("ab", "ab", "cd")) > constant(("ab", "cd", "ef"))
        True
    """
    bare = _bare(references)
    wanted = ngrams.counts(bare, _ORDERS)
    matrices, _ = _occurrences(bare, bare)
    shared = np.stack([np.asarray(own @ own.sum(axis=0).T).ravel() for own in matrices], axis=1)
    # sacreBLEU's rule: where a reference is too short for an order, nothing of that order counts.
    made = wanted * (wanted > 0).sum(axis=0)
    return float(_score(made, wanted.sum(axis=0)[None], shared).max())


def _bare(texts: Sequence[str]) -> list[str]:
    return ["".join(text.split()) for text in texts]


def _occurrences(left: Sequence[str], right: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """For every order, which occurrence of which n-gram a text has: sparse, (texts, occurrences), both sides alike."""
    places: list[dict[tuple[str, int], int]] = [{} for _ in range(_ORDERS)]
    counted = [[_counted(text, places) for text in side] for side in (left, right)]
    ours, theirs = ([_matrix(side, order, places[order]) for order in range(_ORDERS)] for side in counted)
    return ours, theirs


def _counted(text: str, places: Sequence[dict[tuple[str, int], int]]) -> list[list[int]]:
    """Occurrences of every order in a text, as numbers that are given on the way."""
    found = []
    for order, known in enumerate(places):
        grams = Counter(text[i : i + order + 1] for i in range(len(text) - order))
        found.append(
            [known.setdefault((gram, nth), len(known)) for gram, count in grams.items() for nth in range(count)]
        )
    return found


def _matrix(side: Sequence[Sequence[Sequence[int]]], order: int, known: Mapping[tuple[str, int], int]) -> Any:
    from scipy.sparse import csr_matrix

    rows = [own[order] for own in side]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.concatenate([np.zeros(0, np.int64), *(np.array(row, np.int64) for row in rows)])
    return csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(rows), max(1, len(known))))


def _score(made: np.ndarray, wanted: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """F of the mean precision and recall over the orders that both sides have, (...) of (..., orders)."""
    counts = (made > 0) & (wanted > 0)
    orders = np.maximum(counts.sum(-1), 1)
    precision = (np.divide(shared, made, out=np.zeros(shared.shape), where=counts)).sum(-1) / orders
    recall = (np.divide(shared, wanted, out=np.zeros(shared.shape), where=counts)).sum(-1) / orders
    weighted = _BETA**2 * precision + recall
    fraction = np.divide(precision * recall, weighted, out=np.zeros(weighted.shape), where=weighted > 0)
    return 100.0 * (1 + _BETA**2) * fraction
