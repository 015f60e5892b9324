"""How many n-grams two sequences share: the counts that BLEU and chrF are functions of.

sacreBLEU counts those of every text anew for each pair that it stands in. In retrieval the same
few texts come again and again, and most pairs are twice the same one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

Units = str | tuple[str, ...]
"""A text as its characters, or as its words."""


def counts(texts: Sequence[Units], orders: int) -> np.ndarray:
    """n-grams of each text for n from 1 to `orders`, repeated ones included, int64, (texts, orders)."""
    lengths = np.array([len(text) for text in texts], np.int64)
    return np.maximum(lengths[:, None] - np.arange(orders), 0)


def shared(left: Sequence[Units], right: Sequence[Units], orders: int) -> np.ndarray:
    """n-grams that the two texts of each pair have in common, each as often as both have it.

    Args:
        left: The one text of every pair.
        right: The other.
        orders: The largest n.

    Returns:
        int64, (pairs, orders).

    Example:
        >>> shared(["aab", "abc"], ["aba", "abc"], 3).tolist()
        [[3, 1, 0], [3, 2, 1]]
    """
    found = counts(left, orders)
    known = {text: _counted(text, orders) for a, b in zip(left, right, strict=True) if a != b for text in (a, b)}
    for place, (a, b) in enumerate(zip(left, right, strict=True)):
        if a != b:
            own = [0] * orders
            ours, theirs = known[a], known[b]
            for gram in ours.keys() & theirs.keys():
                own[len(gram) - 1] += min(ours[gram], theirs[gram])
            found[place] = own
    return found


def _counted(text: Units, orders: int) -> Counter[Units]:
    """n-grams of every order together: their lengths tell them apart."""
    return Counter([text[i : i + n] for n in range(1, orders + 1) for i in range(len(text) - n + 1)])
