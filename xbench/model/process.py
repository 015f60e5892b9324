"""What is set once in a process that computes on the CPU, and changes no number."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

import torch

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Parameters of glibc's `mallopt`, from its malloc.h."""
_NEVER = 2**31 - 1


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
