"""What the machine can do: the fastest of many matrix products of the shapes that an encoder has.

A worker: `python -m benchmarks.speed.limit`, given `hidden`, `dtype` and `device` as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import torch

from benchmarks.speed.counted import clock
from benchmarks.speed.turns import Turns

TOKENS = {"cpu": (128, 256, 512, 1024, 2048), "cuda": (1024, 4096, 8192, 16384)}
"""Rows of the left matrix, by kind of device."""
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
_SECONDS = 0.03
"""That products of one shape are repeated for, so that neither the clock nor the first of them counts."""
_TRIES = 2


def grid(hidden: int, kind: str) -> Iterator[tuple[int, int, int, bool]]:
    """Sub-tokens, columns in and out, and whether the right matrix lies as `torch.nn.Linear` keeps it, transposed."""
    for tokens in TOKENS[kind]:
        for columns, out in ((hidden, hidden), (hidden, 4 * hidden), (4 * hidden, hidden)):
            for transposed in (True, False):
                yield tokens, columns, out, transposed


def fastest(hidden: int, dtype: str, device: str) -> dict[str, Any]:
    """The shape with the most operations per second, and how many."""
    now, best = clock(device), {"rate": 0.0}
    for tokens, columns, out, transposed in grid(hidden, device.partition(":")[0]):
        left = torch.randn(tokens, columns, dtype=_DTYPES[dtype], device=device)
        right = torch.randn(out, columns, dtype=_DTYPES[dtype], device=device).T
        right = right if transposed else right.contiguous()
        rate = _rate(left, right, now)
        if rate > best["rate"]:
            best = {"rate": rate, "tokens": tokens, "in": columns, "out": out, "transposed": transposed}
    return best


def _rate(left: torch.Tensor, right: torch.Tensor, now: Any) -> float:
    """Operations per second of a product."""
    torch.matmul(left, right)
    began = now()
    torch.matmul(left, right)
    count = max(1, round(_SECONDS / (now() - began)))
    seconds = []
    for _ in range(_TRIES):
        began = now()
        for _ in range(count):
            torch.matmul(left, right)
        seconds.append((now() - began) / count)
    return 2 * left.shape[0] * left.shape[1] * right.shape[1] / min(seconds)


def main() -> None:
    """Measures the whole grid whenever it is asked."""
    given, turns = json.loads(sys.argv[1]), Turns()
    with torch.inference_mode():
        turns.serve(lambda: fastest(given["hidden"], given["dtype"], given["device"]), threads=torch.get_num_threads())


if __name__ == "__main__":
    main()
