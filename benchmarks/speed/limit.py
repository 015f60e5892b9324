"""What the machine can do: the fastest of many matrix products of the shapes that an encoder has, whoever computes it.

A worker: `python -m benchmarks.speed.limit`, given `hidden`, `dtype` and `device` as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

from benchmarks.speed.counted import clock
from benchmarks.speed.turns import Turns
from xbench.model.packed import can_be_laid_out, laid_out
from xbench.model.products import product

TOKENS = {"cpu": (128, 256, 512, 1024, 2048), "cuda": (1024, 4096, 8192, 16384)}
"""Rows of the left matrix, by kind of device."""
Way = Callable[[], torch.Tensor]
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
_SECONDS = 0.03
"""That products of one shape are repeated for, so that neither the clock nor the first of them counts."""
_TRIES = 2


def grid(hidden: int, kind: str) -> Iterator[tuple[int, int, int]]:
    """Sub-tokens, columns in and out."""
    for tokens in TOKENS[kind]:
        for columns, out in ((hidden, hidden), (hidden, 4 * hidden), (4 * hidden, hidden)):
            yield tokens, columns, out


def ways(left: torch.Tensor, right: torch.Tensor) -> dict[str, Way]:
    """Name -> what computes left · rightᵀ.

    On a CPU torch hands plain products in fp32 to MKL. oneDNN, with a matrix laid out for it, is faster on some.
    """
    columns = right.T.contiguous()
    found: dict[str, Way] = {
        "torch.matmul, transposed": lambda: torch.matmul(left, right.T),
        "torch.matmul": lambda: torch.matmul(left, columns),
    }
    if can_be_laid_out(right):
        packed = laid_out(right)
        found["oneDNN, packed"] = lambda: product(left, packed)
    return found


def fastest(hidden: int, dtype: str, device: str) -> dict[str, Any]:
    """The shape and the way with the most operations per second, and how many."""
    now = clock(device)
    best: dict[str, Any] = {"rate": 0.0}
    for tokens, columns, out in grid(hidden, device.partition(":")[0]):
        left = torch.randn(tokens, columns, dtype=_DTYPES[dtype], device=device)
        right = torch.randn(out, columns, dtype=_DTYPES[dtype], device=device)
        for way, call in ways(left, right).items():
            rate = 2 * tokens * columns * out / _seconds(call, now)
            if rate > best["rate"]:
                best = {"rate": rate, "tokens": tokens, "in": columns, "out": out, "way": way}
    return best


def _seconds(call: Way, now: Any) -> float:
    """Of a product."""
    call()
    began = now()
    call()
    count = max(1, round(_SECONDS / (now() - began)))
    seconds = []
    for _ in range(_TRIES):
        began = now()
        for _ in range(count):
            call()
        seconds.append((now() - began) / count)
    return min(seconds)


def main() -> None:
    """Measures the whole grid whenever it is asked."""
    given, turns = json.loads(sys.argv[1]), Turns()
    with torch.inference_mode():
        turns.serve(lambda: fastest(given["hidden"], given["dtype"], given["device"]), threads=torch.get_num_threads())


if __name__ == "__main__":
    main()
