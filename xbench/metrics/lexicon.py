"""Which word of a pool translates a word, by cosine and by CSLS; a query may have several right answers.

CSLS (Conneau et al. 2018, https://openreview.net/forum?id=H196sainb): 2 cos(x, y) - r(x) - r(y), where r is the mean
cosine of a word with its k nearest words of the other language. It takes back what hubs, near to everything, gain.
"""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 10
"""k of CSLS."""


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


def cosines(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Similarities of all words of one language to all of another, float32, (sources, targets).

    Equal vectors have exactly equal similarities, which a matrix product does not promise.

    Args:
        source: (sources, hidden), none of them zero.
        target: (targets, hidden), likewise.
    """
    own, copies = _distinct(source)
    others, their_copies = _distinct(target)
    return (own @ others.T)[copies][:, their_copies]


def csls(cosine: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """CSLS from cosines, (sources, targets); that of the other direction is its transpose."""
    return 2 * cosine - _nearby(cosine, k)[:, None] - _nearby(cosine.T, k)[None, :]


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


def _nearby(cosine: np.ndarray, k: int) -> np.ndarray:
    """Mean cosine of every word with its k nearest, (words,); with all, where there are fewer."""
    k = min(k, cosine.shape[1])
    # Summed in the order of their size: words that are equal have equal sums.
    largest = np.sort(np.partition(cosine, cosine.shape[1] - k, axis=1)[:, -k:], axis=1)
    return np.asarray(largest.mean(1))


def _distinct(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of length 1, each once, and which of them every given one is."""
    vectors = np.asarray(vectors, np.float32)
    found, copies = np.unique(vectors, axis=0, return_inverse=True)
    return found / np.linalg.norm(found, axis=1, keepdims=True), copies.ravel()
