"""What a retrieval is worth: accuracies and mean reciprocal rank of the gold's places."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xbench.api import Metric
from xbench.metrics import shares
from xbench.metrics.similarities import Similarity

_FIRST = 10


def names(similarity: Similarity) -> tuple[str, str, str]:
    """What the metrics of a similarity are called; of the cosine, without more.

    Example:
        >>> from xbench.metrics.similarities import CSLS
        >>> names(CSLS)
        ('accuracy-csls', 'accuracy@10-csls', 'mrr-csls')
    """
    return similarity.naming("accuracy"), similarity.naming(f"accuracy@{_FIRST}"), similarity.naming("mrr")


def measured(ranks: np.ndarray, similarity: Similarity) -> Iterator[tuple[Metric, np.ndarray, float | None]]:
    """Metrics of one search, whose pool has as many entries as there are queries.

    Args:
        ranks: Place of the gold of each query, from 1 on, (queries,).
        similarity: What ranked them.

    Yields:
        A metric, its statistics (queries, 2), and what guessing scores (None for the mean reciprocal rank).
    """
    pool = len(ranks)
    first, ten, reciprocal = names(similarity)
    for name, earned, chance in (
        (first, ranks == 1, 100.0 / pool),
        (ten, ranks <= _FIRST, 100.0 * min(_FIRST, pool) / pool),
        (reciprocal, 1.0 / ranks, None),
    ):
        yield Metric(name, shares.percent, similarity.mode(pool)), shares.statistics(earned), chance
