"""Where the right ones of some candidates stand, when a score puts these in an order; a query may have several."""

from __future__ import annotations

import numpy as np


def nearest(scores: np.ndarray, k: int) -> np.ndarray:
    """Indices of the k best candidates, best first and equal ones as they come, int64, (queries, k)."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def ranks(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Place of the best of the right candidates, from 1 on.

    Args:
        scores: (queries, candidates).
        right: Whether a candidate is right, bool, (queries, candidates); at least one of each query is.

    Returns:
        int64, (queries,).

    Example:
        >>> ranks(np.array([[0.1, 0.7, 0.7]]), np.array([[False, False, True]])).tolist()
        [2]
    """
    return 1 + np.take_along_axis(right, nearest(scores, scores.shape[1]), axis=1).argmax(1)


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
