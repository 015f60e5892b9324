"""Rank correlation with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 5
"""Pairs below which nothing is said: the interval would be nearly everything from -1 to 1."""


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation.

    Attributes:
        value: From -1 to 1.
        low, high: 95 % interval.
        count: Pairs that it is over.
    """

    value: float
    low: float
    high: float
    count: int


def spearman(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> Correlation | None:
    """Spearman's rho, ties at their mean ranks, with an interval by Fisher's z.

    The standard error of z is that of Bonett and Wright (2000, Psychometrika 65), sqrt((1 + rho² / 2) / (n - 3)), which
    unlike Pearson's 1 / sqrt(n - 3) covers what it says for ranks (a test simulates it, with ties too). Pairs are taken
    to be drawn independently, which languages of one family are not: the interval is rather too narrow than too wide.

    Returns:
        None with fewer than `FEWEST` pairs, or where one side does not vary.

    Example:
        >>> found = spearman([1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 1, 2])
        >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
        (-0.943, -0.996, -0.383)
    """
    # Not scipy.stats, which takes longer to import than a report to draw.
    from pandas import Series

    one, other = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(one) < FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    value = float(np.clip(np.corrcoef(Series(one).rank(), Series(other).rank())[0, 1], -1, 1))
    # At 1 and -1 z is infinite, and so are both ends.
    centre = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    half = 1.959964 * np.sqrt((1 + value**2 / 2) / (len(one) - 3))
    return Correlation(value, float(np.tanh(centre - half)), float(np.tanh(centre + half)), len(one))
