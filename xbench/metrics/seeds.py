"""Whether two checkpoints differ over all seeds, from the scores of a few."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 3
"""Runs of either side that a test over seeds needs."""
ENOUGH = 5
"""Runs of either side from which on a test over examples need not be called conditional on them."""


@dataclass(frozen=True)
class Welch:
    """A comparison of two means over seeds.

    Attributes:
        low: Of the 95 % interval of the other's mean less the first's.
        high: Likewise.
        p: Two-sided.
    """

    low: float
    high: float
    p: float


def welch(first: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> Welch | None:
    """Welch's t over seeds, which does not ask that both sides vary alike (Welch 1947).

    Args:
        first: Score of each run of the first checkpoint.
        other: Likewise.

    Returns:
        None with fewer than three runs of either side, or where no run differs from another of its side.
    """
    # Means over many languages differ in their last digits where they are the same.
    sides = [np.round(np.asarray(side, np.float64), 9) for side in (other, first)]
    if min(map(len, sides)) < FEWEST or not any(map(np.ptp, sides)):
        return None
    from scipy.stats import ttest_ind

    with warnings.catch_warnings():
        # One side may well not vary at all.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = ttest_ind(*sides, equal_var=False)
        low, high = found.confidence_interval(0.95)
    return Welch(float(low), float(high), float(found.pvalue))
