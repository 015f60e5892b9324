"""What numbers were measured on. Needs no torch: workers say what they used of it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.speed.settings import Settings
from xbench.planning.limits import cores

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""Of a CPU: what its matrix products can rest on."""


def facts(settings: Settings) -> dict[str, Any]:
    """Processor, versions and commit."""
    return {
        "device": settings.device,
        "processor": _gpu() if settings.device.startswith("cuda") else _cpu(),
        "flags": [flag for flag in _FLAGS if re.search(rf"\b{flag}\b", _cpuinfo())],
        "cores": cores(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("xbench", "torch", "transformers")},
        "commit": _git("rev-parse", "--short", "HEAD") + ("+" if _git("status", "--porcelain", "-uno") else ""),
        "day": datetime.now(UTC).date().isoformat(),
        "load": round(os.getloadavg()[0], 2),
    }


def sentence(machine: Mapping[str, Any]) -> str:
    """The same to read."""
    flags = f" ({', '.join(machine['flags'])})" if machine["flags"] else ""
    where = f"{machine['processor']}{flags}, {machine['cores']} cores"
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    when = f"commit {machine['commit']}, {machine['day']}, load {machine['load']} at the start"
    return f"{where}; {versions}; {when}"


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.is_file() else ""


def _cpu() -> str:
    found = re.search(r"^model name\s*: (.*)$", _cpuinfo(), re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def _gpu() -> str:
    return _run("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").partition("\n")[0]


def _git(*arguments: str) -> str:
    return _run("git", *arguments)


def _run(*command: str) -> str:
    """What a program says; nothing where it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
