"""How many sub-tokens a batch has: as many as pay on this machine, fewer where it ran out of memory before."""

from __future__ import annotations

from typing import Any

import torch

from xbench.model.batching import Budget
from xbench.model.workspace import Machine
from xbench.store.cache import recall, remember
from xbench.store.keys import digest

TRAINING = 8192
"""Of a micro-batch: a step of published recipes is one. Not found from the machine, since dropout is drawn for each
micro-batch, so that others would be another fit."""

_CPU = 4096
"""Without padding: matrices are large enough, and what they give still fits into caches."""
_CPU_PADDED = 1024
"""Of larger ones more is padding."""
_GPU = 65536
"""At most: from here on matrices grow no faster."""
_STATES = 40
"""Values as wide as the encoder that a sub-token has at once."""
_SHARE = 4
"""They may take one part in so many of the memory that is free."""


def budget(model: Any, machine: Machine, padded: bool) -> Budget:
    """The budget of prediction for a model of this size on this device; halved for good where it was too large.

    Args:
        model: On its device.
        machine: Where.
        padded: Whether sequences are padded to their longest.
    """
    # Not its number of weights: a fit may train a part of an embedding alone.
    encoder = _encoder(model)
    size = [str(encoder.model_type), int(encoder.hidden_size), getattr(encoder, "num_hidden_layers", None)]
    name = torch.cuda.get_device_name(machine.torch_device) if machine.cuda else machine.device
    key = digest([name, machine.dtype, size, padded])[:16]
    known = recall("budgets", key)
    tokens = known["tokens"] if known else _found(model, machine, padded)
    return Budget(tokens, lambda halved: remember("budgets", key, {"tokens": halved}))


def _encoder(model: Any) -> Any:
    """The configuration of the encoder, of which one that a decoder follows has its own."""
    return getattr(model.config, "encoder", model.config)


def _found(model: Any, machine: Machine, padded: bool) -> int:
    if not machine.cuda:
        return _CPU_PADDED if padded else _CPU
    free, _ = torch.cuda.mem_get_info(machine.torch_device)
    state = int(_encoder(model).hidden_size) * _STATES * (2 if machine.dtype == "bf16" else 4)
    return max(1, min(_GPU, free // (_SHARE * state)))
