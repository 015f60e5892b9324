"""Vectors of which only the direction counts, rounded so that their cosines come out the same however they are made.

A matrix product sums in an order of its own choice, which differs with the shape of its blocks, with the
number of threads and with the processor. Here every coordinate of a unit vector is a multiple of 2^-26. A product
of two is a multiple of 2^-52, and by Cauchy and Schwarz no partial sum exceeds 1 by more than a rounding: each
is a number that float64 holds exactly, so no order of summation rounds anything. Equal vectors have equal cosines, and
a rank depends on nothing but the vectors. The rounding moves a cosine by about 6e-9, a tenth of float32's resolution.
"""

from __future__ import annotations

import numpy as np

_GRID = 2.0**26
_BLOCK = 1024


class Directions:
    """A sliceable view: `directions[a:b]` are rounded unit vectors, float64, (b - a, hidden), made when asked for.

    Args:
        vectors: Finite and not zero, of any length, float, (n, hidden). Not copied.
    """

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors
        self._scale = np.empty(len(vectors))
        for start in range(0, len(vectors), _BLOCK):
            block = vectors[start : start + _BLOCK].astype(np.float64)
            # Not by einsum or norm: these may sum a row differently depending on where it stands.
            self._scale[start : start + _BLOCK] = _GRID / np.sqrt((block * block).sum(axis=1))

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, part: slice) -> np.ndarray:
        block = self._vectors[part] * self._scale[part, None]
        np.rint(block, out=block)
        block /= _GRID
        return block
