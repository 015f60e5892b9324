"""Which sub-tokens make the vector of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xbench.errors import XbenchError
from xbench.kinds.packing import Packed

POOLINGS = ("mean", "mean-words", "cls")
"""The first is what holds where nothing is said."""


def pooled(packed: Packed, pooling: str, tokenizer: Any, texts: Sequence[str]) -> np.ndarray:
    """Which sub-tokens' states a sequence's vector is the mean of.

    Args:
        packed: The sequences.
        pooling: `mean`: all of them; `mean-words`: those that are no special tokens; `cls`: the first.
        tokenizer: What packed them.
        texts: Theirs, for errors.

    Returns:
        bool, (tokens,).

    Raises:
        XbenchError: A sequence has none, or the tokenizer does not begin a sequence with a token that stands for it.
    """
    if pooling == "cls":
        first = packed.offsets[:-1]
        if tokenizer.cls_token_id is None or (packed.ids[first] != tokenizer.cls_token_id).any():
            raise XbenchError(
                f"{type(tokenizer).__name__} begins no sequence with a [CLS] token: take the pooling mean or mean-words"
            )
        chosen = np.zeros(len(packed.ids), bool)
        chosen[first] = True
        return chosen
    chosen = ~packed.special if pooling == "mean-words" else np.ones(len(packed.ids), bool)
    kept = np.concatenate([[0], np.cumsum(chosen)])[packed.offsets]
    empty = np.flatnonzero(np.diff(kept) == 0)
    if len(empty):
        raise XbenchError(
            f"the tokenizer leaves nothing of the sentence {texts[empty[0]]!r} ({len(empty)} such sentences): "
            "mend the data, or take the pooling mean, which has the special tokens too"
        )
    return chosen
