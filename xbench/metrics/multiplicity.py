"""p-values of many tests at once, and the smallest difference that a test would have shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVEL = 0.05
POWER = 0.8


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Adjusted so that the chance of any false discovery is at most the level (Holm 1979).

    The smallest p is multiplied by how many there are, the next by one less, and so on, and none may fall below the one
    before it.

    Args:
        p_values: (tests,).

    Returns:
        float64, (tests,), in the same order.

    Example:
        >>> holm([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, np.float64)
    order = np.argsort(given, kind="stable")
    raised = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    found = np.empty_like(given)
    found[order] = np.minimum(1.0, raised)
    return found


def benjamini_hochberg(p_values: Sequence[float]) -> np.ndarray:
    """Adjusted so that the expected share of false discoveries is at most the level (Benjamini and Hochberg 1995)."""
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p_values)) if len(p_values) else np.zeros(0)


def detectable(error: float, tests: int = 1) -> float:
    """The smallest true difference that would have been shown in four of five test sets like this one.

    (z(1 - 0.05 / (2 · tests)) + z(0.8)) · standard error: two-sided, a power of 80 %.

    Args:
        error: Standard error of the difference, in points.
        tests: How many tests share the level of 5 %.

    Example:
        >>> round(detectable(1.0), 3)
        2.802
    """
    from scipy.special import ndtri

    return float((ndtri(1 - LEVEL / (2 * tests)) + ndtri(POWER)) * error)
