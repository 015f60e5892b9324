"""Between the host and a device, so that neither waits for the other: while a GPU computes, the next batch is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def moved(array: np.ndarray, device: torch.device, dtype: torch.dtype | None = None) -> torch.Tensor:
    """An array as a tensor on a device.

    Args:
        array: Of any shape.
        device: Where it goes.
        dtype: None for the array's own.
    """
    here = torch.as_tensor(array, dtype=dtype)
    if device.type != "cuda":
        return here.to(device)
    # From memory that may be moved away, a copy would wait until the GPU has done all that it was given before.
    return here.pin_memory().to(device, non_blocking=True)


@contextmanager
def one_behind(keep: Callable[..., None]) -> Iterator[Callable[..., None]]:
    """Has results kept one after the other, each when the next one is under way: reading it waits for the device.

    Args:
        keep: Takes a result.

    Yields:
        What is called in its place; when the block is left, all are kept.
    """
    waiting: list[tuple[Any, ...]] = []

    def hand(*result: Any) -> None:
        waiting.append(result)
        if len(waiting) > 1:
            keep(*waiting.pop(0))

    yield hand
    for result in waiting:
        keep(*result)
