"""Which words of two sentences translate each other, from the hidden states of an encoder.

Links are found between sub-tokens of the sentences as texts by itermax (`xbench.metrics.alignment`), and two words are
linked if any of their sub-tokens are. In a script without blanks a sub-token may be of several words, since there every
letter is one: it links them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from xbench.api import Features, Links
from xbench.data.cldr.sentences import placed
from xbench.jobs import Checkpoint
from xbench.kinds.packing import pack
from xbench.metrics.alignment import itermax
from xbench.model.loading import load_encoder, load_tokenizer, longest
from xbench.model.prediction import frozen
from xbench.model.workspace import Machine

_PAIRS = 1000
"""Pairs whose states are held at once."""
_LONGEST = 512
"""Sub-tokens of a sentence, if the encoder has positions for so many; what is beyond them has no links."""


@dataclass(frozen=True)
class _States:
    """A sentence: unit vectors of its sub-tokens, (sub-tokens, hidden), and the words that each is of."""

    vectors: np.ndarray
    words: list[range]


class WordAligner:
    """An encoder that aligns words.

    Args:
        checkpoint: The encoder.
        layer: Index into the hidden states, 0 being the embeddings.
        machine: Where.
    """

    def __init__(self, checkpoint: Checkpoint, layer: int, machine: Machine) -> None:
        self._layer = layer
        self._tokenizer = load_tokenizer(checkpoint)
        self._prediction = frozen(load_encoder(checkpoint), int(self._tokenizer.pad_token_id or 0), machine)
        self._longest = longest(checkpoint, self._tokenizer, _LONGEST)

    def __call__(self, pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> list[Links]:
        """Links of pairs of sentences, each a list of words."""
        found: list[Links] = []
        for at in range(0, len(pairs), _PAIRS):
            part = pairs[at : at + _PAIRS]
            states = self._states([side for pair in part for side in pair])
            found += [_links(states[at], states[at + 1]) for at in range(0, len(states), 2)]
        return found

    def _states(self, sentences: Sequence[Sequence[str]]) -> list[_States]:
        texts = [placed(sentence) for sentence in sentences]
        features = self._features([text for text, _ in texts])
        vectors: dict[int, np.ndarray] = {}

        def encode(picked: np.ndarray) -> None:
            states = self._prediction.forward.layers(features, picked, lambda states: states)[self._layer]
            unit = torch.nn.functional.normalize(states, dim=-1).cpu().numpy()
            ends = np.cumsum(features.lengths[picked])
            vectors.update(zip(picked.tolist(), np.split(unit, ends[:-1]), strict=True))

        self._prediction.in_batches(features.lengths, encode)
        encoded = self._tokenizer(
            [text for text, _ in texts], truncation=True, max_length=self._longest, return_offsets_mapping=True
        )["offset_mapping"]
        found = []
        for place, ((_, spans), tokens) in enumerate(zip(texts, encoded, strict=True)):
            # Special tokens have an empty place in the text.
            kept = [(at, own) for at, token in enumerate(tokens) if (own := _within(token, spans))]
            rows = [at for at, _ in kept]
            found.append(_States(vectors[place][rows], [own for _, own in kept]))
        return found

    def _features(self, texts: Sequence[str]) -> Features:
        packed = pack(texts, None, self._tokenizer, self._longest)
        rows, none = np.arange(len(texts), dtype=np.int32), np.zeros(0, np.int8)
        return Features(packed.ids, packed.types, packed.offsets, rows, none, none, none)


def _within(token: tuple[int, int], words: Sequence[tuple[int, int]]) -> range:
    """The words that a sub-token has letters of."""
    begin, end = token
    first = next((at for at, (_, last) in enumerate(words) if last > begin), len(words))
    after = next((at for at, (start, _) in enumerate(words) if start >= end), len(words))
    return range(first, after) if end > begin else range(0)


def _links(source: _States, target: _States) -> Links:
    if not source.words or not target.words:
        return frozenset()
    # Cosines brought to 0 to 1, as itermax needs them to weigh them down.
    found = np.argwhere(itermax((source.vectors @ target.vectors.T + 1) / 2))
    return frozenset(pair for one, other in found for pair in product(source.words[one], target.words[other]))
