"""Frozen representations of words: every layer's hidden states of marked words from one forward pass.

A fit of this head is no training: an orthogonal map per language and layer, from the language's space into the source
language's, found in closed form on the words that features give one label on both sides: pairs of a dictionary, or
words that a gold link joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xbench.api import Features, Slice
from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.metrics.lexicon import means
from xbench.model import loading
from xbench.model.batching import marked, positions
from xbench.model.heads.hidden import SOURCE, TARGET
from xbench.model.heads.maps import Maps, fitted, keep
from xbench.model.prediction import Prediction, frozen
from xbench.model.workspace import Machine, Workspace


@dataclass(frozen=True)
class Encoder:
    """A frozen encoder that gives the hidden states of marked sub-tokens, and the vectors of the words they are of."""

    prediction: Prediction
    _kept: dict[int, tuple[list[bytes], np.ndarray]] = field(default_factory=dict)

    def states(self, features: Features, sequences: np.ndarray) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
        """One forward pass.

        Args:
            features: All sequences.
            sequences: Those of the batch.

        Returns:
            States of the marked sub-tokens, fp32, (layers + 1, marked, hidden), 0 being the embeddings; of each its row
            in the batch, and its flat position in `features.ids`.
        """
        rows, flat = marked(features, sequences)
        places = torch.as_tensor(np.flatnonzero(features.marks[positions(features, sequences)] >= 0))
        found = self.prediction.forward.layers(features, sequences, lambda states: states[places.to(states.device)])
        return found, rows, flat

    def words(self, features: Features, side: int) -> np.ndarray:
        """Vectors of the marked words of a side, each the mean over its sub-tokens.

        Equal sequences are encoded once. The last of each side is kept: the English words of many dictionaries are the
        same. A side is always batched by itself, so that keeping it changes no digit.

        Returns:
            float32, (layers + 1, words, hidden), in the order of `features`.
        """
        sequences = np.flatnonzero(features.side == side)
        spans = [slice(features.offsets[s], features.offsets[s + 1]) for s in sequences]
        texts = [features.ids[span].tobytes() + features.marks[span].tobytes() for span in spans]
        if side not in self._kept or self._kept[side][0] != texts:
            first: dict[bytes, int] = {}
            places = [first.setdefault(text, len(first)) for text in texts]
            _, unique = np.unique(places, return_index=True)
            found = self._pooled(features, sequences[unique])
            self._kept[side] = texts, np.concatenate([found[place] for place in places], axis=1)
        return self._kept[side][1]

    def _pooled(self, features: Features, sequences: np.ndarray) -> list[np.ndarray]:
        """Vectors of the words of every sequence, (layers + 1, words, hidden) each."""
        parts: dict[int, np.ndarray] = {}

        def encode(picked: np.ndarray) -> None:
            states, rows, flat = self.states(features, sequences[picked])
            starts = _starts(rows, features.marks[flat])
            counts = np.diff(np.append(starts, len(rows)))
            word = torch.as_tensor(np.repeat(np.arange(len(starts)), counts), device=states.device)
            sums = states.new_zeros(len(states), len(starts), states.shape[-1]).index_add_(1, word, states)
            vectors = (sums / torch.as_tensor(counts, device=states.device)[:, None]).cpu().numpy()
            bounds = np.searchsorted(rows[starts], np.arange(len(picked) + 1))
            for row, place in enumerate(picked):
                parts[int(place)] = vectors[:, bounds[row] : bounds[row + 1]]

        self.prediction.in_batches(features.lengths[sequences], encode)
        return [parts[place] for place in range(len(sequences))]


@dataclass(frozen=True)
class WordsHead:
    """See the module."""

    def fit(self, fit: Fit, train_features: Sequence[tuple[Slice, Features, int]], machine: Machine,
            workspace: Workspace, pad: int) -> dict[str, Any]:  # fmt: skip
        """Finds the maps and writes them: `maps.safetensors`, per language (layers + 1, hidden, hidden).

        Returns:
            As of the head for sentences; pairs are those of words.

        Raises:
            XbenchError: A language has no pair of words.
        """
        encoder = self.encoder(fit, machine, pad)
        maps: dict[str, np.ndarray] = {}
        pairs: dict[str, int] = {}
        for piece, features, rows in train_features:
            source, target = _pairs(encoder, features, str(piece))
            maps[piece.language] = fitted(source, target)
            pairs[piece.language] = source.shape[1]
            workspace.tick(rows)
        return keep(maps, pairs, workspace)

    def encoder(self, fit: Fit, machine: Machine, pad: int) -> Encoder:
        """The frozen encoder."""
        return Encoder(frozen(loading.load_encoder(fit.checkpoint), pad, machine))

    def runner(self, fit: Fit, weights: Path | None, machine: Machine, pad: int) -> Any:
        """The frozen encoder, with the maps of a fit if there is one."""
        return WordsRunner(self.encoder(fit, machine, pad), Maps(weights))


@dataclass(frozen=True)
class WordsRunner:
    """An encoder that gives the vectors of words."""

    encoder: Encoder
    maps: Maps

    def run(self, features: Features, slice: Slice) -> dict[str, np.ndarray]:
        """Vectors of the marked words of both sides.

        Returns:
            `source` and `target`, float32, (layers + 1, words, hidden), in the order of `features`; index 0 is the
            embeddings.
        """
        source, target = (self.encoder.words(features, side) for side in (SOURCE, TARGET))
        return {"source": source, "target": self.maps.apply(target, slice.language)}


def _starts(rows: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Where the words begin among marked sub-tokens, (words,)."""
    changes = (np.diff(rows) != 0) | (np.diff(marks) != 0)
    return np.flatnonzero(np.concatenate([[len(rows) > 0], changes]))


def _pairs(encoder: Encoder, features: Features, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of the words that have a label on both sides, (layers + 1, pairs, hidden) each."""
    labels, vectors = [], []
    for side in (SOURCE, TARGET):
        rows, flat = marked(features, np.flatnonzero(features.side == side))
        own = features.labels[flat[_starts(rows, features.marks[flat])]]
        labels.append(own)
        vectors.append(encoder.words(features, side))
    both = np.intersect1d(*labels)
    both = both[both >= 0]
    if not len(both):
        raise XbenchError(f"{where}: no pair of words to fit a map on")
    kept = [np.isin(own, both) for own in labels]
    source, target = (
        means(own[:, chosen], np.searchsorted(both, label[chosen]))
        for own, chosen, label in zip(vectors, kept, labels, strict=True)
    )
    return source, target


head = WordsHead()
