"""How many floating-point operations a workload takes, by the usual count (Kaplan et al. 2020, section 2.1)."""

from __future__ import annotations

from collections.abc import Iterable

TRAINING = 3
"""Operations of a training step for each of a forward pass: backward, two products for each one forward."""


def parameters(layers: int, hidden: int) -> int:
    """Of the layers of a BERT, biases and layer norms included; embeddings, pooler and head are not.

    Args:
        layers: Of the encoder.
        hidden: Width; the feed-forward layers are four times as wide.
    """
    attention = 4 * (hidden * hidden + hidden)
    feed_forward = 2 * 4 * hidden * hidden + 4 * hidden + hidden
    norms = 2 * 2 * hidden
    return layers * (attention + feed_forward + norms)


def forward(lengths: Iterable[int], layers: int, hidden: int) -> int:
    """2 for each parameter and sub-token; for each layer and pair of sub-tokens of a sequence, 4 for each dimension.

    Args:
        lengths: Sub-tokens of every sequence, without padding.
        layers: Of the encoder.
        hidden: Its width.
    """
    known = list(lengths)
    products = 2 * parameters(layers, hidden) * sum(known)
    attention = 4 * layers * hidden * sum(length * length for length in known)
    return products + attention
