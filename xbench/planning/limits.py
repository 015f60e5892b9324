"""What this process may use of its machine: cores and memory, less what a container withholds."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_MEMORY = Path("/proc/meminfo")
_GROUPS = Path("/proc/self/cgroup")
_TREES = Path("/sys/fs/cgroup")


def cores() -> int:
    """Cores that this process may use: those that it is bound to, or fewer where its quota of time is less."""
    # Not on every system: elsewhere a process may use all of them.
    bound = getattr(os, "sched_getaffinity", None)
    count = len(bound(0)) if bound else os.cpu_count() or 1
    return max(1, int(min(count, _quota())))


def memory() -> float:
    """Bytes that this process may still take; infinite where the system does not say."""
    free = [1024 * int(line.split()[1]) for line in _read(_MEMORY).splitlines() if line.startswith("MemAvailable:")]
    # Of the second and of the first version of control groups. What is no number is no limit.
    names = ("memory.max", "memory.limit_in_bytes")
    limits = [_read(group / name).strip() for group in _groups("memory") for name in names]
    return min([*free, *(int(limit) for limit in limits if limit.isdecimal())], default=math.inf)


def _quota() -> float:
    """Cores' worth of time that the control group grants; infinite without a quota."""
    shares = [math.inf]
    for group in _groups("cpu"):
        both = _read(group / "cpu.max").split()
        quota, period = both or [_read(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
        # No quota is `max` in the second version of control groups, -1 in the first.
        if quota.isdecimal():
            shares.append(int(quota) / int(period))
    return min(shares)


def _groups(controller: str) -> Iterator[Path]:
    """Folders of this process's control group and of those above it, whose limits hold for it too."""
    for line in _read(_GROUPS).splitlines():
        _, controllers, group = line.split(":", 2)
        # The second version has one tree for all controllers and names none.
        if not controllers or controller in controllers.split(","):
            inside = _TREES / (controllers and controller) / group.lstrip("/")
            yield from (inside, *inside.parents)


def _read(path: Path) -> str:
    """A file of the system; nothing where there is none."""
    try:
        return path.read_text()
    except OSError:
        return ""
