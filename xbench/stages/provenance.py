"""What a number must be able to say of its making: versions, machine, time."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import xbench
from xbench.jobs import Checkpoint, Fit

_PACKAGES = (
    "torch", "transformers", "tokenizers", "datasets", "numpy", "scikit-learn", "seqeval", "sacrebleu", "pyarrow",
)  # fmt: skip


def versions() -> dict[str, str]:
    """xbench, Python and every library that touches a number."""
    found = {"xbench": xbench.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def describe_checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    """Name, where it was, and the revision that pins it."""
    return {
        "name": checkpoint.name,
        "location": checkpoint.location,
        "revision": checkpoint.revision,
        "model_type": checkpoint.config.get("model_type", ""),
    }


def makers(fit: Fit) -> str:
    """Who made the training rows, such as `original` or `original+published-mt`; empty if none."""
    return "+".join(sorted({t.slice.made_by for t in fit.learned}))
