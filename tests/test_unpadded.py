"""Encoders without padding against transformers' own padded ones, and which are run so."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_checkpoints
import torch
import transformers
from torch.nn.attention.varlen import varlen_attn

from xbench.api import Features
from xbench.model.attention import ByKernel, ByLength, Rectangle
from xbench.model.batching import by_tokens, spare
from xbench.model.forward import forward
from xbench.model.packed import Packed, pack
from xbench.model.padded import Padded
from xbench.model.unpadded import Unpadded

CPU = torch.device("cpu")
LENGTHS = np.array([9, 3, 3, 12, 1, 9, 5])
LONG = np.array([40, 1, 31, 13, 40, 9, 8])
"""Of so many sub-tokens that some are added, in every order that is picked."""


def features(lengths: np.ndarray = LENGTHS) -> Features:
    random = np.random.default_rng(0)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    none = np.zeros(0, np.int32)
    ids = random.integers(5, 12, offsets[-1]).astype(np.int32)
    types = random.integers(0, 2, offsets[-1]).astype(np.int8)
    return Features(ids, types, offsets, np.arange(len(lengths), dtype=np.int32), none, none, none)


def model(tmp_path: Path, architecture: str, auto: str = "AutoModel", **more: Any) -> Any:
    folder = tiny_checkpoints.build(tmp_path / architecture, architecture, auto=auto, **more)
    return getattr(transformers, auto).from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize(
    ("architecture", "way"),
    [("bert", Unpadded), ("xlm-roberta", Unpadded), ("distilbert", Padded), ("deberta-v2", Padded)],
)
def test_what_has_berts_shape_is_run_without_padding(tmp_path: Path, architecture: str, way: type) -> None:
    assert type(forward(model(tmp_path, architecture), 0, CPU)) is way


def test_berts_parts_joined_in_another_way_are_run_as_transformers_does(tmp_path: Path) -> None:
    found = model(tmp_path, "bert")
    own = found.encoder.forward

    def doubled(*states: Any, **others: Any) -> Any:
        output = own(*states, **others)
        output.last_hidden_state = 2 * output.last_hidden_state
        return output

    found.encoder.forward = doubled
    assert type(forward(found, 0, CPU)) is Padded


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta"])
@pytest.mark.parametrize("lengths", [LENGTHS, LONG], ids=["short", "long"])
@pytest.mark.parametrize("order", [[3, 0, 5, 6, 1, 2, 4], [4, 0, 3], [2]])
def test_every_reading_equals_the_padded_one(
    tmp_path: Path, architecture: str, lengths: np.ndarray, order: list[int]
) -> None:
    sequences, picked = features(lengths), np.array(order)
    assert (spare(int(lengths[order].sum())) > 0) == (lengths is LONG and len(order) > 1)
    at = np.concatenate([np.arange(sequences.offsets[i], sequences.offsets[i + 1])[::2] for i in picked])
    for auto in ("AutoModelForSequenceClassification", "AutoModelForTokenClassification", "AutoModelForMaskedLM"):
        found = model(tmp_path, architecture, auto)
        ours, theirs = Unpadded(found, CPU), Padded(found, 1 if architecture == "xlm-roberta" else 0, CPU)
        with torch.no_grad():
            if auto == "AutoModelForSequenceClassification":
                pairs = [(ours.of_sequences(sequences, picked), theirs.of_sequences(sequences, picked))]
            else:
                pairs = [(ours.of_tokens(sequences, picked, at), theirs.of_tokens(sequences, picked, at))]
            pairs.append((ours.last(sequences, picked, at), theirs.last(sequences, picked, at)))
            pairs.append(tuple(way.layers(sequences, picked, lambda states: states) for way in (ours, theirs)))
        for one, other in pairs:
            assert one.shape == other.shape
            assert (one - other).abs().max() < 1e-4
            assert one.std() > 0.01, "states that are all alike would prove nothing"


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta", "distilbert"])
def test_weights_laid_out_for_prediction_change_no_reading(
    tmp_path: Path, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the same model before, in every reading that a head asks for; feed-forward networks take a few rows."""
    monkeypatch.setattr("xbench.model.packed.WIDE", 16)
    monkeypatch.setattr("xbench.model.unpadded._BETWEEN", 1000)
    found = model(tmp_path, architecture, "AutoModelForSequenceClassification")
    way, sequences, picked = forward(found, 0, CPU), features(), np.array([3, 0, 5, 6])
    at = np.concatenate([np.arange(sequences.offsets[i], sequences.offsets[i + 1])[::2] for i in picked])

    def read() -> list[torch.Tensor]:
        whole = way.layers(sequences, picked, lambda states: states)
        return [way.of_sequences(sequences, picked), way.last(sequences, picked, at), whole]

    with torch.inference_mode():
        before = read()
        way.settle()
        rows: list[int] = []
        for part in found.base_model.modules():
            if type(part).__name__.endswith("Intermediate"):
                part.register_forward_hook(lambda part, given, result: rows.append(len(given[0])))
        for one, other in zip(read(), before, strict=True):
            assert (one - other).abs().max() < 1e-5
    assert (len(rows) > 10 and max(rows) <= 1000 // (4 * 32)) or architecture == "distilbert"
    left = sum(type(part) is torch.nn.Linear for part in found.base_model.modules())
    assert (left <= 1) == (architecture != "distilbert"), "the pooler alone is not packed"


@pytest.mark.parametrize(("dtype", "apart"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_packed_linear_map_is_the_plain_one(dtype: torch.dtype, apart: float, bias: bool) -> None:
    torch.manual_seed(0)
    plain = torch.nn.Sequential(torch.nn.Linear(256, 512, bias=bias), torch.nn.Sequential(torch.nn.Linear(512, 256)))
    states = torch.randn(7, 256).to(dtype)
    with torch.no_grad():
        expected = plain.double()(states.double())
        packed = plain.to(dtype)
        pack(packed)
        found = packed(states)
    assert found.dtype == dtype and found.shape == (7, 256)
    assert isinstance(packed[0], Packed) and isinstance(packed[1][0], Packed)
    assert (found - expected).abs().max() <= apart * expected.abs().max()


def test_linear_maps_of_ones_own_are_left_as_they_are() -> None:
    class Doubled(torch.nn.Linear):
        def forward(self, states: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(states)

    parts = torch.nn.Sequential(Doubled(256, 256), torch.nn.Linear(256, 256))
    states = torch.randn(3, 256)
    with torch.no_grad():
        before = parts(states)
        pack(parts)
        assert torch.allclose(parts(states), before, atol=1e-5)
    assert isinstance(parts[1], Packed)


def test_narrow_linear_maps_stay_as_they_are_in_fp32() -> None:
    parts = torch.nn.Sequential(torch.nn.Linear(512, 128), torch.nn.Linear(128, 512))
    pack(parts)
    assert all(type(part) is torch.nn.Linear for part in parts)


@pytest.mark.parametrize("lengths", [LENGTHS, LONG], ids=["short", "long"])
def test_gradients_are_those_of_the_padded_model(tmp_path: Path, lengths: np.ndarray) -> None:
    found = model(tmp_path, "bert", "AutoModelForTokenClassification", dropout=0.0).double()
    sequences, picked = features(lengths), np.array([3, 0, 5, 1, 4])
    at = np.concatenate([np.arange(sequences.offsets[i], sequences.offsets[i + 1])[1:] for i in picked])
    gradients = []
    for way in (Unpadded(found, CPU), Padded(found, 0, CPU)):
        found.train().zero_grad()
        way.of_tokens(sequences, picked, at).pow(2).sum().backward()
        gradients.append([parameter.grad.clone() for parameter in found.parameters() if parameter.grad is not None])
    assert len(gradients[0]) == len(gradients[1])
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_sequence_depends_on_nothing_outside_of_it(tmp_path: Path) -> None:
    found = Unpadded(model(tmp_path, "bert", "AutoModelForSequenceClassification"), CPU)
    sequences = features()
    with torch.no_grad():
        together = found.of_sequences(sequences, np.arange(len(sequences)))
        alone = torch.cat([found.of_sequences(sequences, np.array([i])) for i in range(len(sequences))])
    assert (together - alone).abs().max() < 1e-5


def test_the_model_is_transformers_own_again_afterwards(tmp_path: Path) -> None:
    found = model(tmp_path, "bert", "AutoModelForSequenceClassification")
    before = found(torch.tensor([[5, 6, 7]])).logits
    Unpadded(found, CPU).of_sequences(features(), np.arange(3))
    assert torch.equal(found(torch.tensor([[5, 6, 7]])).logits, before)


def test_dropout_is_that_of_the_model(tmp_path: Path) -> None:
    found = model(tmp_path, "bert", "AutoModelForSequenceClassification", dropout=0.5)
    way = Unpadded(found, CPU)
    first, second = (way.of_sequences(features(), np.arange(7)) for _ in range(2))
    assert torch.equal(first, second), "none in evaluation"
    found.train()
    first, second = (way.of_sequences(features(), np.arange(7)) for _ in range(2))
    assert not torch.allclose(first, second)


def test_sub_tokens_are_added_to_numbers_that_others_have_one_in_32_at_most() -> None:
    assert [spare(tokens) for tokens in (1, 63, 64, 65, 127, 128, 129, 4033, 4096)] == [0, 0, 0, 1, 1, 0, 3, 63, 0]
    numbers = np.arange(64, 4097)
    added = np.array([spare(int(tokens)) for tokens in numbers])
    assert (32 * added < numbers).all()
    assert len(np.unique(numbers + added)) == 6 * 32 + 1


def test_batches_without_padding_hold_every_sequence_once_within_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 500)
    batches = list(by_tokens(lengths, 128))
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert all(lengths[batch].sum() <= 128 for batch in batches)
    together = [lengths[one].sum() + lengths[other[0]] for one, other in pairwise(batches)]
    assert all(tokens > 128 for tokens in together), "a batch that the next sequence had room in"
    assert [batch.tolist() for batch in by_tokens(np.array([5, 200, 7]), 128)] == [[1], [2, 0]]


@pytest.mark.parametrize("lengths", [[12, 9, 9, 3, 1], [4], [2, 7, 2]])
def test_attention_is_within_each_sequence_whichever_way_it_is_computed(lengths: list[int]) -> None:
    """By the formula, sequence by sequence; also its gradient."""
    torch.manual_seed(0)
    parts = [torch.randn(sum(lengths), 2, 4, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    plain = []
    for query, key, value in zip(*(torch.split(part, lengths) for part in parts), strict=True):
        weights = torch.einsum("qhs,khs->hqk", query, key).div(2.0).softmax(-1)
        plain.append(torch.einsum("hqk,khs->qhs", weights, value).flatten(1))
    expected = torch.cat(plain)
    gradients = torch.autograd.grad(expected.pow(2).sum(), parts, retain_graph=True)
    starts = np.cumsum(lengths) - lengths
    query, *others = parts
    for attention in (ByLength(np.array(lengths)), Rectangle(np.array(lengths), CPU)):
        first = attention.single(query[starts], *others, 0.0)
        assert torch.allclose(first, expected[starts], atol=1e-12)
        plain_one = torch.autograd.grad(expected[starts].pow(2).sum(), parts, retain_graph=True)
        for one, other in zip(torch.autograd.grad(first.pow(2).sum(), parts), plain_one, strict=True):
            assert torch.allclose(one, other, atol=1e-10)
        found = attention.every(*parts, 0.0)
        assert torch.allclose(found, expected, atol=1e-12)
        for one, other in zip(torch.autograd.grad(found.pow(2).sum(), parts), gradients, strict=True):
            assert torch.allclose(one, other, atol=1e-10)


def _flash(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, ends: torch.Tensor, key_ends: torch.Tensor,
    longest: int, longest_key: int,
) -> torch.Tensor:  # fmt: skip
    """Torch's attention for sequences of several lengths by its documentation, whose kernel no CPU has."""
    assert ends.dtype == key_ends.dtype == torch.int32 and query.shape[2] % 8 == 0
    assert longest == ends.diff().max() and longest_key == key_ends.diff().max()
    found = []
    for (start, end), (key_start, key_end) in zip(pairwise(ends.tolist()), pairwise(key_ends.tolist()), strict=True):
        own = (query[start:end], key[key_start:key_end], value[key_start:key_end])
        query_, key_, value_ = (part.transpose(0, 1) for part in own)
        weights = (query_ @ key_.transpose(1, 2) / query.shape[2] ** 0.5).softmax(-1)
        found.append((weights @ value_).transpose(0, 1))
    return torch.cat(found)


@pytest.mark.parametrize("lengths", [[12, 9, 9, 3, 1], [4], [2, 7, 2]])
def test_the_kernel_of_a_gpu_is_told_where_sequences_begin(lengths: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xbench.model.attention.varlen_attn", _flash)
    parts = [torch.randn(sum(lengths), 2, 8) for _ in range(3)]
    query, *others = parts
    starts = np.cumsum(lengths) - lengths
    ours, plain = ByKernel(np.array(lengths), CPU), ByLength(np.array(lengths))
    assert torch.allclose(ours.every(*parts, 0.0), plain.every(*parts, 0.0), atol=1e-6)
    assert torch.allclose(
        ours.single(query[starts], *others, 0.0), plain.single(query[starts], *others, 0.0), atol=1e-6
    )


def test_the_kernel_is_called_as_torch_says() -> None:
    names = [*inspect.signature(varlen_attn).parameters.values()]
    assert [one.name for one in names[:7]] == ["query", "key", "value", "cu_seq_q", "cu_seq_k", "max_q", "max_k"]
    assert all(one.default is not one.empty for one in names[7:])


def _refused(*given: Any) -> torch.Tensor:
    raise RuntimeError("no kernel image is available")


@pytest.mark.parametrize(
    ("kernel", "agrees"), [(_flash, True), (lambda *given: -_flash(*given), False), (_refused, False)]
)
def test_the_kernel_is_used_only_where_it_computes_the_same(
    kernel: Callable[..., torch.Tensor], agrees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xbench.model.attention.varlen_attn", kernel)
    assert ByKernel.agrees(CPU, 64) == agrees


@pytest.mark.parametrize(
    ("device", "dtype", "built", "hip", "capability", "size", "serves"),
    [
        ("cuda:1", torch.bfloat16, True, None, (9, 0), 64, True),
        ("cuda:1", torch.bfloat16, True, None, (8, 0), 64, True),
        ("cuda:1", torch.bfloat16, True, None, (7, 5), 64, False),
        ("cuda:1", torch.bfloat16, True, "6.4", (9, 0), 64, False),
        ("cuda:1", torch.bfloat16, False, None, (9, 0), 64, False),
        ("cuda:1", torch.bfloat16, True, None, (9, 0), 26, False),
        ("cuda:1", torch.bfloat16, True, None, (9, 0), 264, False),
        ("cuda:1", torch.float32, True, None, (9, 0), 64, False),
        ("cpu", torch.bfloat16, True, None, (9, 0), 64, False),
        ("mps", torch.bfloat16, True, None, (9, 0), 64, False),
    ],
)
def test_the_kernel_is_asked_only_where_it_is(
    device: str, dtype: torch.dtype, built: bool, hip: str | None, capability: tuple[int, int], size: int,
    serves: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(torch.backends.cuda, "is_flash_attention_available", lambda: built)
    monkeypatch.setattr(torch.version, "hip", hip)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(ByKernel, "agrees", lambda device, size: True)
    assert ByKernel.serves(torch.device(device), dtype, size) == serves
