"""Frozen representations: every layer's hidden states from one forward pass, pooled to a vector for each sequence.

A fit of this head is no training: an orthogonal map per language and layer, from the language's
space into the source language's, found on parallel pairs in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xbench.api import Features, Slice
from xbench.jobs import Fit
from xbench.model import loading
from xbench.model.batching import positions
from xbench.model.heads.maps import Maps, fitted, keep
from xbench.model.moving import moved, one_behind
from xbench.model.prediction import Prediction, frozen
from xbench.model.workspace import Machine, Workspace

SOURCE, TARGET = 0, 1


@dataclass(frozen=True)
class HiddenHead:
    """See the module."""

    def fit(self, fit: Fit, train_features: Sequence[tuple[Slice, Features, int]], machine: Machine,
            workspace: Workspace, pad: int) -> dict[str, Any]:  # fmt: skip
        """Finds the maps and writes them: `maps.safetensors`, per language (layers + 1, hidden, hidden).

        Returns:
            How many maps, their dimensions, on how many pairs each was fitted, and what to know where those are few.
        """
        runner = self.runner(fit, None, machine, pad)
        maps: dict[str, np.ndarray] = {}
        pairs: dict[str, int] = {}
        for piece, features, rows in train_features:
            sides = runner.run(features, piece)
            maps[piece.language] = fitted(sides["source"], sides["target"])
            pairs[piece.language] = rows
            workspace.tick(rows)
        return keep(maps, pairs, workspace)

    def runner(self, fit: Fit, weights: Path | None, machine: Machine, pad: int) -> HiddenRunner:
        """The frozen encoder, with the maps of a fit if there is one."""
        return HiddenRunner(frozen(loading.load_encoder(fit.checkpoint), pad, machine), Maps(weights))


@dataclass(frozen=True)
class HiddenRunner:
    """An encoder that gives the vectors of sentences."""

    prediction: Prediction
    maps: Maps
    _kept: dict[int, tuple[list[bytes], np.ndarray]] = field(default_factory=dict)

    def run(self, features: Features, slice: Slice) -> dict[str, np.ndarray]:
        """Vectors of both sides of parallel rows.

        Returns:
            `source` and `target`, float32, (layers + 1, rows, hidden); index 0 is the embeddings.
        """
        source, target = (self._side(features, side) for side in (SOURCE, TARGET))
        return {"source": source, "target": self.maps.apply(target, slice.language)}

    def _side(self, features: Features, side: int) -> np.ndarray:
        """Vectors of one side, (layers + 1, rows, hidden); equal sentences are encoded once.

        The last of each side is kept: data sets whose rows are parallel have one English side for
        all languages. A side is always batched by itself, so that keeping it changes no digit.
        """
        sequences = np.flatnonzero(features.side == side)
        texts = [features.ids[features.offsets[s] : features.offsets[s + 1]].tobytes() for s in sequences]
        if side not in self._kept or self._kept[side][0] != texts:
            first: dict[bytes, int] = {}
            places = np.array([first.setdefault(text, len(first)) for text in texts], dtype=np.int64)
            _, unique = np.unique(places, return_index=True)
            self._kept[side] = texts, self._pooled(features, sequences[unique])[:, places]
        return self._kept[side][1]

    def _pooled(self, features: Features, sequences: np.ndarray) -> np.ndarray:
        parts: dict[int, np.ndarray] = {}

        def keep(states: torch.Tensor, picked: np.ndarray) -> None:
            vectors = states.cpu().numpy()
            parts.update({int(place): vectors[:, row] for row, place in enumerate(picked)})

        with one_behind(keep) as hand:
            self.prediction.in_batches(
                features.lengths[sequences], lambda picked: hand(self._forward(features, sequences[picked]), picked)
            )
        return np.stack([parts[place] for place in range(len(sequences))], axis=1)

    def _forward(self, features: Features, sequences: np.ndarray) -> torch.Tensor:
        """Mean over the pooled sub-tokens of each sequence: (layers + 1, batch, hidden)."""
        lengths, device = features.lengths[sequences], self.prediction.machine.torch_device
        own = np.repeat(np.arange(len(sequences)), lengths)
        kept = features.pooled[positions(features, sequences)] if len(features.pooled) else np.ones(len(own), bool)
        places = None if kept.all() else moved(np.flatnonzero(kept), device)
        sequence = moved(own[kept], device)
        counts = moved(np.bincount(own[kept], minlength=len(sequences))[:, None], device)

        def means(states: torch.Tensor) -> torch.Tensor:
            chosen = states if places is None else states[places]
            return states.new_zeros(len(sequences), states.shape[1]).index_add_(0, sequence, chosen) / counts

        return self.prediction.forward.layers(features, sequences, means)


head = HiddenHead()
