"""How alike two vectors are, given their cosine and how crowded the neighbourhoods of both are.

Some vectors are near to everything (hubs), and would be retrieved for everything. The mean cosine of a vector to its
nearest neighbours on the other side says how near it is to anything, and is taken off (CSLS) or divided by (margin).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Similarity:
    """A way to compare.

    Attributes:
        name: As in a metric's mode.
        neighbours: How many nearest neighbours the means are over; 0 where none are needed.
        score: Cosines, means of the sources, means of the targets, each broadcast to the others -> similarities.
        ratio: Whether it divides by the means, which says nothing unless they are positive.
    """

    name: str
    neighbours: int
    score: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    ratio: bool = False

    def means(self, nearest: np.ndarray) -> np.ndarray:
        """Mean cosine to the nearest neighbours, float64, (n,).

        Args:
            nearest: Cosines to at least so many neighbours, descending, (n, k), or to all that there are.
        """
        # Not by mean(axis=1) of a slice: rows must not depend on how many there are.
        kept = np.ascontiguousarray(nearest[:, : self.neighbours])
        return kept.sum(axis=1) / max(1, kept.shape[1])

    def naming(self, metric: str) -> str:
        """What a metric is called by this similarity; by cosine, without more."""
        return metric if self == COSINE else f"{metric}-{self.name}"

    def mode(self, pool: int) -> str:
        """For a metric's mode. A pool smaller than the neighbourhood makes it smaller, and the number another one."""
        size = f"|k:{min(self.neighbours, pool)}" if self.neighbours else ""
        return f"similarity:{self.name}{size}"

    def defined(self, source_means: np.ndarray, target_means: np.ndarray) -> bool:
        """Whether every pair can be compared."""
        return not self.ratio or bool(source_means.min() + target_means.min() > 0)


def _cosine(cosines: np.ndarray, source_means: np.ndarray, target_means: np.ndarray) -> np.ndarray:
    return cosines


def _csls(cosines: np.ndarray, source_means: np.ndarray, target_means: np.ndarray) -> np.ndarray:
    return 2 * cosines - source_means - target_means


def _margin(cosines: np.ndarray, source_means: np.ndarray, target_means: np.ndarray) -> np.ndarray:
    return cosines / ((source_means + target_means) / 2)


COSINE = Similarity("cosine", 0, _cosine)
CSLS = Similarity("csls", 10, _csls)
"""Cross-domain similarity local scaling (Conneau et al. 2018, https://arxiv.org/abs/1710.04087, equation 3)."""
MARGIN = Similarity("margin", 4, _margin, ratio=True)
"""Ratio margin (Artetxe and Schwenk 2019, https://aclanthology.org/P19-1309, section 3.1)."""
SIMILARITIES = (COSINE, CSLS, MARGIN)
