"""Encoders of BERT's shape on sequences that lie end to end: nothing is computed for padding, there is none.

All but attention looks at each sub-token by itself, and takes the sub-tokens of a batch as one long sequence. In the
last layer, what follows attention is computed for those sub-tokens alone whose states are read: for a label per
sequence, one of each. The numbers are the padded model's, up to the order of sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from transformers.modeling_outputs import BaseModelOutputWithPooling

from xbench.api import Features
from xbench.model.attention import Attention, ByKernel, ByLength, Rectangle
from xbench.model.batching import Cut, by_tokens, cells, lengths_of, positions, spare
from xbench.model.loading import first_position
from xbench.model.moving import moved
from xbench.model.packed import pack

_BODY = frozenset({"embeddings", "encoder", "pooler"})
_LAYER = frozenset({"attention", "intermediate", "output"})
_ATTENTION = frozenset({"query", "key", "value", "dropout"})
_BETWEEN = 2**24
"""Bytes of what lies between the two products of a feed-forward network, where a CPU only predicts: these states are
four times as wide as others, and would be most of a batch's memory."""


def has_bert_shape(model: Any) -> bool:
    """Whether a model's encoder is made of BERT's parts and of nothing else, as those of RoBERTa and XLM-R are."""
    body = model.base_model
    if not _parts(body) <= _BODY or not {"embeddings", "encoder"} <= _parts(body) or _parts(body.encoder) != {"layer"}:
        return False
    return all(
        _parts(layer) == _LAYER and _parts(layer.attention) == {"self", "output"}
        and _parts(layer.attention.self) == _ATTENTION
        for layer in body.encoder.layer
    )  # fmt: skip


def _parts(module: torch.nn.Module) -> set[str]:
    return {name for name, _ in module.named_children()}


@dataclass(frozen=True)
class Laid:
    """Sequences of a batch, end to end.

    Attributes:
        ids: int64, (1, sub-tokens).
        types: Likewise.
        places: Position ids, likewise.
        attention: Within each sequence.
        at: Places among the sub-tokens whose states of the last layer are read; None for all.
        single: Whether each of these is the only one of its sequence that is read: states are then (sequences, 1,
            hidden), which the head of a sequence expects, else (1, read, hidden).
        every: Called with the states after every layer, the embeddings first, (sub-tokens, hidden).
        most: Sub-tokens that what follows attention takes at once; None for all.
    """

    ids: torch.Tensor
    types: torch.Tensor
    places: torch.Tensor
    attention: Attention
    at: torch.Tensor | None = None
    single: bool = False
    every: Callable[[torch.Tensor], None] = field(default=lambda states: None)
    most: int | None = None


class Unpadded:
    """A model whose encoder has BERT's shape, run without padding.

    Args:
        model: On its device.
        device: Where it is.
    """

    def __init__(self, model: Any, device: torch.device) -> None:
        self.model, self._device = model, device
        self._first = first_position(model.config.model_type, model.config.pad_token_id)
        self._types = getattr(model.config, "type_vocab_size", 1) > 1
        self._most: int | None = None
        self._by_kernel = False

    padded = False

    @property
    def cut(self) -> Cut:
        """See `Forward`."""
        return by_tokens

    def of_sequences(self, features: Features, picked: np.ndarray) -> torch.Tensor:
        """See `Forward`."""
        lengths = lengths_of(features, picked)
        batch = self.laid(features, picked, np.cumsum(lengths) - lengths, single=True)
        with _laid_out(self.model.base_model):
            logits: torch.Tensor = self.model(batch).logits
        return logits

    def of_tokens(self, features: Features, picked: np.ndarray, at: np.ndarray) -> torch.Tensor:
        """See `Forward`."""
        with _laid_out(self.model.base_model):
            logits: torch.Tensor = self.model(self.laid(features, picked, _among(features, picked, at))).logits[0]
        return logits

    def last(self, features: Features, picked: np.ndarray, at: np.ndarray) -> torch.Tensor:
        """See `Forward`."""
        batch = self.laid(features, picked, _among(features, picked, at))
        states: torch.Tensor = _body(self.model.base_model, batch).last_hidden_state[0]  # type: ignore[index]
        return states

    def layers(
        self, features: Features, picked: np.ndarray, read: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """See `Forward`."""
        found: list[torch.Tensor] = []
        count = int(lengths_of(features, picked).sum())
        batch = self.laid(features, picked, every=lambda states: found.append(read(states[:count].float())))
        _body(self.model.base_model, batch)
        return torch.stack(found)

    def settle(self) -> None:
        """See `Forward`."""
        pack(self.model.base_model.encoder)
        config = self.model.base_model.config
        if self._device.type == "cpu":
            # A power of two, as budgets are: products have one number of rows in most batches.
            rows = _BETWEEN // (config.intermediate_size * self.model.dtype.itemsize)
            self._most = 1 << max(0, rows.bit_length() - 1)
        size = config.hidden_size // config.num_attention_heads
        self._by_kernel = ByKernel.serves(self._device, self.model.dtype, size)

    def laid(self, features: Features, picked: np.ndarray, at: np.ndarray | None = None, **how: Any) -> Laid:
        """Sequences of a batch as tensors, and what is read of them; `how` as in `Laid`."""
        lengths, flat = lengths_of(features, picked), positions(features, picked)
        places = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + self._first
        types = features.types[flat] if self._types else np.zeros(len(flat), np.int8)
        read = None if at is None else self._tensor(at)
        more = spare(len(flat)) if self._device.type == "cpu" else 0
        arrays = (np.pad(array, (0, more)) for array in (features.ids[flat], types, places))
        ids, kinds, order = (self._tensor(array)[None] for array in arrays)
        return Laid(ids, kinds, order, self._attention(lengths, more), read, most=self._most, **how)

    def _attention(self, lengths: np.ndarray, more: int) -> Attention:
        if self._device.type == "cpu":
            return ByLength(lengths, more)
        return (ByKernel if self._by_kernel else Rectangle)(lengths, self._device)

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return moved(array, self._device, torch.int64)


@contextmanager
def _laid_out(body: Any) -> Iterator[None]:
    """Within it an encoder takes a `Laid` in place of `input_ids`, which what is on top of it hands on as it is."""

    def forward(input_ids: Laid, **others: Any) -> BaseModelOutputWithPooling:
        return _body(body, input_ids)

    body.forward = forward
    try:
        yield
    finally:
        del body.forward


def _body(body: Any, batch: Laid) -> BaseModelOutputWithPooling:
    """What an encoder gives for a batch."""
    states = body.embeddings(input_ids=batch.ids, token_type_ids=batch.types, position_ids=batch.places)[0]
    batch.every(states)
    *layers, last = body.encoder.layer
    for layer in layers:
        states = _layer(layer, states, batch)
        batch.every(states)
    states = _last(last, states, batch)
    batch.every(states)
    found = states[:, None] if batch.single else states[None]
    pooler = getattr(body, "pooler", None)
    return BaseModelOutputWithPooling(found, pooler(found) if pooler is not None and batch.single else None)


def _layer(layer: Any, states: torch.Tensor, batch: Laid) -> torch.Tensor:
    """A layer's states, (sub-tokens, hidden)."""
    context = batch.attention.every(_query(layer, states), *_key_value(layer, states), _dropout(layer))
    return _fed(layer, context, states, batch.most)


def _last(layer: Any, states: torch.Tensor, batch: Laid) -> torch.Tensor:
    """The last layer's states of what is read: if that is one of each sequence, it alone attends to the others."""
    if batch.at is None:
        return _layer(layer, states, batch)
    read = states[batch.at]
    if batch.single:
        context = batch.attention.single(_query(layer, read), *_key_value(layer, states), _dropout(layer))
    else:
        context = batch.attention.every(_query(layer, states), *_key_value(layer, states), _dropout(layer))[batch.at]
    return _fed(layer, context, read, batch.most)


def _query(layer: Any, states: torch.Tensor) -> torch.Tensor:
    return _by_head(layer, layer.attention.self.query(states))


def _key_value(layer: Any, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    attention = layer.attention.self
    return _by_head(layer, attention.key(states)), _by_head(layer, attention.value(states))


def _by_head(layer: Any, states: torch.Tensor) -> torch.Tensor:
    """(states, hidden) -> (states, heads, size)."""
    return states.view(len(states), layer.attention.self.num_attention_heads, -1)


def _dropout(layer: Any) -> float:
    return layer.attention.self.dropout.p if layer.training else 0.0


def _fed(layer: Any, context: torch.Tensor, states: torch.Tensor, most: int | None) -> torch.Tensor:
    """What follows attention in a layer, sub-token by sub-token; `most` as in `Laid`."""
    if most is not None and len(states) > most:
        found = torch.empty_like(states)
        pieces = (part.split(most) for part in (found, context, states))
        for own, taken, before in zip(*pieces, strict=True):
            own.copy_(_fed(layer, taken, before, most))
        return found
    mixed = layer.attention.output(context, states)
    output: torch.Tensor = layer.output(layer.intermediate(mixed), mixed)
    return output


def _among(features: Features, picked: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Where flat positions in all features are among those of a batch, whose order they have."""
    lengths = lengths_of(features, picked)
    rows, columns = cells(features, picked, at)
    return (np.cumsum(lengths) - lengths)[rows] + columns
