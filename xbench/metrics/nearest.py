"""The nearest neighbours of queries in a pool that comes in blocks."""

from __future__ import annotations

import numpy as np


class Nearest:
    """The k entries of a pool that are most like each query, of what was seen so far.

    Equal similarities keep the order of the pool, as `argmax` would.

    Args:
        queries: How many.
        k: At most as many as the pool will have.

    Attributes:
        places: Indices into the pool, best first, int32, (queries, k).
        similarities: Theirs, float64, (queries, k).
    """

    def __init__(self, queries: int, k: int) -> None:
        self.places = np.full((queries, k), np.iinfo(np.int32).max, np.int32)
        self.similarities = np.full((queries, k), -np.inf)

    def see(self, similar: np.ndarray, queries: slice, first: int) -> None:
        """Takes a block in. The blocks of a query come in the order of the pool.

        Args:
            similar: Similarities, (rows, columns).
            queries: Which queries its rows are.
            first: Index into the pool of its first column.
        """
        k = self.places.shape[1]
        least = self.similarities[queries, -1]
        if similar.shape[1] > k and np.isinf(least).any():
            kth = np.partition(similar, similar.shape[1] - k, axis=1)[:, -k]
            # Ties with the k-th are all candidates, so that the index decides and not the partition.
            least = np.maximum(least, np.nextafter(kth, -np.inf))
        # What was seen before stands before in the pool, and wins a tie.
        rows, columns = np.nonzero(similar > least[:, None])
        found = np.concatenate([self.similarities[queries].ravel(), similar[rows, columns]])
        places = np.concatenate([self.places[queries].ravel(), (columns + first).astype(np.int32)])
        owners = np.concatenate([np.repeat(np.arange(len(similar)), k), rows])
        order = np.lexsort((places, -found, owners))
        owners = owners[order]
        kept = order[np.arange(len(owners)) - np.searchsorted(owners, owners) < k]
        self.similarities[queries] = found[kept].reshape(-1, k)
        self.places[queries] = places[kept].reshape(-1, k)
