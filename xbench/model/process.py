"""What is set once in a process that computes on the CPU, and changes no number."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress

import torch

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Parameters of glibc's `mallopt`, from its malloc.h."""
_NEVER = 2**31 - 1
_SHAPES = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "16", "LRU_CACHE_CAPACITY": "16"}
"""Of oneDNN and of what torch has in front of it; a forward pass needs about ten."""


def use_threads(count: int) -> None:
    """Sets how many threads an operation is divided among."""
    torch.set_num_threads(count)


def release() -> None:
    """Hands memory of a GPU that is free back to the system, for other processes."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def limit_threads(count: int) -> None:
    """Sets that at most so many are used. Torch takes one per core, also where a container may use only a few."""
    torch.set_num_threads(min(count, torch.get_num_threads()))


def forget_shapes() -> None:
    """Lets oneDNN remember what it made for only a few shapes of matrices, unless somebody said for how many.

    Batches have hundreds of different numbers of sub-tokens, the heads of sequences more. oneDNN keeps what it made for
    each, 1,024 of them if nobody says otherwise: memory would grow with languages. It reads how many when it is first
    used.
    """
    for name, most in _SHAPES.items():
        os.environ.setdefault(name, most)


def keep_memory() -> None:
    """Keeps memory that is free for what is allocated next.

    glibc hands large blocks back to the system as soon as they are free. Activations and gradients are as large again
    in the next step, which would wait for the system to fill the same pages with zeros. Other C libraries are left
    as they are.
    """
    # No such library, or one of that name that is not glibc's.
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, _NEVER)
