"""Exact search between two sides of translations, in blocks: memory grows with the sides, not with their product.

Both directions share every product. Cosines of `xbench.metrics.directions` are exact, so the size of the blocks,
the number of threads and the machine change no rank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from xbench.metrics.directions import Directions
from xbench.metrics.nearest import Nearest
from xbench.metrics.similarities import SIMILARITIES, Similarity

BLOCK = 1024
NEIGHBOURS = max(10, *(one.neighbours for one in SIMILARITIES))
"""How many are kept of each query: ten to look at, and no fewer than a similarity's means are over."""

Block = tuple[slice, slice, np.ndarray]
"""Rows of the source, rows of the target, their cosines."""


@dataclass(frozen=True)
class Hits:
    """What a search in one direction found for each query.

    Attributes:
        ranks: Name of a similarity -> place of the gold under it, from 1 on, int32, (queries,); None where it is
            undefined (see `Similarity.defined`).
        means: Name of a similarity -> mean cosine of the query to its nearest neighbours, float64, (queries,).
        neighbours: Indices into the pool, best first by cosine, int32, (queries, k).
        similarities: Their cosines, float32, (queries, k).
        gold: Cosine of the gold, float32, (queries,).
    """

    ranks: Mapping[str, np.ndarray | None]
    means: Mapping[str, np.ndarray]
    neighbours: np.ndarray
    similarities: np.ndarray
    gold: np.ndarray


def search(source: np.ndarray, target: np.ndarray, block: int = BLOCK) -> tuple[Hits, Hits]:
    """Searches each side for the other; entry i of one is the gold of entry i of the other.

    Equal similarities keep the order of the pool, as `argmax` would.

    Args:
        source: Vectors, finite and not zero, float, (n, hidden).
        target: Likewise, one for each.
        block: Rows of either side that are multiplied at once; changes speed and memory only.

    Returns:
        The source's hits in the target, and the target's in the source.
    """
    sides = Directions(source), Directions(target)
    # One block is multiplied once, and more are multiplied twice rather than kept.
    blocks = list(_blocks(*sides, block)) if len(source) <= block else None
    gold = _gold(*sides)
    there, back = (Nearest(len(source), min(NEIGHBOURS, len(source))) for _ in range(2))
    for rows, columns, cosines in blocks or _blocks(*sides, block):
        there.see(cosines, rows, columns.start)
        back.see(cosines.T, columns, rows.start)
    means = {one.name: (one.means(there.similarities), one.means(back.similarities)) for one in SIMILARITIES}
    defined = [one for one in SIMILARITIES if one.defined(*means[one.name])]
    golds = {one.name: one.score(gold, *means[one.name]) for one in defined}
    ranks = {one.name: (np.ones(len(gold), np.int32), np.ones(len(gold), np.int32)) for one in defined}
    for rows, columns, cosines in blocks or _blocks(*sides, block):
        for one in defined:
            _count(one, cosines, rows, columns, means[one.name], golds[one.name], ranks[one.name])
    return _hits(0, there, ranks, means, gold), _hits(1, back, ranks, means, gold)


def _blocks(source: Directions, target: Directions, block: int) -> Iterator[Block]:
    for row in range(0, len(source), block):
        rows = slice(row, min(row + block, len(source)))
        queries = source[rows]
        for column in range(0, len(target), block):
            columns = slice(column, min(column + block, len(target)))
            yield rows, columns, queries @ target[columns].T


def _gold(source: Directions, target: Directions) -> np.ndarray:
    """Cosine of every pair; exact, and so the same number as in the products."""
    parts = (slice(start, start + BLOCK) for start in range(0, len(source), BLOCK))
    return np.concatenate([(source[part] * target[part]).sum(axis=1) for part in parts])


def _count(
    similarity: Similarity, cosines: np.ndarray, rows: slice, columns: slice, means: tuple[np.ndarray, np.ndarray],
    gold: np.ndarray, ranks: tuple[np.ndarray, np.ndarray],
) -> None:  # fmt: skip
    """Adds to the ranks what of this block stands before the gold, in both directions."""
    scores = similarity.score(cosines, means[0][rows, None], means[1][None, columns])
    ranks[0][rows] += _before(scores, gold[rows], columns.start - rows.start)
    ranks[1][columns] += _before(scores.T, gold[columns], rows.start - columns.start)


def _before(scores: np.ndarray, gold: np.ndarray, place: int) -> np.ndarray:
    """How many of a row's scores beat its gold, or equal it and stand before it, int64, (rows,).

    Args:
        scores: (rows, columns).
        gold: Of each row, (rows,).
        place: Where the columns begin, seen from the rows' gold: 0 is the block that has the golds on its diagonal.
    """
    if place < 0:
        return np.count_nonzero(scores >= gold[:, None], axis=1)
    better = np.count_nonzero(scores > gold[:, None], axis=1)
    if place == 0:
        better += np.count_nonzero(np.tril(scores == gold[:, None], -1), axis=1)
    return better


def _hits(
    side: int, nearest: Nearest, ranks: Mapping[str, tuple[np.ndarray, np.ndarray]],
    means: Mapping[str, tuple[np.ndarray, np.ndarray]], gold: np.ndarray,
) -> Hits:  # fmt: skip
    return Hits(
        {one.name: ranks[one.name][side] if one.name in ranks else None for one in SIMILARITIES},
        {one.name: means[one.name][side] for one in SIMILARITIES if one.neighbours},
        nearest.places,
        nearest.similarities.astype(np.float32),
        gold.astype(np.float32),
    )
