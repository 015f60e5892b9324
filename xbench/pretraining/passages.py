"""The passages of all languages as sub-tokens, in a few flat arrays that a step draws from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from xbench.api import Passages

_CHUNK = 10_000
"""Texts that are tokenised at once: their encodings take fifty times the room of their ids."""


@dataclass(frozen=True)
class Given:
    """What a corpus has to offer, known before anything is tokenised.

    Attributes:
        translated: Whether every passage is there in two languages or more.
        restated: Whether every passage is there in other words of its language.
    """

    translated: bool
    restated: bool


def given(passages: Mapping[str, Passages], parallel: bool) -> Given:
    """What these passages have to offer."""
    return Given(parallel and len(passages) > 1, all(own.restated for own in passages.values()))


@dataclass(frozen=True)
class Pool:
    """Sub-tokens without special ones, ragged: passage p is `ids[offsets[p]:offsets[p + 1]]`.

    The passages of language k are those from `first[k]` on, `count[k]` of them; the same in other words are those from
    `again[k]` on.

    Attributes:
        languages: Canonical tags.
        ids: int32, (tokens,).
        offsets: int64, (passages + 1,).
        first: int64, (languages,).
        count: int64, (languages,).
        again: int64, (languages,); -1 for a language whose passages nobody restated.
        shares: With which a language is drawn, (languages,); they sum to 1.
        parallel: Whether passage i of a language says the same as passage i of every other.
    """

    languages: tuple[str, ...]
    ids: np.ndarray
    offsets: np.ndarray
    first: np.ndarray
    count: np.ndarray
    again: np.ndarray
    shares: np.ndarray
    parallel: bool

    def lengths(self, passages: np.ndarray) -> np.ndarray:
        """Sub-tokens of some passages, int64, like `passages`."""
        return self.offsets[passages + 1] - self.offsets[passages]

    def draw(self, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Languages by their shares and a row of each; each int64, (size,)."""
        languages = random.choice(len(self.languages), size=size, p=self.shares)
        rows = (random.random(size) * self.count[languages]).astype(np.int64)
        return languages, rows

    def others(self, languages: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Another language for each, all others alike, (size,)."""
        number = len(self.languages)
        return (languages + 1 + (random.random(len(languages)) * (number - 1)).astype(np.int64)) % number


def pool(passages: Mapping[str, Passages], tokenizer: Any, parallel: bool, smoothing: float) -> Pool:
    """Tokenises passages.

    Args:
        passages: By language.
        tokenizer: Of `transformers`.
        parallel: Whether they translate each other.
        smoothing: Power of a language's number of passages that it is drawn by.
    """
    ids: list[np.ndarray] = []
    lengths: list[np.ndarray] = [np.zeros(1, dtype=np.int64)]
    first, again, reached = [], [], 0
    for own in passages.values():
        first.append(reached)
        again.append(reached + len(own.texts) if own.restated else -1)
        for some, sizes in _encode((*own.texts, *own.restated), tokenizer):
            ids.append(some)
            lengths.append(sizes)
        reached += len(own.texts) + len(own.restated)
    count = np.array([len(own.texts) for own in passages.values()])
    weights = count.astype(float) ** smoothing
    return Pool(
        tuple(passages),
        np.concatenate(ids),
        np.cumsum(np.concatenate(lengths)),
        np.array(first),
        count,
        np.array(again),
        weights / weights.sum(),
        parallel,
    )


def _encode(texts: Sequence[str], tokenizer: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sub-tokens of some texts after the other, int32, and how many each has, int64."""
    backend = tokenizer.backend_tokenizer
    for start in range(0, len(texts), _CHUNK):
        found = backend.encode_batch_fast(list(texts[start : start + _CHUNK]), add_special_tokens=False)
        ids = [encoding.ids for encoding in found]
        yield np.fromiter(chain.from_iterable(ids), np.int32), np.fromiter(map(len, ids), np.int64)
