"""Where the right ones of some candidates stand, when a score puts these in an order; a query may have several."""

from __future__ import annotations

import numpy as np


def nearest(scores: np.ndarray, k: int) -> np.ndarray:
    """Indices of the k best candidates, best first and equal ones as they come, int32, (queries, k)."""
    left, queries = scores.copy(), np.arange(len(scores))
    found = np.empty((len(scores), min(k, scores.shape[1])), np.int32)
    for place in range(found.shape[1]):
        found[:, place] = left.argmax(1)
        left[queries, found[:, place]] = -np.inf
    return found


def ranks(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Place of the best of the right candidates, from 1 on; of wrong ones just as good, those before it count.

    Args:
        scores: (queries, candidates).
        right: Whether a candidate is right, bool, (queries, candidates); at least one of each query is.

    Returns:
        int32, (queries,).

    Example:
        >>> ranks(np.array([[0.1, 0.7, 0.7]]), np.array([[False, False, True]])).tolist()
        [2]
    """
    best = np.where(right, scores, -np.inf).max(1, keepdims=True)
    as_good = scores == best
    first = (as_good & right).argmax(1)[:, None]
    before = as_good & ~right & (np.arange(scores.shape[1]) < first)
    return (1 + (scores > best).sum(1) + before.sum(1)).astype(np.int32)


def chance(right: np.ndarray, pool: int, k: int) -> float:
    """Percentage of queries that have a right one among k candidates that are drawn blindly, on average.

    Args:
        right: How many candidates are right, (queries,).
        pool: How many there are.
        k: Drawn without putting any back.

    Example:
        >>> round(chance(np.array([1, 2]), 4, 1), 1)
        37.5
    """
    drawn = np.arange(min(k, pool))
    # Each draw that missed leaves one wrong candidate fewer.
    missed = np.maximum(pool - np.asarray(right)[:, None] - drawn, 0) / (pool - drawn)
    return 100.0 * float((1.0 - missed.prod(1)).mean())
