"""Products of a fit by oneDNN: the same numbers as torch's own, where and only where it is far faster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_checkpoints
import torch
from kind_helpers import task as declare
from test_model import LABELS, a_fit, pairs

from xbench.api import Recipe
from xbench.kinds import classification
from xbench.model import loading, products
from xbench.model.products import Product, fast_products
from xbench.model.workspace import Machine, Workspace
from xbench.plugins import load

FP32 = Machine("cpu", "fp32")


@pytest.fixture
def far_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_far_faster", lambda: True)
    monkeypatch.setattr(products, "_WIDE", 16)


@pytest.mark.parametrize("shape", [(7, 24), (1, 24), (2, 3, 24)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_product_and_its_gradients_are_those_of_a_linear_map(shape: tuple[int, ...], bias: bool) -> None:
    """In double precision by torch itself."""
    torch.manual_seed(0)
    linear = torch.nn.Linear(24, 40, bias=bias)
    states = torch.randn(shape, requires_grad=True)
    asked = [states, *linear.parameters()]
    found = Product.apply(states, linear.weight, linear.bias)
    ours = torch.autograd.grad(found.sin().sum(), asked)
    exact = [one.detach().double().requires_grad_() for one in asked]
    expected = torch.nn.functional.linear(*exact)
    assert found.shape == expected.shape and (found - expected).abs().max() < 1e-5
    for one, other in zip(ours, torch.autograd.grad(expected.sin().sum(), exact), strict=True):
        assert one.shape == other.shape and (one - other).abs().max() < 1e-5


def test_what_is_frozen_gets_no_gradient() -> None:
    linear = torch.nn.Linear(24, 40).requires_grad_(False)
    states = torch.randn(5, 24, requires_grad=True)
    Product.apply(states, linear.weight, linear.bias).sum().backward()
    assert states.grad is not None and linear.weight.grad is None and linear.bias.grad is None


def losses(folder: Path, encoder: Path) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Of a fit of twelve steps, and the weights that it ends with."""
    recipe = Recipe(learning_rate=1e-3, epochs=4, batch_size=8, epsilon=1e-4)
    task = declare("classification", "text pair label", labels=LABELS, recipe=recipe)
    fit, rows = a_fit(encoder, classification.kind, task), pairs()
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    features = classification.kind.encode(rows, tokenizer, task, 24)
    folder.mkdir()
    workspace = Workspace(folder)
    parts = [(task.slice("en", "train"), features, len(rows))]
    found = load(classification.kind.head).fit(fit, parts, FP32, workspace, tokenizer.pad_token_id)
    saved = loading.with_own_head(
        {"pretrained_model_name_or_path": workspace.weights}, "it", "AutoModelForSequenceClassification"
    )
    return found["losses"], saved.state_dict()


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta", "distilbert", "deberta-v2"])
def test_a_fit_learns_the_same(tmp_path: Path, architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = tiny_checkpoints.build(tmp_path / "encoder", architecture, dropout=0.0)
    monkeypatch.setattr(products, "_far_faster", lambda: False)
    plain, weights = losses(tmp_path / "plain", encoder)
    counted = []
    monkeypatch.setattr(products, "_far_faster", lambda: True)
    monkeypatch.setattr(products, "_WIDE", 16)
    monkeypatch.setattr(products, "_linear", lambda *given, own=products._linear: counted.append(given) or own(*given))
    ours, learned = losses(tmp_path / "ours", encoder)
    assert len(counted) > 6 * len(ours), "every step has some"
    assert np.allclose(ours, plain, atol=1e-5) and plain[0] != plain[-1]
    assert learned.keys() == weights.keys()
    assert all(torch.allclose(learned[name], weights[name], atol=1e-4) for name in weights)


@pytest.mark.usefixtures("far_faster")
def test_linear_maps_are_torchs_own_again_afterwards() -> None:
    class Doubled(torch.nn.Linear):
        def forward(self, states: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(states)

    model = torch.nn.Sequential(torch.nn.Linear(16, 32), Doubled(32, 32), torch.nn.Linear(32, 4))

    def stopped() -> None:
        with fast_products(model, FP32):
            assert ["forward" in vars(part) for part in model] == [True, False, False]
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        stopped()
    assert not any("forward" in vars(part) for part in model)


@pytest.mark.parametrize(
    ("machine", "faster"), [(Machine("cpu", "bf16"), True), (Machine("cuda:0", "fp32"), True), (FP32, False)]
)
def test_they_stay_where_there_is_nothing_to_gain(
    machine: Machine, faster: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "_far_faster", lambda: faster)
    linear = torch.nn.Linear(512, 512)
    with fast_products(linear, machine):
        assert "forward" not in vars(linear)


@pytest.mark.parametrize(
    ("theirs", "ours", "far"), [(3.0, 1.0, True), (1.6, 1.0, True), (1.4, 1.0, False), (1.0, 2.0, False)]
)
def test_who_is_faster_is_measured_on_the_machine(
    theirs: float, ours: float, far: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by its best of several tries, which whatever else the machine does makes slower at times."""
    seconds = iter([theirs, ours] * 5)
    slow = iter([1.0, 4.0, 1.0, 2.5, 7.0, 1.0, 1.0, 1.0, 1.0, 1.0])

    def measured(call: Any) -> float:
        call()
        return next(seconds) * next(slow)

    monkeypatch.setattr(products, "_seconds", measured)
    assert products._far_faster.__wrapped__() == far
