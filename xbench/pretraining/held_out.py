"""What a model makes of passages that it never learned from; the same questions whenever it is asked."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import normalize

from xbench.pretraining.encoder import Encoder
from xbench.pretraining.material import Questions
from xbench.pretraining.packing import Template, pack
from xbench.pretraining.passages import Pool
from xbench.pretraining.point import Point, pivot

_BATCHES = 16
"""Of each objective, as large as those of a step where there are passages enough."""
_ROWS = 200
"""Of each language that retrieval searches in, at most."""


@torch.inference_mode()
def measure(encoder: Encoder, asked: Questions, step: int) -> Point:
    """Losses and retrieval on the held-out passages, without dropout. Draws and masks depend on the seed alone."""
    encoder.model.eval()
    losses = {}
    for name, (_, objective) in asked.objectives.items():
        values = []
        for number in range(_BATCHES):
            # The last 1 keeps these draws apart from those of the steps.
            random = np.random.default_rng([asked.recipe.seed, number, 1])
            loss = objective.loss(encoder, asked.pool, asked.shape, asked.recipe.batch, random)
            values.append(float(loss))
        losses[name] = float(np.mean(values))
    if not asked.pool.parallel or len(asked.pool.languages) < 2:
        return Point(step, losses)
    found = _retrieval(encoder, asked.pool, asked.shape)
    return Point(step, losses, float(np.mean(list(found.values()))), found)


def _retrieval(encoder: Encoder, pool: Pool, shape: Template) -> dict[str, float]:
    rows = np.arange(min(_ROWS, int(pool.count.min())))
    start = pivot(pool.languages)

    def means(place: int) -> torch.Tensor:
        return normalize(encoder.means(pack(pool, shape, pool.first[place] + rows)))

    asked, answers = means(start), encoder.tensor(rows)
    found = {}
    for place, language in enumerate(pool.languages):
        if place != start:
            nearest = (asked @ means(place).T).argmax(dim=1)
            found[language] = round(100 * float((nearest == answers).float().mean()), 2)
    return found
