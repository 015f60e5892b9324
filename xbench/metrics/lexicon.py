"""Which word of a pool translates a word; a query may have several right answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xbench.metrics.directions import Directions
from xbench.metrics.similarities import Similarity


def means(vectors: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Means of the vectors of every group.

    Args:
        vectors: (layers, vectors, hidden).
        groups: Group of every vector, (vectors,): each from 0 to the largest has at least one.

    Returns:
        (layers, groups, hidden).
    """
    order = np.argsort(groups, kind="stable")
    counts = np.bincount(groups)
    sums = np.add.reduceat(vectors[:, order], np.cumsum(counts) - counts, axis=1)
    return sums / counts[:, None].astype(vectors.dtype)


def similarities(source: np.ndarray, target: np.ndarray, wanted: Sequence[Similarity]) -> dict[str, np.ndarray]:
    """All words of one language against all of another.

    Args:
        source: Finite and not zero, (sources, hidden).
        target: Likewise, (targets, hidden).
        wanted: Ways to compare.

    Returns:
        Name -> similarities, float64, (sources, targets); those of the other direction are its transpose.
    """
    cosine = Directions(source)[0 : len(source)] @ Directions(target)[0 : len(target)].T
    most = max(similarity.neighbours for similarity in wanted)
    near, their_near = _largest(cosine, most), _largest(cosine.T, most)
    return {
        similarity.name: similarity.score(
            cosine, similarity.means(near)[:, None], similarity.means(their_near)[None, :]
        )
        for similarity in wanted
    }


def ranks(similarity: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Place of the best right answer of every query, from 1 on; of wrong ones just as near, those before it count.

    Args:
        similarity: (queries, pool).
        right: Which answers are right, bool, (queries, pool); at least one for each query.

    Returns:
        int32, (queries,).
    """
    best = np.where(right, similarity, -np.inf).max(1, keepdims=True)
    as_near = similarity == best
    first = (as_near & right).argmax(1)[:, None]
    before = as_near & ~right & (np.arange(similarity.shape[1]) < first)
    return (1 + (similarity > best).sum(1) + before.sum(1)).astype(np.int32)


def nearest(similarity: np.ndarray, k: int) -> np.ndarray:
    """Indices into the pool of the k nearest to every query, equally near ones in the pool's order, (queries, k)."""
    left, queries = similarity.copy(), np.arange(len(similarity))
    found = np.empty((len(similarity), min(k, similarity.shape[1])), np.int32)
    for place in range(found.shape[1]):
        found[:, place] = left.argmax(1)
        left[queries, found[:, place]] = -np.inf
    return found


def chance(right: np.ndarray, pool: int, k: int) -> float:
    """How often one of k words that are drawn blindly is right, in percent.

    Args:
        right: Number of right answers of every query, (queries,).
        pool: Number of words to draw from.
        k: Drawn without putting any back.

    Example:
        >>> round(chance(np.array([1, 2]), 4, 1), 1)
        37.5
    """
    drawn = np.arange(min(k, pool))
    wrong = np.maximum(pool - right[:, None] - drawn, 0) / (pool - drawn)
    return 100.0 * float(1.0 - wrong.prod(1).mean())


def _largest(cosine: np.ndarray, k: int) -> np.ndarray:
    """The k largest of every row, descending, (rows, k); all of them, where there are fewer."""
    columns = cosine.shape[1]
    k = min(k, columns)
    return -np.sort(np.partition(-cosine, k - 1, axis=1)[:, :k], axis=1)
