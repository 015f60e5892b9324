"""How fast this machine trains and predicts: as it was measured, or a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xbench.jobs import Fit
from xbench.planning.checkpoints import shape
from xbench.store.cache import recall, remember
from xbench.store.keys import digest

TRAINING = 3
"""Rows of prediction that a row of training costs: the pass backward computes two products for each one forward."""

_TYPICAL_TOKENS = 32
"""Of a row, in sub-tokens, where nobody has looked."""
_THREAD, _ACCELERATOR = 2e10, 1e13
"""Floating-point operations per second of one thread of a CPU and of a GPU, to an order of magnitude."""


@dataclass(frozen=True)
class Rate:
    """Rows per second, measured on this machine for checkpoints of one shape.

    Attributes:
        trained: Rows per second of fine-tuning; 0 if never measured.
        predicted: Rows per second of prediction; 0 if never measured.
    """

    trained: float = 0.0
    predicted: float = 0.0


def rate_key(fit: Fit, device: str, threads: int) -> str:
    """Checkpoints of one shape on one kind of task run at one rate, which on a CPU is one of so many threads."""
    layers, hidden = shape(fit.checkpoint.config)
    vocabulary = fit.checkpoint.config.get("vocab_size", 0)
    return digest([place(device, threads), fit.dtype, layers, hidden, vocabulary, fit.kind.name, fit.task.name])[:16]


def place(device: str, threads: int) -> list[Any]:
    """What a rate was measured on: devices of one kind are alike, and a CPU is so many threads."""
    kind = device.split(":")[0]
    return [kind, threads if kind == "cpu" else 0]


def rate_of(key: str) -> Rate:
    """What was measured last."""
    found = recall("rates", key)
    return Rate(**found) if found else Rate()


def measured(key: str, *, trained: float = 0.0, predicted: float = 0.0) -> None:
    """Keeps a rate that was measured; the other one stays."""
    known = rate_of(key)
    remember("rates", key, {"trained": trained or known.trained, "predicted": predicted or known.predicted})


def guessed(fit: Fit, device: str, threads: int) -> float:
    """Rows of prediction per second, before anything was measured; 0 where a configuration states no shape."""
    layers, hidden = shape(fit.checkpoint.config)
    # A multiplication and an addition for each of the 12 h² weights of a layer.
    operations = 24 * layers * hidden * hidden * min(_TYPICAL_TOKENS, fit.task.max_length)
    speed = _THREAD * threads if device.startswith("cpu") else _ACCELERATOR
    return speed / operations if operations else 0.0
