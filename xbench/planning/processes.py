"""How many processes work in parallel, and with how many threads each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from multiprocessing import current_process

from xbench.jobs import Checkpoint
from xbench.planning.checkpoints import weight_bytes
from xbench.planning.limits import cores, memory

_SMALL = 64 << 20
"""Bytes of weights. Threads of one process wait for each other after every operation, which is much of the time where
matrices are small; processes of one thread each never wait. On larger matrices they gain less and less, while each of
them has weights, gradients and AdamW's moments of its own: from here on they are not worth that memory."""

_COPIES = 4
"""Of the weights: these, their gradients and AdamW's two moments."""
_BESIDES = 1 << 30
"""Bytes of a process besides: what it imports, rows, activations. About 650 MB for the checkpoints that are shipped."""


def device_per_process(
    asked: Sequence[str], devices: tuple[str, ...], checkpoints: Sequence[Checkpoint]
) -> tuple[str, ...]:
    """A device for each process that may be used.

    Args:
        asked: The devices, as the user named them.
        devices: What these are here.
        checkpoints: All that the run is about.

    Returns:
        Where the device was left open, is a CPU, and every checkpoint is small: the CPU as often as there are cores for
        the threads that `OMP_NUM_THREADS` asks for (one each, if it is not set) and memory; else `devices`.
    """
    # A daemonic process, such as one of a pool, may not start others.
    left_open = tuple(asked) == ("auto",) and devices == ("cpu",) and not current_process().daemon
    sizes = [weight_bytes(checkpoint.config) for checkpoint in checkpoints]
    # 0 is a configuration that does not say how large its model is.
    if not left_open or not all(0 < size <= _SMALL for size in sizes):
        return devices
    room = memory() / (_BESIDES + _COPIES * max(sizes))
    return devices * max(1, int(min(cores() // (_stated() or 1), room)))


def threads(processes: int = 1) -> int:
    """Threads of each of so many processes on the CPU: as many as `OMP_NUM_THREADS` says, else its share of the cores.

    In a process that was started as one of several, that variable is set: it needs not know of the others.
    """
    return _stated() or max(1, cores() // processes)


def _stated() -> int:
    """What `OMP_NUM_THREADS` says, 0 if nothing; the first of a list, whose others are for regions within regions."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() else 0
