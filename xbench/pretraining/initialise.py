"""Weights to start from.

From weights by chance (BERT's own, normal with a standard deviation of 0.02), a small model stays at the frequencies
of words for longer than it is trained here. `structured` gives it what it would have to find first: words that mean
something, and attention that looks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from xbench.errors import XbenchError, closest
from xbench.pretraining.lsa import vectors
from xbench.pretraining.passages import Pool

_WIDTH = 128
"""Where the numbers below were found; at other widths they are scaled so that a layer's outputs stay as large."""
_LINEAR, _NOISE, _OTHER = 0.08, 0.03, 0.03
"""Standard deviations: of linear layers, of what is added to the structure of attention, of other embeddings."""
_WORDS = 2.0
"""Length of word embeddings."""
_FIRST, _LATER = 0.9, 0.5
"""Of the identity in the queries and keys of the first layer, and of later ones."""
_TURN = 0.7
"""Of the rotation in values, and of its inverse in what attention gives out."""
_SEGMENT = 0.53
"""Token-type embeddings in the reserved dimensions, below and above zero."""


def structured(model: Any, pool: Pool, seed: int) -> None:
    """Sets weights in place such that meaning and copies are there before the first step.

    Words: unit vectors of latent semantic analysis (see `lsa`), so that words that translate each other are alike.

    Attention: queries and keys are near the identity, so that a sub-token attends to sub-tokens that are like it.
    Values are rotated and given out rotated back with the other sign: what was found is subtracted from the
    sub-token's own state, and one that found nothing stands out.

    One reserved dimension per head, its first: no word and no position has anything there, only the segment, on
    either side of zero. Queries of the first layer turn its sign and keys keep it, so that a sub-token prefers the
    other segment, and finds its copy there rather than itself. Nothing else of the first layer's queries and keys
    touches these dimensions.

    Args:
        model: A `BertForPreTraining`.
        pool: What latent semantic analysis is of.
        seed: Of all chance.
    """
    config = model.config
    hidden, heads = config.hidden_size, config.num_attention_heads
    reserved = np.arange(heads) * (hidden // heads)
    others = np.setdiff1d(np.arange(hidden), reserved)
    scale = (_WIDTH / hidden) ** 0.5
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        _by_chance(model, scale, random)
        words = torch.zeros(config.vocab_size, hidden)
        # Longer where there are more dimensions, so that each is as large and layer normalisation sees the same.
        words[:, others] = _WORDS / scale * torch.from_numpy(vectors(pool, config.vocab_size, len(others), seed))
        embeddings = model.bert.embeddings
        embeddings.word_embeddings.weight.copy_(words)
        embeddings.position_embeddings.weight[:, reserved] = 0
        embeddings.token_type_embeddings.weight[0, reserved] = -_SEGMENT
        embeddings.token_type_embeddings.weight[1, reserved] = _SEGMENT
        for number, layer in enumerate(model.bert.encoder.layer):
            _attention(layer.attention, _FIRST if number == 0 else _LATER, scale, random)
        first = model.bert.encoder.layer[0].attention.self
        for linear, sign in ((first.query, -1.0), (first.key, 1.0)):
            linear.weight[reserved, :] = 0
            linear.weight[:, reserved] = 0
            linear.weight[reserved, reserved] = sign


def _by_chance(model: Any, scale: float, random: torch.Generator) -> None:
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.normal_(0, _LINEAR * scale, generator=random)
            module.bias.zero_()
    for embedding in (model.bert.embeddings.position_embeddings, model.bert.embeddings.token_type_embeddings):
        embedding.weight.normal_(0, _OTHER, generator=random)


def _attention(attention: Any, identity: float, scale: float, random: torch.Generator) -> None:
    hidden = attention.self.query.weight.shape[0]

    def noise() -> torch.Tensor:
        return torch.randn(hidden, hidden, generator=random) * _NOISE * scale

    for linear in (attention.self.query, attention.self.key):
        linear.weight.copy_(identity * torch.eye(hidden) + noise())
    rotation = torch.linalg.qr(torch.randn(hidden, hidden, generator=random))[0]
    attention.self.value.weight.copy_(_TURN * rotation)
    attention.output.dense.weight.copy_(-_TURN * rotation.T + noise())


@dataclass(frozen=True)
class Initialisation:
    """A way to begin.

    Attributes:
        name: As in `--init`.
        translations: Whether it uses which passages translate each other, where a corpus tells.
        start: Sets weights in place; given a `BertForPreTraining` with weights by chance, what is learned from, and the
            seed of all chance.
    """

    name: str
    translations: bool
    start: Callable[[Any, Pool, int], None]


_ALL = (
    Initialisation("lsa", True, structured),
    Initialisation("ordinary", False, lambda model, pool, seed: None),
)


def initialisation(name: str) -> Initialisation:
    """The initialisation that a recipe names.

    Raises:
        XbenchError: A name that nothing has.
    """
    known = {each.name: each for each in _ALL}
    if name not in known:
        raise XbenchError(f"unknown initialisation {name!r}: {closest(name, known)}")
    return known[name]
