"""Frozen representations of sentences and their translations: every sub-token of one against every one of the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from xbench.api import Features, Slice
from xbench.jobs import Fit
from xbench.metrics.alignment import Products
from xbench.model.heads.maps import Maps
from xbench.model.heads.words import Encoder, WordsHead
from xbench.model.workspace import Machine


@dataclass(frozen=True)
class PairsHead(WordsHead):
    """Fitted like vectors of words."""

    def runner(self, fit: Fit, weights: Path | None, machine: Machine, pad: int) -> PairsRunner:
        """The frozen encoder, with the maps of a fit if there is one."""
        return PairsRunner(self.encoder(fit, machine, pad), Maps(weights))


@dataclass(frozen=True)
class PairsRunner:
    """An encoder that compares sub-tokens. Of a batch only the products are kept: all states would fill the memory."""

    encoder: Encoder
    maps: Maps

    def run(self, features: Features, slice: Slice) -> list[Products]:
        """The marked sub-tokens of every row's source against those of its target.

        Args:
            features: A sequence for the source of every row, then one for the target of every row.
            slice: Whose map is applied to the target.
        """
        rows = len(features) // 2
        turn = self.maps.of(slice.language)
        device = self.encoder.prediction.machine.torch_device
        mapped = None if turn is None else torch.as_tensor(turn, device=device)
        found: dict[int, Products] = {}

        def compare(picked: np.ndarray) -> None:
            source, own, _ = self.encoder.states(features, picked)
            target, other, _ = self.encoder.states(features, picked + rows)
            target = target if mapped is None else torch.matmul(target, mapped)
            places = np.arange(len(picked) + 1)
            ends = np.searchsorted(own, places), np.searchsorted(other, places)
            for row, place in enumerate(picked):
                one, two = source[:, ends[0][row] : ends[0][row + 1]], target[:, ends[1][row] : ends[1][row + 1]]
                parts = (torch.matmul(one, two.mT), one.norm(dim=-1), two.norm(dim=-1))
                found[int(place)] = Products(*(part.cpu().numpy() for part in parts))

        longest = np.maximum(features.lengths[:rows], features.lengths[rows:])
        self.encoder.prediction.in_batches(longest, compare)
        return [found[place] for place in range(rows)]


head = PairsHead()
