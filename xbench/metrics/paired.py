"""Two checkpoints on the same examples: their scores on other examples, and their difference if chance made it.

Both rest on sums of statistics under random weights. The weights are drawn once for all languages, in blocks, and
multiplied with the statistics of all of them at once, so that time is that of matrix products and memory that of a
block.

- **bootstrap**: every example weighs as a Poisson variable of mean 1 (Chamandy et al. 2012, "Estimating uncertainty for
  massive data streams"), which for scores that are ratios of sums is the bootstrap, and lets test sets of different
  sizes share their weights. Both checkpoints have the same weights: it is paired.
- **randomisation**: every example is exchanged between the two or not, each with probability 1/2 (Noreen 1989,
  "Computer-intensive methods for testing hypotheses"). With several runs, all those of an example are exchanged.

Languages whose rows are the same items share their weights item by item, so that an average over them varies as it
does when other items are drawn. The others take the resamples in an order of their own, which makes them independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np

from xbench.api import Metric

RESAMPLES = 10_000
_BLOCK = 1000
"""Resamples at a time."""
_TILE = 1024
"""Examples at a time."""
_COLUMNS = 8192
"""Statistics at a time: those of a language, and of more as long as they are no more than this."""

Draw = Callable[[np.random.Generator, int, int], np.ndarray]
"""Source of chance, resamples, examples -> weights, float32."""


@dataclass(frozen=True)
class Pair:
    """The examples of one language under two checkpoints.

    Attributes:
        name: Of the language; tells the chance of languages apart that share no items.
        metric: What is computed of sums of statistics.
        first: Statistics of every run of the first checkpoint, (runs, examples, k).
        other: Likewise of the other one; as many examples, in the same order.
        places: Where each example stands among the items, int64, (examples,), ascending.
        shared: Whether equal places in other languages that share them are the same item.
    """

    name: str
    metric: Metric
    first: np.ndarray
    other: np.ndarray
    places: np.ndarray
    shared: bool

    @property
    def scores(self) -> tuple[np.ndarray, np.ndarray]:
        """Score of each run of the first, (runs,), and of the other checkpoint."""
        sums = (side.sum(axis=1, dtype=np.float64) for side in (self.first, self.other))
        first, other = (self.metric.value(one) for one in sums)
        return first, other

    @property
    def difference(self) -> float:
        """Mean score of the other checkpoint less that of the first."""
        first, other = self.scores
        return float(other.mean() - first.mean())

    @property
    def balanced(self) -> tuple[np.ndarray, np.ndarray]:
        """The statistics with runs repeated until both have as many, each of them equally often."""
        runs = lcm(len(self.first), len(self.other))
        return np.tile(self.first, (runs // len(self.first), 1, 1)), np.tile(
            self.other, (runs // len(self.other), 1, 1)
        )


def bootstrap(pairs: Sequence[Pair], resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of both checkpoints when other examples are drawn, the mean over their runs.

    Args:
        pairs: A language each.
        resamples: How often.
        seed: Of all chance.

    Returns:
        Of the first and of the other checkpoint, float64, (resamples, pairs); NaN where a metric has no meaning.
    """
    first, other = (np.empty((resamples, len(pairs))) for _ in range(2))
    tables = [np.concatenate([pair.first, pair.other]) for pair in pairs]
    for rows, place, sums in _sums(pairs, tables, _poisson, resamples, seed):
        values = pairs[place].metric.value(sums)
        runs = len(pairs[place].first)
        first[rows, place], other[rows, place] = values[:, :runs].mean(axis=1), values[:, runs:].mean(axis=1)
    for place, order in _orders(pairs, resamples, seed):
        first[:, place], other[:, place] = first[order, place], other[order, place]
    return first, other


def randomised(pairs: Sequence[Pair], resamples: int, seed: int) -> np.ndarray:
    """Differences when it is chance which checkpoint an answer is from.

    Returns:
        The other's mean score less the first's, float64, (resamples, pairs).
    """
    found = np.empty((resamples, len(pairs)))
    balanced = [pair.balanced for pair in pairs]
    tables = [other - first for first, other in (_signed(one) for one in balanced)]
    totals = [[side.sum(axis=1, dtype=np.float64) for side in sides] for sides in balanced]
    for rows, place, moved in _sums(pairs, tables, _coins, resamples, seed):
        first, other = totals[place]
        value = pairs[place].metric.value
        found[rows, place] = (value(other - moved) - value(first + moved)).mean(axis=1)
    for place, order in _orders(pairs, resamples, seed):
        found[:, place] = found[order, place]
    return found


def p_value(observed: float, chance: np.ndarray) -> float:
    """How often chance makes a difference at least as large, two-sided: (k + 1) / (resamples + 1).

    Args:
        observed: The difference.
        chance: Those that `randomised` gives, (resamples,).
    """
    # Equal differences must count as such, whatever the last digit of a score of theirs.
    reached = np.count_nonzero(np.abs(chance) >= abs(observed) - 1e-6)
    return float((reached + 1) / (len(chance) + 1))


def _signed(sides: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Unsigned counts cannot be subtracted."""
    return tuple(side.astype(np.float32) for side in sides)


def _sums(
    pairs: Sequence[Pair], tables: Sequence[np.ndarray], draw: Draw, resamples: int, seed: int
) -> Iterator[tuple[slice, int, np.ndarray]]:
    """Sums of statistics under random weights.

    Args:
        pairs: What the tables are of.
        tables: Statistics, (runs, examples, k), one for each pair.
        draw: Makes weights.
        resamples: How often.
        seed: Of all chance.

    Yields:
        Resamples, the place of a pair, and its sums, float64, (resamples, runs, k). Those of counts are exact.
    """
    for own in _batches(pairs, tables):
        flat = [_flat(tables[place]) for place in own]
        places = [pairs[place].places for place in own]
        bounds = np.concatenate([[0], np.cumsum([table.shape[1] for table in flat])]).tolist()
        for start in range(0, resamples, _BLOCK):
            rows = slice(start, min(start + _BLOCK, resamples))
            sums = _block(flat, places, bounds, draw, rows, seed)
            for place, left, right in zip(own, bounds[:-1], bounds[1:], strict=True):
                runs, _, k = tables[place].shape
                yield rows, place, sums[:, left:right].astype(np.float64).reshape(-1, runs, k)


def _batches(pairs: Sequence[Pair], tables: Sequence[np.ndarray]) -> Iterator[list[int]]:
    """Pairs whose statistics are multiplied at once, those with most examples first: any tile is of the first ones."""
    own: list[int] = []
    columns = 0
    for place in sorted(range(len(pairs)), key=lambda place: -_size(pairs[place].places)):
        width = tables[place].shape[0] * tables[place].shape[2]
        if own and columns + width > _COLUMNS:
            yield own
            own, columns = [], 0
        own.append(place)
        columns += width
    if own:
        yield own


def _flat(table: np.ndarray) -> np.ndarray:
    """(runs, examples, k) to float32, (examples, runs * k)."""
    return np.moveaxis(table, 1, 0).reshape(table.shape[1], -1).astype(np.float32)


def _block(
    flat: Sequence[np.ndarray], places: Sequence[np.ndarray], bounds: Sequence[int], draw: Draw, rows: slice, seed: int
) -> np.ndarray:
    """Sums of all columns under some of the resamples, float32, (resamples, columns)."""
    sums = np.zeros((rows.stop - rows.start, bounds[-1]), np.float32)
    for tile in range(0, _size(places[0]), _TILE):
        # A source of its own for each tile: a language's weights do not depend on which others are there.
        weights = draw(np.random.default_rng([seed, rows.start, tile]), len(sums), _TILE)
        end = min(tile + _TILE, _size(places[0]))
        own = [
            _spread(table, where, tile, end) for table, where in zip(flat, places, strict=True) if _size(where) > tile
        ]
        sums[:, : bounds[len(own)]] += weights[:, : end - tile] @ np.concatenate(own, axis=1)
    return sums


def _size(places: np.ndarray) -> int:
    return int(places[-1]) + 1


def _spread(table: np.ndarray, places: np.ndarray, start: int, end: int) -> np.ndarray:
    """The rows of a table that stand between two places, each at its own; nothing weighs where there is none."""
    low, high = np.searchsorted(places, [start, end])
    if high - low == end - start:
        return table[low:high]
    found = np.zeros((end - start, table.shape[1]), table.dtype)
    found[places[low:high] - start] = table[low:high]
    return found


def _orders(pairs: Sequence[Pair], resamples: int, seed: int) -> Iterator[tuple[int, np.ndarray]]:
    """Pairs that share no items, and the order in which each takes the resamples."""
    for place, pair in enumerate(pairs):
        if not pair.shared:
            yield place, np.random.default_rng([seed, *pair.name.encode()]).permutation(resamples)


def _poisson(random: np.random.Generator, resamples: int, examples: int) -> np.ndarray:
    return random.poisson(1.0, (resamples, examples)).astype(np.float32)


def _coins(random: np.random.Generator, resamples: int, examples: int) -> np.ndarray:
    count = resamples * examples
    bits = np.unpackbits(np.frombuffer(random.bytes(-(-count // 8)), np.uint8), count=count)
    return bits.reshape(resamples, examples).astype(np.float32)
