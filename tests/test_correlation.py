"""Rank correlation: scipy's value, and an interval that covers what it says."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from xbench.metrics.correlation import FEWEST, spearman


def test_the_value_is_scipys_with_ties() -> None:
    random = np.random.default_rng(1)
    for count in (6, 40, 176):
        x, y = random.integers(6, size=count), random.normal(size=count).round(1)
        found = spearman(x, y)
        assert found is not None
        assert found.value == pytest.approx(scipy.stats.spearmanr(x, y).statistic)
        assert found.low < found.value < found.high and found.count == count


def test_what_cannot_be_said_is_not_said() -> None:
    assert spearman(range(FEWEST - 1), range(FEWEST - 1)) is None
    assert spearman([1.0] * 9, range(9)) is None
    perfect = spearman(range(9), range(9))
    assert perfect is not None and perfect.value == 1.0 and perfect.high <= 1.0


@pytest.mark.parametrize("count", [15, 110])
@pytest.mark.parametrize("rho", [0.0, -0.6])
@pytest.mark.parametrize("tied", [False, True])
def test_the_interval_covers_what_it_says(count: int, rho: float, tied: bool) -> None:
    """Of 2,000 samples of a bivariate normal, 95 % of the intervals hold the correlation of many."""
    random = np.random.default_rng([count, int(10 * abs(rho)), tied])

    def draw(pairs: int) -> tuple[np.ndarray, np.ndarray]:
        x = random.normal(size=pairs)
        y = rho * x + np.sqrt(1 - rho**2) * random.normal(size=pairs)
        # Resource classes: six of them, of unequal size.
        return (np.digitize(x, [-0.8, 0.2, 0.8, 1.3, 1.8]).astype(float) if tied else x), y

    truth = scipy.stats.spearmanr(*draw(400_000)).statistic
    if not tied:
        assert truth == pytest.approx(6 / np.pi * np.arcsin(rho / 2), abs=0.01)
    found = [spearman(*draw(count)) for _ in range(2000)]
    covered = np.mean([one is not None and one.low <= truth <= one.high for one in found])
    assert 0.93 <= covered <= 0.975
