"""What a model makes of passages that it never learned from; the same questions whenever it is asked."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import normalize

from xbench.pretraining.encoder import Encoder
from xbench.pretraining.material import Material
from xbench.pretraining.packing import pack
from xbench.pretraining.point import Point, pivot

_BATCHES = 16
"""Of each objective, as large as those of a step where there are passages enough."""
_ROWS = 200
"""Of each language that retrieval searches in, at most."""


@torch.inference_mode()
def measure(encoder: Encoder, material: Material, step: int) -> Point:
    """Losses and retrieval on the held-out passages, without dropout. Draws and masks depend on the seed alone."""
    encoder.model.eval()
    losses = {}
    for name, (_, objective) in material.objectives.items():
        values = []
        for number in range(_BATCHES):
            # The last 1 keeps these draws apart from those of the steps.
            random = np.random.default_rng([material.recipe.seed, number, 1])
            loss = objective.loss(encoder, material.dev, material.shape, material.recipe.batch, random)
            values.append(float(loss))
        losses[name] = float(np.mean(values))
    if not material.dev.parallel or len(material.dev.languages) < 2:
        return Point(step, losses)
    found = _retrieval(encoder, material)
    return Point(step, losses, float(np.mean(list(found.values()))), found)


def _retrieval(encoder: Encoder, material: Material) -> dict[str, float]:
    pool = material.dev
    rows = np.arange(min(_ROWS, int(pool.count.min())))
    start = pivot(pool.languages)

    def means(place: int) -> torch.Tensor:
        return normalize(encoder.means(pack(pool, material.shape, pool.first[place] + rows)))

    asked, answers = means(start), encoder.tensor(rows)
    found = {}
    for place, language in enumerate(pool.languages):
        if place != start:
            nearest = (asked @ means(place).T).argmax(dim=1)
            found[language] = round(100 * float((nearest == answers).float().mean()), 2)
    return found
