"""Links between two sentences from the similarities of their sub-tokens, and how good links are against gold ones.

Leading axes, such as layers, are carried along: (..., source, target).

- **argmax**: each is the other's most similar (Jalili Sabet et al. 2020, https://aclanthology.org/2020.findings-emnlp.147).
- **itermax**: argmax once more among what has no link yet, at full weight where neither side has one and at `alpha`
  where one has (the same paper, with the package's two iterations and 0.9).
- **softmax**: a softmax over the dot products in either direction, both above a threshold (Dou and Neubig 2021,
  https://aclanthology.org/2021.eacl-main.181, with its 0.001).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

ITERATIONS = 2
ALPHA = 0.9
THRESHOLD = 1e-3


@dataclass(frozen=True)
class Products:
    """Sub-tokens of a sentence against those of its translation, in every layer.

    Attributes:
        dots: Dot products, float32, (layers + 1, source, target).
        source: Lengths of the vectors, float32, (layers + 1, source).
        target: Likewise, (layers + 1, target).
    """

    dots: np.ndarray
    source: np.ndarray
    target: np.ndarray

    @property
    def similarities(self) -> np.ndarray:
        """Cosines brought to 0 to 1, as itermax needs them to weigh them down."""
        lengths = self.source[..., :, None] * self.target[..., None, :]
        return (self.dots / np.maximum(lengths, 1e-12) + 1.0) / 2.0


def argmax(similarity: np.ndarray) -> np.ndarray:
    """Whether each is the other's most similar, bool, (..., source, target); of equals the first counts."""
    own, other = (np.arange(size) for size in similarity.shape[-2:])
    forward = similarity.argmax(-1)[..., :, None] == other
    backward = similarity.argmax(-2)[..., None, :] == own[:, None]
    return np.asarray(forward & backward)


def itermax(similarity: np.ndarray, iterations: int = ITERATIONS, alpha: float = ALPHA) -> np.ndarray:
    """Links of argmax, and those that further rounds of it add, bool, (..., source, target).

    Args:
        similarity: From 0 to 1.
        iterations: Rounds in all.
        alpha: Weight of a similarity where one of the two has a link.
    """
    links = argmax(similarity)
    # The package leaves sentences of one or two sub-tokens at that.
    for _ in range(iterations - 1 if min(similarity.shape[-2:]) > 2 else 0):
        free, their_free = (np.logical_not(links.any(axis, keepdims=True)) for axis in (-1, -2))
        either, both = free | their_free, free & their_free
        going = free.any((-2, -1), keepdims=True) & their_free.any((-2, -1), keepdims=True)
        weight = np.where(both, 1.0, np.where(either, alpha, 0.0))
        links |= argmax(similarity * weight) & either & going
    return links


def softmax(dots: np.ndarray, threshold: float = THRESHOLD) -> np.ndarray:
    """Whether both directions give a link more than the threshold, bool, (..., source, target)."""
    return (_shares(dots, -1) > threshold) & (_shares(dots, -2) > threshold)


def _shares(dots: np.ndarray, axis: int) -> np.ndarray:
    raised = np.exp(dots - dots.max(axis, keepdims=True))
    return np.asarray(raised / raised.sum(axis, keepdims=True))


METHODS: Mapping[str, tuple[Callable[[Products], np.ndarray], str]] = {
    "argmax": (lambda products: argmax(products.similarities), ""),
    "itermax": (lambda products: itermax(products.similarities), f"iterations:{ITERATIONS}|alpha:{ALPHA}"),
    "softmax": (lambda products: softmax(products.dots), f"threshold:{THRESHOLD}"),
}
"""Ways from products to links between sub-tokens, bool, (layers + 1, source, target), and what pins each."""

Links = Collection[tuple[int, int]]


def statistics(found: Links, sure: Links, possible: Links) -> tuple[int, int, int, int]:
    """Counts of one sentence: links that are sure, sure or possible, found; and sure gold links."""
    beyond_doubt, all_of = frozenset(sure), frozenset(found)
    right = len(all_of & beyond_doubt)
    return right, len(all_of & (beyond_doubt | frozenset(possible))), len(all_of), len(beyond_doubt)


def precision(sums: np.ndarray) -> np.ndarray:
    """Share of the links that are sure or possible, in percent; 0 where none was found."""
    return _percent(sums[..., 1], sums[..., 2])


def recall(sums: np.ndarray) -> np.ndarray:
    """Share of the sure links that were found, in percent; NaN where there are none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return 100.0 * np.asarray(sums[..., 0], np.float64) / sums[..., 3]


def f1(sums: np.ndarray) -> np.ndarray:
    """Harmonic mean of both, in percent; 0 where both are, NaN where there are no sure links."""
    right, found = precision(sums), recall(sums)
    # Where the sum is not a number it is not 0 either, and stays what it is.
    whole = right + found
    return 2 * np.divide(right * found, whole, out=np.zeros_like(whole), where=whole != 0)


def error_rate(sums: np.ndarray) -> np.ndarray:
    """Alignment error rate (Och and Ney 2003, https://aclanthology.org/J03-1002), in percent: lower is better.

    AER = 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|), where P holds S. NaN where there are neither links nor sure ones.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return 100.0 * (1.0 - (sums[..., 0] + sums[..., 1]) / np.asarray(sums[..., 2] + sums[..., 3], np.float64))


def _percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return 100.0 * np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
