"""How alike the words of two languages are, by the vectors of their occurrences."""

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


def _largest(cosine: np.ndarray, k: int) -> np.ndarray:
    """The k largest of every row, descending, (rows, k); all of them, where there are fewer."""
    columns = cosine.shape[1]
    k = min(k, columns)
    return -np.sort(np.partition(-cosine, k - 1, axis=1)[:, :k], axis=1)
