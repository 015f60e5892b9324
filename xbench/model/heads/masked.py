"""The checkpoint's own masked-LM head: how likely candidates are in the gap of a sequence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xbench.api import Features, Slice
from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.kinds.cloze import CANDIDATE, QUERY
from xbench.model import loading
from xbench.model.batching import marked
from xbench.model.prediction import Prediction, frozen
from xbench.model.workspace import Machine, Workspace


@dataclass(frozen=True)
class MaskedHead:
    """See the module, and `xbench.kinds.cloze` for what the sequences are."""

    def fit(self, fit: Fit, train_features: Sequence[tuple[Slice, Features, int]], machine: Machine,
            workspace: Workspace, pad: int) -> dict[str, Any]:  # fmt: skip
        """Refuses: the head is used as it is."""
        raise XbenchError(f"{fit.task.name}: a masked-LM head is used as it is, and fitted on nothing")

    def runner(self, fit: Fit, weights: Path | None, machine: Machine, pad: int) -> MaskedRunner:
        """The checkpoint with its masked-LM head.

        Raises:
            XbenchError: It has none.
        """
        return MaskedRunner(frozen(loading.with_masked_head(fit.checkpoint), pad, machine))


@dataclass(frozen=True)
class MaskedRunner:
    """A model that fills gaps."""

    prediction: Prediction

    def run(self, features: Features, slice: Slice) -> np.ndarray:
        """Mean log-probability of the sub-tokens of every candidate at the masks of every query.

        Returns:
            float32, (queries, candidates), in the order of `features`.
        """
        sequences = np.flatnonzero(features.side == QUERY)
        _, query = np.unique(features.rows[sequences], return_inverse=True)
        pool = _by_length(features)
        scores = np.full((int(query.max()) + 1, int((features.side == CANDIDATE).sum())), np.nan, np.float32)

        def score(picked: np.ndarray) -> None:
            for masks, places, found in self._log_probabilities(features, sequences[picked]):
                numbers, pieces = pool[masks]
                # (sequences, candidates, masks): each sub-token at the mask of its place.
                chosen = found[:, torch.arange(masks, device=found.device), pieces.to(found.device)]
                scores[np.ix_(query[picked[places]], numbers)] = chosen.mean(-1).cpu().numpy()

        self.prediction.in_batches(features.lengths[sequences], score)
        return scores

    def _log_probabilities(
        self, features: Features, sequences: np.ndarray
    ) -> Iterator[tuple[int, np.ndarray, torch.Tensor]]:
        """For each number of masks that sequences of a batch have: these, and (sequences, masks, vocabulary)."""
        rows, at = marked(features, sequences)
        logits = self.prediction.forward.of_tokens(features, sequences, at)
        found = torch.log_softmax(logits.float(), dim=-1)
        counts = np.bincount(rows, minlength=len(sequences))
        for masks in np.unique(counts).tolist():
            places = np.flatnonzero(counts == masks)
            own = torch.as_tensor(np.flatnonzero(counts[rows] == masks), device=found.device)
            yield masks, places, found[own].view(len(places), masks, -1)


def _by_length(features: Features) -> dict[int, tuple[np.ndarray, torch.Tensor]]:
    """Number of sub-tokens -> the candidates that have so many: their places, and their ids, (candidates, masks)."""
    sequences = np.flatnonzero(features.side == CANDIDATE)
    lengths = features.lengths[sequences]
    found = {}
    for length in np.unique(lengths).tolist():
        places = np.flatnonzero(lengths == length)
        cells = features.offsets[sequences[places]][:, None] + np.arange(length)
        found[length] = places, torch.as_tensor(features.ids[cells], dtype=torch.int64)
    return found


head = MaskedHead()
