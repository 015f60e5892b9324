"""Matrix products by oneDNN on a CPU, and those of a fit in fp32 where it is far faster than what torch takes.

In fp32 torch hands them to MKL, which leaves the widest registers of some processors unused. `docs/speed.md` says what
that changes.
"""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch

from xbench.model.workspace import Machine
from xbench.store.cache import cached_json
from xbench.store.keys import digest

WIDE = 256
"""Columns. In fp32, what a narrower product gains is lost again when oneDNN readies itself for a number of rows that it
has not seen lately; in bf16 it has to do so anyway."""
_FAR = 1.5
"""Times as fast. It was about 1 or about 2 on the processors that were tried: at less, it would depend on the shape."""


def product(left: torch.Tensor, right: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """(..., inner) · (columns, inner)ᵀ (+ bias), by oneDNN, for which `right` may be laid out; without a gradient."""
    found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(left, right, bias, "none", [], "")
    return found


class Product(torch.autograd.Function):
    """What a `torch.nn.Linear` computes, and its gradients, up to the order of sums."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """(..., width) -> (..., own width)."""
        ctx.save_for_backward(states, weight)
        return product(states, weight, bias)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Of states, weight and bias; None where it is not asked for."""
        states, weight = ctx.saved_tensors
        of_states, of_weight, of_bias = ctx.needs_input_grad
        rows = gradient.flatten(0, -2)
        return (
            product(gradient, weight.t()) if of_states else None,
            _of_weight(rows, states.flatten(0, -2)) if of_weight else None,
            rows.sum(0) if of_bias else None,
        )


def _of_weight(gradient: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    # A sum of nothing, which oneDNN does not write.
    if not len(states):
        return states.new_zeros(gradient.shape[1], states.shape[1])
    return product(gradient.t(), states.t())


@contextmanager
def fast_products(model: torch.nn.Module, machine: Machine) -> Iterator[str]:
    """Within it a model's wide linear maps are computed by oneDNN, if it is far faster on this machine.

    Args:
        model: In fp32, on its device.
        machine: Where, and in which dtype.

    Yields:
        Who computes them: `torch` or `oneDNN`.
    """
    wide = [part for part in model.modules() if type(part) is torch.nn.Linear and min(part.weight.shape) >= WIDE]
    if not wide or machine.device != "cpu" or machine.dtype != "fp32" or not _far_faster():
        yield "torch"
        return
    for part in wide:
        part.forward = partial(_linear, part)  # type: ignore[method-assign]
    try:
        yield "oneDNN"
    finally:
        for part in wide:
            del part.forward


def _linear(part: torch.nn.Linear, states: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = Product.apply(states, part.weight, part.bias)
    return found


def _far_faster() -> bool:
    """Whether oneDNN is, as it was found once for this processor: fits that are resumed end as they would have."""
    if not torch.backends.mkldnn.is_available():
        return False
    # Whoever wants the same numbers on all machines gets them from what all have.
    if torch.are_deterministic_algorithms_enabled():
        return False
    key = digest([torch.__version__, torch.get_num_threads(), _processor()])[:16]
    return float(cached_json("products", key, _ratio)) >= _FAR


def _processor() -> str:
    """What the system says of the first one; caches are shared where home folders are."""
    path = Path("/proc/cpuinfo")
    said = path.read_text(encoding="utf-8").partition("\n\n")[0] if path.is_file() else platform.processor()
    # How fast it is right now is no part of its name.
    return re.sub(r"^(cpu MHz|bogomips|processor|apicid|initial apicid|core id)\b.*$", "", said, flags=re.MULTILINE)


def _ratio() -> float:
    """How many times as fast oneDNN is, each by the best of some tries."""
    states, weight = torch.ones(512, 768), torch.ones(768, 768)
    ways = (partial(torch.nn.functional.linear, states, weight), partial(product, states, weight))
    with torch.no_grad():
        tries = [[_seconds(way) for way in ways] for _ in range(5)]
    theirs, ours = (min(seconds) for seconds in zip(*tries, strict=True))
    return theirs / ours


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
