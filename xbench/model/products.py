"""Matrix products of a fit in fp32 on a CPU: by oneDNN where that is far faster.

Torch hands them to MKL, which leaves the widest registers of some processors unused. `docs/speed.md` says what that
changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import torch

from xbench.model.workspace import Machine

_WIDE = 256
"""Columns. Narrower products are not worth the milliseconds in which oneDNN readies itself for a number of rows."""
_FAR = 1.5
"""Times as fast. On the processors that were tried it is about 1 or about 2: how busy a machine is does not decide by
which a fit is computed, and so its last digits, but the processor."""


class Product(torch.autograd.Function):
    """What a `torch.nn.Linear` computes, and its gradients, up to the order of sums."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """(..., width) -> (..., own width)."""
        ctx.save_for_backward(states, weight)
        return _product(states, weight, bias)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Of states, weight and bias; None where it is not asked for."""
        states, weight = ctx.saved_tensors
        of_states, of_weight, of_bias = ctx.needs_input_grad
        rows = gradient.flatten(0, -2)
        return (
            _product(gradient, weight.t()) if of_states else None,
            _product(rows.t(), states.flatten(0, -2).t()) if of_weight else None,
            rows.sum(0) if of_bias else None,
        )


def _product(left: torch.Tensor, right: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """(..., inner) · (columns, inner)ᵀ."""
    found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(left, right, bias, "none", [], "")
    return found


@contextmanager
def fast_products(model: torch.nn.Module, machine: Machine) -> Iterator[None]:
    """Within it a model's wide linear maps are computed by oneDNN, if it is far faster on this machine.

    Args:
        model: In fp32, on its device.
        machine: Where, and in which dtype.
    """
    wide = [part for part in model.modules() if type(part) is torch.nn.Linear and min(part.weight.shape) >= _WIDE]
    if not wide or machine.device != "cpu" or machine.dtype != "fp32" or not _far_faster():
        yield
        return
    for part in wide:
        part.forward = partial(_linear, part)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for part in wide:
            del part.forward


def _linear(part: torch.nn.Linear, states: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = Product.apply(states, part.weight, part.bias)
    return found


@cache
def _far_faster() -> bool:
    """Whether oneDNN is, on this machine."""
    if not torch.backends.mkldnn.is_available():
        return False
    states, weight = torch.randn(512, 768), torch.randn(768, 768)
    ways = (partial(torch.nn.functional.linear, states, weight), partial(_product, states, weight))
    with torch.no_grad():
        tries = [[_seconds(way) for way in ways] for _ in range(5)]
    theirs, ours = (min(seconds) for seconds in zip(*tries, strict=True))
    return theirs / ours >= _FAR


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
