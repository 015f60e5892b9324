"""Texts to ragged integer arrays through a fast tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from xbench.errors import XbenchError

_CHUNK = 2000


@dataclass(frozen=True)
class Packed:
    """Sequences as `Features` holds them: see there.

    Attributes:
        special: Per token, whether the tokenizer put it around the text, bool, (tokens,).
    """

    ids: np.ndarray
    types: np.ndarray
    offsets: np.ndarray
    special: np.ndarray
    truncated: int
    unknown: int


def pack(texts: Sequence[str], pairs: Sequence[str] | None, tokenizer: Any, max_length: int) -> Packed:
    """Tokenises texts, or pairs of texts, with special tokens, cut to a length from the longer side.

    Args:
        texts: One for each sequence.
        pairs: The second texts, or None.
        tokenizer: A fast tokenizer of transformers.
        max_length: Sub-tokens per sequence, special ones included.

    Raises:
        XbenchError: The tokenizer is slow, or the special tokens alone fill `max_length`.
    """
    room(tokenizer, max_length, pairs is not None)
    found = [
        _pack(texts[part], pairs[part] if pairs is not None else None, tokenizer, max_length)
        for part in parts(len(texts))
    ]
    lengths = joined((np.diff(part.offsets) for part in found), np.int64)
    return Packed(
        joined((part.ids for part in found), np.int32),
        joined((part.types for part in found), np.int8),
        offsets(lengths),
        joined((part.special for part in found), np.bool_),
        sum(part.truncated for part in found),
        sum(part.unknown for part in found),
    )


def room(tokenizer: Any, max_length: int, pair: bool = False) -> int:
    """Sub-tokens that fit beside the special ones.

    Raises:
        XbenchError: None, or the tokenizer is slow.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise XbenchError(
            f"{type(tokenizer).__name__} is a slow tokenizer, which does not say where words begin: "
            "convert the checkpoint's tokenizer to a tokenizer.json"
        )
    special = int(tokenizer.num_special_tokens_to_add(pair=pair))
    if max_length <= special:
        raise XbenchError(f"max_length {max_length} leaves no room beside {special} special tokens: raise it")
    return max_length - special


def parts(count: int) -> Iterator[slice]:
    """Slices that keep what the tokenizer holds at once small."""
    return (slice(start, start + _CHUNK) for start in range(0, count, _CHUNK))


def flat(lists: Sequence[Sequence[int]], dtype: Any) -> np.ndarray:
    """Lists of integers, one after the other."""
    return np.fromiter(chain.from_iterable(lists), dtype, count=sum(map(len, lists)))


def joined(arrays: Iterable[np.ndarray], dtype: Any) -> np.ndarray:
    """Arrays one after the other, in this dtype even where there are none."""
    return np.concatenate([np.zeros(0, dtype), *arrays]).astype(dtype, copy=False)


def offsets(lengths: np.ndarray) -> np.ndarray:
    """Where sequences of these lengths begin, and where the last ends, int64, (sequences + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def unknowns(ids: np.ndarray, tokenizer: Any) -> int:
    """How many of these sub-tokens are the unknown token; byte-level tokenizers have none."""
    return 0 if tokenizer.unk_token_id is None else int((ids == tokenizer.unk_token_id).sum())


def _pack(texts: Sequence[str], pairs: Sequence[str] | None, tokenizer: Any, max_length: int) -> Packed:
    batch = tokenizer(
        list(texts),
        list(pairs) if pairs is not None else None,
        truncation="longest_first",
        max_length=max_length,
        return_attention_mask=False,
        return_special_tokens_mask=True,
    )
    ids = flat(batch["input_ids"], np.int32)
    types = flat(batch["token_type_ids"], np.int8) if "token_type_ids" in batch else np.zeros(len(ids), np.int8)
    lengths = np.array([len(sequence) for sequence in batch["input_ids"]], np.int64)
    # Only a full sequence can have lost something, and asking for what was lost copies it.
    full = np.flatnonzero(lengths >= max_length)
    truncated = sum(bool(batch.encodings[i].overflowing) for i in full)
    special = flat(batch["special_tokens_mask"], np.bool_)
    return Packed(ids, types, offsets(lengths), special, truncated, unknowns(ids[~special], tokenizer))
