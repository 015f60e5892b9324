"""Texts to sequences in which the sub-tokens of words are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xbench.kinds.packing import flat, joined, offsets, parts, room, unknowns
from xbench.kinds.windows import frame, split

NONE = -1
"""Mark of a sub-token of no word."""


@dataclass(frozen=True)
class Marked:
    """Sequences as `Features` holds them: see there; `marks` are indices of words within their text."""

    ids: np.ndarray
    types: np.ndarray
    offsets: np.ndarray
    marks: np.ndarray
    truncated: int
    unknown: int


def spans(texts: Sequence[str], where: Sequence[tuple[int, int]], tokenizer: Any, max_length: int) -> Marked:
    """A text to a sequence in which one word is marked, 0: every sub-token with a character of it.

    Args:
        texts: One for each sequence.
        where: Begin and end of the word in each, in characters.
        tokenizer: A fast tokenizer of transformers.
        max_length: Sub-tokens per sequence, special ones included.

    Raises:
        XbenchError: The tokenizer is slow, or the special tokens alone fill `max_length`.
    """
    room(tokenizer, max_length)
    found = [_spans(texts[part], where[part], tokenizer, max_length) for part in parts(len(texts))]
    return Marked(
        joined((part.ids for part in found), np.int32),
        joined((part.types for part in found), np.int8),
        offsets(joined((np.diff(part.offsets) for part in found), np.int64)),
        joined((part.marks for part in found), np.int32),
        sum(part.truncated for part in found),
        sum(part.unknown for part in found),
    )


def _spans(texts: Sequence[str], where: Sequence[tuple[int, int]], tokenizer: Any, max_length: int) -> Marked:
    batch = tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        return_attention_mask=False,
        return_special_tokens_mask=True,
        return_offsets_mapping=True,
    )
    ids = flat(batch["input_ids"], np.int32)
    types = flat(batch["token_type_ids"], np.int8) if "token_type_ids" in batch else np.zeros(len(ids), np.int8)
    lengths = np.array([len(sequence) for sequence in batch["input_ids"]], np.int64)
    begin, end = np.array([place for sequence in batch["offset_mapping"] for place in sequence]).reshape(-1, 2).T
    first, last = np.repeat(np.array(where).reshape(-1, 2), lengths, axis=0).T
    text = flat(batch["special_tokens_mask"], np.int8) == 0
    marks = np.where(text & (begin < last) & (end > first), 0, NONE).astype(np.int32)
    full = np.flatnonzero(lengths >= max_length)
    truncated = sum(bool(batch.encodings[i].overflowing) for i in full)
    return Marked(ids, types, offsets(lengths), marks, truncated, unknowns(ids[text], tokenizer))


def words(sentences: Sequence[Sequence[str]], tokenizer: Any, max_length: int) -> Marked:
    """A sentence of words to a sequence in which every word is marked, with its index in the sentence.

    Args:
        sentences: Words of every sentence, at least one each.
        tokenizer: A fast tokenizer of transformers.
        max_length: Sub-tokens per sequence, special ones included; what is beyond is cut off.

    Raises:
        XbenchError: The tokenizer is slow, or the special tokens alone fill `max_length`.
    """
    space, around = room(tokenizer, max_length), frame(tokenizer)
    counts = np.array([len(sentence) for sentence in sentences], np.int64)
    pieces = split(sentences, tokenizer)
    word = _places(np.diff(pieces.offsets), counts)
    lengths = np.diff(pieces.offsets[offsets(counts)])
    kept = np.minimum(lengths, space)
    inside = np.arange(len(pieces.ids)) - np.repeat(offsets(lengths)[:-1], lengths) < space

    bounds = offsets(len(around.before) + kept + len(around.after))
    marks = np.full(bounds[-1], NONE, np.int32)
    ids = np.empty(bounds[-1], np.int32)
    types = np.full(bounds[-1], around.type_within, np.int8)
    before = (bounds[:-1, None] + np.arange(len(around.before))).ravel()
    after = (bounds[1:, None] - len(around.after) + np.arange(len(around.after))).ravel()
    within = np.ones(bounds[-1], bool)
    within[before] = within[after] = False
    ids[within], marks[within] = pieces.ids[inside], word[inside]
    ids[before], types[before] = np.tile(around.before, len(counts)), np.tile(around.types_before, len(counts))
    ids[after], types[after] = np.tile(around.after, len(counts)), np.tile(around.types_after, len(counts))
    truncated = int((lengths > space).sum())
    return Marked(ids, types, bounds, marks, truncated, unknowns(ids[within], tokenizer))


def _places(pieces: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """For every sub-token, the index of its word in its sentence."""
    place = np.arange(counts.sum()) - np.repeat(offsets(counts)[:-1], counts)
    return np.repeat(place, pieces).astype(np.int32)
