"""What a process may use of its machine: what it is bound to, and what its control groups leave of that."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from xbench.planning import limits

_GIB = 1 << 30


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system's files, of which there are none yet; eight cores."""
    monkeypatch.setattr(limits, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(limits, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(limits, "_TREES", tmp_path / "fs")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    return tmp_path


def write(machine: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = machine / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


SECOND = {"cgroup": "0::/pods/mine\n"}
FIRST = {"cgroup": "12:memory:/box\n4:cpu,cpuacct:/box\n0::/system\n"}


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({}, 8),
        ({**SECOND, "fs/pods/mine/cpu.max": "max 100000\n"}, 8),
        ({**SECOND, "fs/pods/mine/cpu.max": "250000 100000\n"}, 2),
        ({**SECOND, "fs/pods/mine/cpu.max": "50000 100000\n"}, 1),
        ({**SECOND, "fs/pods/mine/cpu.max": "1600000 100000\n"}, 8),
        # The group above has less.
        ({**SECOND, "fs/pods/cpu.max": "300000 100000\n", "fs/pods/mine/cpu.max": "400000 100000\n"}, 3),
        # A container shows its own group as the root, but may call it by its name outside.
        ({**SECOND, "fs/cpu.max": "200000 100000\n"}, 2),
        ({**FIRST, "fs/cpu/box/cpu.cfs_quota_us": "-1\n", "fs/cpu/box/cpu.cfs_period_us": "100000\n"}, 8),
        ({**FIRST, "fs/cpu/box/cpu.cfs_quota_us": "300000\n", "fs/cpu/box/cpu.cfs_period_us": "100000\n"}, 3),
    ],
)
def test_cores(machine: Path, files: dict[str, str], count: int) -> None:
    write(machine, files)
    assert limits.cores() == count


@pytest.mark.parametrize(
    ("files", "bytes_"),
    [
        ({}, math.inf),
        ({"meminfo": "MemTotal: 4194304 kB\nMemAvailable: 2097152 kB\n"}, 2 * _GIB),
        ({**SECOND, "meminfo": "MemAvailable: 2097152 kB\n", "fs/pods/mine/memory.max": "max\n"}, 2 * _GIB),
        ({**SECOND, "meminfo": "MemAvailable: 2097152 kB\n", "fs/pods/memory.max": f"{_GIB}\n"}, _GIB),
        ({**FIRST, "meminfo": "MemAvailable: 2097152 kB\n", "fs/memory/box/memory.limit_in_bytes": f"{_GIB}"}, _GIB),
        # No limit, as the first version says it.
        (
            {**FIRST, "meminfo": "MemAvailable: 1048576 kB\n", "fs/memory/memory.limit_in_bytes": f"{2**63 - 4096}"},
            _GIB,
        ),
    ],
)
def test_memory(machine: Path, files: dict[str, str], bytes_: float) -> None:
    write(machine, files)
    assert limits.memory() == bytes_


def test_this_machine_has_some_of_both() -> None:
    assert 1 <= limits.cores() <= (os.cpu_count() or 1)
    assert limits.memory() > 0


def test_a_system_that_binds_no_process(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert limits.cores() == 3
