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

pytestmark = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN")


@pytest.fixture
def far_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_far_faster", lambda: True)
    monkeypatch.setattr(products, "WIDE", 16)


@pytest.mark.parametrize("shape", [(7, 24), (1, 24), (2, 3, 24), (0, 24)])
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
    assert found.shape == expected.shape and torch.allclose(found.double(), expected, rtol=0, atol=1e-5)
    for one, other in zip(ours, torch.autograd.grad(expected.sin().sum(), exact), strict=True):
        assert one.shape == other.shape and torch.allclose(one.double(), other, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("frozen", "count"), [("weight", 2), ("states", 2), ("", 3)])
def test_no_gradient_is_computed_of_what_is_frozen(frozen: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(products, "product", lambda *given, own=products.product: calls.append(given) or own(*given))
    states, weight = (torch.randn(5, 24, requires_grad=name != frozen) for name in ("states", "weight"))
    Product.apply(states, weight, None).sum().backward()
    assert len(calls) == count
    assert (states.grad is None, weight.grad is None) == (frozen == "states", frozen == "weight")


def fitted(folder: Path, encoder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Facts of a fit of some steps, and the weights that it ends with."""
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
    return found, saved.state_dict()


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta", "distilbert", "deberta-v2"])
def test_a_fit_learns_the_same(tmp_path: Path, architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = tiny_checkpoints.build(tmp_path / "encoder", architecture, dropout=0.0)
    monkeypatch.setattr(products, "_far_faster", lambda: False)
    plain, weights = fitted(tmp_path / "plain", encoder)
    counted = []
    monkeypatch.setattr(products, "_far_faster", lambda: True)
    monkeypatch.setattr(products, "WIDE", 16)
    monkeypatch.setattr(products, "_linear", lambda *given, own=products._linear: counted.append(given) or own(*given))
    ours, learned = fitted(tmp_path / "ours", encoder)
    assert len(counted) > 6 * ours["steps"], "every step has some"
    assert (plain["products"], ours["products"]) == ("torch", "oneDNN")
    assert np.allclose(ours["losses"], plain["losses"], atol=1e-5) and plain["losses"][0] != plain["losses"][-1]
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


@pytest.mark.parametrize(("theirs", "far"), [(3.0, True), (1.6, True), (1.4, False), (0.5, False)])
def test_who_is_faster_is_measured_once_for_a_processor(
    theirs: float, far: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by its best of several tries, which whatever else the machine does makes slower at times."""
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path))
    slow = [1.0, 4.0, 1.0, 2.5, 7.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    seconds = iter([one * times for one, times in zip([theirs, 1.0] * 5, slow, strict=True)])

    def measured(call: Any) -> float:
        call()
        return next(seconds)

    monkeypatch.setattr(products, "_seconds", measured)
    assert products._far_faster() == far
    assert next(seconds, None) is None
    assert products._far_faster() == far, "as it was found before"
    monkeypatch.setattr(products, "_processor", lambda: "another one")
    with pytest.raises(StopIteration):
        products._far_faster()


def test_what_is_to_be_deterministic_is_computed_by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "are_deterministic_algorithms_enabled", lambda: True)
    monkeypatch.setattr(products, "_ratio", lambda: 3.0)
    assert not products._far_faster()


def test_a_processor_has_one_name() -> None:
    assert products._processor() == products._processor()
    if Path("/proc/cpuinfo").is_file():
        assert "MHz" not in products._processor() and len(products._processor()) > 20
