"""Passages to padded arrays: one or two in a sequence, and some sub-tokens hidden. All at once, none by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from xbench.errors import XbenchError
from xbench.pretraining.passages import Pool

IGNORED = -100
"""Label of a sub-token that nothing is asked about, as in transformers."""


@dataclass(frozen=True)
class Template:
    """How a tokenizer puts passages together: `first a last`, `first a between b last`.

    Attributes:
        first: Id at the start; what is asked of a whole sequence is asked there.
        between: Ids between two passages.
        last: Ids at the end.
        second: Token type of the second passage, and of what follows it.
        pad: Padding id.
        mask: Id that hides a sub-token.
        ordinary: Ids of all that are not special.
        positions: Longest sequence.
    """

    first: int
    between: tuple[int, ...]
    last: tuple[int, ...]
    second: int
    pad: int
    mask: int
    ordinary: np.ndarray
    positions: int

    def room(self, passages: int) -> int:
        """Sub-tokens that each passage may have in a sequence of one or two; it loses its end beyond that."""
        special = 1 + (passages - 1) * len(self.between) + len(self.last)
        return (self.positions - special) // passages


@dataclass(frozen=True)
class Batch:
    """Sequences, padded to their longest.

    Attributes:
        ids: int64, (sequences, longest).
        types: Token types, int64, (sequences, longest).
        mask: What is not padding, bool, (sequences, longest).
        own: What is a passage's own, and neither special nor padding; bool, (sequences, longest).
    """

    ids: np.ndarray
    types: np.ndarray
    mask: np.ndarray
    own: np.ndarray


def template(tokenizer: Any, positions: int) -> Template:
    """Reads off a tokenizer how it puts passages together.

    Raises:
        XbenchError: It does so in another way than a BERT's or an XLM-R's.
    """
    word = "a"
    bare = tokenizer(word, add_special_tokens=False)["input_ids"]
    one, two = tokenizer(word)["input_ids"], tokenizer(word, word)
    ids = two["input_ids"]
    last = one[1 + len(bare) :]
    between = ids[1 + len(bare) : len(ids) - len(bare) - len(last)]
    if ids != [tokenizer.cls_token_id, *bare, *between, *bare, *last] or one != [ids[0], *bare, *last] or not last:
        raise XbenchError("the tokenizer puts sentences together as no BERT does: choose another with --tokenizer")
    special = np.array(tokenizer.all_special_ids)
    return Template(
        first=ids[0],
        between=tuple(between),
        last=tuple(last),
        second=two.get("token_type_ids", [0])[-1],
        pad=tokenizer.pad_token_id,
        mask=tokenizer.mask_token_id,
        ordinary=np.setdiff1d(np.arange(len(tokenizer)), special),
        positions=positions,
    )


def pack(pool: Pool, shape: Template, left: np.ndarray, right: np.ndarray | None = None) -> Batch:
    """Puts passages into sequences.

    Args:
        pool: All passages.
        shape: How.
        left: Passages, (sequences,).
        right: The second passage of each sequence, if there is one, (sequences,).
    """
    room = shape.room(1 if right is None else 2)
    ends = 1 + np.minimum(pool.lengths(left), room)
    sides = [(pool.offsets[left], np.ones_like(ends), ends)]
    marks = []
    if right is not None:
        marks += [(ends + place, mark) for place, mark in enumerate(shape.between)]
        begin = ends + len(shape.between)
        ends = begin + np.minimum(pool.lengths(right), room)
        sides.append((pool.offsets[right], begin, ends))
    marks += [(ends + place, mark) for place, mark in enumerate(shape.last)]
    columns = np.arange(int(ends.max()) + len(shape.last))
    size = (len(left), len(columns))
    ids = np.full(size, shape.pad, dtype=np.int64)
    own = np.zeros(size, dtype=bool)
    for source, begin, end in sides:
        here = (columns >= begin[:, None]) & (columns < end[:, None])
        places = (source - begin)[:, None] + columns
        ids[here] = pool.ids[places[here]]
        own |= here
    ids[:, 0] = shape.first
    rows = np.arange(len(left))
    for place, mark in marks:
        ids[rows, place] = mark
    mask = columns < (ends + len(shape.last))[:, None]
    types = np.zeros(size, dtype=np.int64)
    if right is not None:
        types[mask & (columns >= sides[1][1][:, None])] = shape.second
    return Batch(ids, types, mask, own)


def hide(batch: Batch, shape: Template, share: float, random: np.random.Generator) -> tuple[Batch, np.ndarray]:
    """Hides some sub-tokens of every sequence, at least one, as BERT does.

    Of those that are hidden, 80 % become the mask, 10 % another sub-token by chance, and 10 % stay.

    Returns:
        The batch, and what was there: ids, `IGNORED` where nothing is hidden; int64, (sequences, longest).
    """
    scores = np.where(batch.own, random.random(batch.ids.shape), 2.0)
    number = np.maximum(1, np.round(share * batch.own.sum(axis=1))).astype(np.int64)
    rank = scores.argsort(axis=1).argsort(axis=1)
    hidden = batch.own & (rank < number[:, None])
    labels = np.where(hidden, batch.ids, IGNORED)
    ids = batch.ids.copy()
    chance = random.random(batch.ids.shape)
    ids[hidden & (chance < 0.8)] = shape.mask
    swapped = hidden & (chance >= 0.8) & (chance < 0.9)
    ids[swapped] = random.choice(shape.ordinary, size=int(swapped.sum()))
    return Batch(ids, batch.types, batch.mask, batch.own), labels
