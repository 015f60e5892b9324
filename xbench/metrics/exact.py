"""Exact tests of a metric that is the share of examples which are right."""

from __future__ import annotations

from math import lcm

import numpy as np

from xbench.api import Metric

SMALLEST = 1e-20
"""What is less probable is given as this: the sums that it would take are cut there."""

_TRIALS = 8


def outcomes(metric: Metric, statistics: np.ndarray) -> np.ndarray | None:
    """Which examples are right, if the metric is nothing but their share.

    Whether it is shows in numbers, not in its name: scores of single examples are 0 or 100, and that of any selection
    of them is their mean.

    Args:
        metric: What is computed of sums of statistics.
        statistics: Of every run, (runs, examples, k).

    Returns:
        bool, (runs, examples that count), or None.
    """
    single = metric.value(np.asarray(statistics, np.float64))
    counts = np.isfinite(single).all(axis=0)
    if not counts.any() or not np.isin(single[:, counts], (0.0, 100.0)).all():
        return None
    right = single[:, counts] > 0
    weights = np.random.default_rng(0).integers(0, 4, (_TRIALS, statistics.shape[1])).astype(np.float64)
    whole = weights[:, counts].sum(axis=1)
    for own, statistic in zip(right, statistics, strict=True):
        with np.errstate(invalid="ignore"):
            expected = 100.0 * (weights[:, counts] @ own) / whole
        if not np.allclose(metric.value(weights @ np.asarray(statistic, np.float64)), expected, equal_nan=True):
            return None
    return right


def sign_flip(first: np.ndarray, other: np.ndarray) -> float:
    """Probability of a difference at least as large if each example were as likely to favour the one as the other.

    With one run of each that is McNemar's exact test (McNemar 1947, https://doi.org/10.1007/BF02295996): examples count
    that the one has right and the other wrong. With more runs an example's weight is the difference between the shares
    of runs that have it right, and its sign is what chance decides: the exact permutation test of paired examples.
    With more runs on one side than on the other it is approximate: a mean over fewer runs varies more, and exchanging
    the two makes other differences. The level is near 5 % all the same, unless a side has one run and few examples are
    wrong (`tests/test_paired.py`).

    Args:
        first: Whether each run of the first checkpoint has each example right, bool, (runs, examples).
        other: Likewise.

    Returns:
        Two-sided p; `SMALLEST` where it is smaller.
    """
    from scipy.stats import binomtest

    runs = lcm(len(first), len(other))
    gains = other.sum(axis=0) * (runs // len(other)) - first.sum(axis=0) * (runs // len(first))
    sizes, counts = np.unique(np.abs(gains[gains != 0]), return_counts=True)
    if not len(sizes):
        return 1.0
    if len(sizes) == 1:
        return max(SMALLEST, float(binomtest(int((gains > 0).sum()), int(counts[0])).pvalue))
    sizes = sizes // np.gcd.reduce(sizes)
    return _tails(sizes.tolist(), counts.tolist(), int(gains.sum() // np.gcd.reduce(np.abs(gains[gains != 0]))))


def _tails(sizes: list[int], counts: list[int], total: int) -> float:
    """Probability that a sum of weights with random signs is as far from 0 as `total`."""
    from scipy.stats import binom

    # The sum is that of 2 · size · (how many are positive) - size · count.
    probabilities, lowest = np.ones(1), 0
    for size, count in zip(sizes, counts, strict=True):
        # Ten standard deviations hold all but 1e-23.
        reach = int(5 * count**0.5) + 1
        positive = np.arange(max(0, count // 2 - reach), min(count, count // 2 + reach) + 1)
        own = np.zeros(size * (len(positive) - 1) + 1)
        own[::size] = binom.pmf(positive, count, 0.5)
        probabilities = np.convolve(probabilities, own)
        lowest += size * (2 * int(positive[0]) - count)
    sums = lowest + 2 * np.arange(len(probabilities))
    return float(min(1.0, max(SMALLEST, probabilities[np.abs(sums) >= abs(total)].sum())))
