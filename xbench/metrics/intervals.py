"""Intervals of 95 %: over seeds by Student's t, over examples by the bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from xbench.api import Measure
from xbench.errors import XbenchError

_BLOCK = 50


def t_interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Where the mean over all seeds lies, from the scores of a few.

    With three seeds a bootstrap covers 80 % where it says 95 %; this covers what it says.

    Raises:
        XbenchError: There are fewer than two scores, or one is not a number.

    Example:
        >>> low, high = t_interval([70.0, 71.0, 72.0])
        >>> round(low, 2), round(high, 2)
        (68.52, 73.48)
    """
    scores = np.asarray(values, np.float64)
    if len(scores) < 2:
        raise XbenchError("an interval over seeds needs at least two of them: run more seeds")
    if not np.isfinite(scores).all():
        raise XbenchError("an interval over seeds needs a score for each: one of them is not a number")
    ((low,), (high,)) = t_intervals(scores[None])
    return float(low), float(high)


def t_intervals(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of many at once.

    Args:
        scores: (rows, seeds), at least two seeds.

    Returns:
        Both ends, (rows,) each.
    """
    count = scores.shape[1]
    means, half = scores.mean(axis=1), _quantile(count) * scores.std(axis=1, ddof=1) / count**0.5
    return means - half, means + half


def t_half_width(sd: float, seeds: int) -> float:
    """Half of the interval that a single run lies in with 95 %, by the spread of a few, where their mean is known.

    Times the root of 1/n + 1/m, it is that of the difference between a mean of these n runs and one of m others.
    """
    return _quantile(seeds) * sd


@lru_cache
def _quantile(count: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, 0.975))


def bootstrap(measure: Measure, resamples: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Where the score lies when other examples are drawn: 2.5 % and 97.5 % of the resampled scores.

    Raises:
        XbenchError: There are no examples.
    """
    low, high = np.percentile(resampled(measure, resamples, seed), [2.5, 97.5])
    return float(low), float(high)


def resampled(measure: Measure, resamples: int = 1000, seed: int = 0) -> np.ndarray:
    """Scores of resampled examples, float64, (resamples,).

    Measures with equally many examples draw the same ones, so that an average over parallel test
    sets may be resampled by averaging these: languages that share their items vary together.

    Raises:
        XbenchError: There are no examples.
    """
    examples = len(measure.statistics)
    if not examples:
        raise XbenchError(f"{measure.metric.name} has no examples to resample: the slice has no rows")
    sums = _weights(examples, resamples, seed) @ measure.statistics.astype(np.float32)
    return measure.metric.value(sums.astype(np.float64))


# A whole and its groups take turns, language after language.
@lru_cache(maxsize=4)
def _weights(examples: int, resamples: int, seed: int) -> np.ndarray:
    """How often each resample draws each example, float32, (resamples, examples)."""
    random = np.random.default_rng(seed)
    weights = np.empty((resamples, examples), np.float32)
    # All at once would need many times the memory of the result.
    for part in np.array_split(weights, range(_BLOCK, resamples, _BLOCK)):
        own = np.arange(len(part))[:, None] * examples
        drawn = random.integers(examples, size=part.shape) + own
        part[:] = np.bincount(drawn.ravel(), minlength=part.size).reshape(part.shape)
    weights.setflags(write=False)
    return weights
