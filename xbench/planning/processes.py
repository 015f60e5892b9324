"""How many processes work side by side, and with how many threads each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from multiprocessing import current_process

from xbench.jobs import Checkpoint
from xbench.planning.checkpoints import weight_bytes

_SMALL = 64 << 20
"""Bytes of weights. Threads of one process wait for each other after every operation, which is much of the time where
matrices are small; processes of one thread each never wait. On larger matrices they gain less and less, while each of
them has weights, gradients and AdamW's moments of its own: from here on they are not worth that memory."""


def side_by_side(asked: Sequence[str], devices: tuple[str, ...], checkpoints: Sequence[Checkpoint]) -> tuple[str, ...]:
    """A device for each process that may be used.

    Args:
        asked: The devices, as the user named them.
        devices: What these are here.
        checkpoints: All that the run is about.

    Returns:
        The CPU once per core, where the device was left open, is a CPU, and every checkpoint is small; else `devices`.
    """
    # A daemonic process, such as one of a pool, may not start others.
    left_open = tuple(asked) == ("auto",) and devices == ("cpu",) and not current_process().daemon
    return devices * cores() if left_open and all(_small(checkpoint) for checkpoint in checkpoints) else devices


def cores() -> int:
    """Cores that this process may use."""
    # Not on every system: elsewhere a process may use all of them.
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def threads(processes: int = 1) -> int:
    """Threads of each of so many processes on the CPU: as many as `OMP_NUM_THREADS` says, else its share of the cores.

    In a process that was started as one of several, that variable is set: it needs not know of the others.
    """
    stated = os.environ.get("OMP_NUM_THREADS", "")
    return int(stated) if stated.isdigit() and int(stated) else max(1, cores() // processes)


def _small(checkpoint: Checkpoint) -> bool:
    # 0 is a configuration that does not say how large its model is.
    return 0 < weight_bytes(checkpoint.config) <= _SMALL
