"""Who takes part wherever a model is run: the example of transformers, xbench in both dtypes, the machine's limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.speed.contest import Answer, Entry, Worker
from benchmarks.speed.measured import Timed
from benchmarks.speed.settings import Settings

DTYPES = ("fp32", "bf16")
DYNAMIC = "Trainer, dynamic padding, batch 32, fp32"
_SLOW = 2
"""Peers take part in every other round: most of the time is theirs."""


def default(batch: int) -> str:
    """What the example as it is is called."""
    return f"Trainer, pad to 128, batch {batch}, fp32 (the default)"


def ours(dtype: str) -> str:
    """What xbench is called."""
    return f"xbench, {dtype}"


def bound(dtype: str) -> str:
    """What the machine's limit is called."""
    return f"limit of this machine, {dtype}"


def size(settings: Settings) -> str:
    """Of the encoder, in words."""
    return f"BERT of {settings.layers} layers × {settings.hidden} with random weights"


def xbench(given: Mapping[str, Any]) -> list[Entry]:
    """Xbench in both dtypes.

    Args:
        given: What it is told.
    """
    return [Entry(ours(dtype), "ours", {**given, "dtype": dtype}) for dtype in DTYPES]


def limits(settings: Settings) -> list[Entry]:
    """The machine's limit in both dtypes."""
    return [Entry(bound(dtype), "limit", {"hidden": settings.hidden, "dtype": dtype}) for dtype in DTYPES]


def trainers(settings: Settings, given: Mapping[str, Any], batch: int) -> list[Entry]:
    """The example as it is, and with dynamic padding; none where peers are left out.

    Args:
        settings: Whose environment.
        given: What they are told.
        batch: Rows, of the default.
    """
    ways = {default(batch): {"padding": "max_length", "batch": batch}, DYNAMIC: {"padding": "longest", "batch": 32}}
    return [peer(settings, name, "peer_trainer", {**given, **way}) for name, way in ways.items() if settings.peers]


def peer(settings: Settings, name: str, module: str, given: Mapping[str, Any]) -> Entry:
    """Somebody of the peers' environment."""
    assert settings.peers is not None
    return Entry(name, module, given, settings.peers, _SLOW)


def timed(answers: Mapping[str, Sequence[Answer]], work: int = 0, tokens: int = 0) -> tuple[Timed, ...]:
    """What the answers of a contest say.

    Args:
        answers: Name -> answers.
        work: Floating-point operations of a turn, where limits take part.
        tokens: Sub-tokens of a turn, where those that are computed were counted.
    """
    limits = {ours(dtype): bound(dtype) for dtype in DTYPES if bound(dtype) in answers}
    found = []
    for name, own in answers.items():
        if "rate" in own[0]:
            found.append(Timed(name, tuple(work / one["rate"] for one in own)))
        else:
            computed = own[0]["computed"] / tokens if tokens else None
            seconds = tuple(one["seconds"] for one in own)
            found.append(Timed(name, seconds, limits.get(name, ""), computed, own[-1]["peak"]))
    return tuple(found)


def used(ready: Mapping[str, Worker]) -> tuple[str, ...]:
    """How many threads everybody has, and which versions the peers are of."""
    known = [worker.ready for worker in ready.values()]
    versions = {name: number for one in known for name, number in one.get("versions", {}).items()}
    counts = sorted({one["threads"] for one in known})
    peers = f" Peers: {', '.join(f'{name} {number}' for name, number in versions.items())}." if versions else ""
    return (f"Threads: {', '.join(map(str, counts))}.{peers}",)


def shapes(answers: Mapping[str, Sequence[Answer]]) -> tuple[str, ...]:
    """Which products were the fastest, and how fast."""
    found = []
    for dtype in DTYPES:
        best = max(answers[bound(dtype)], key=lambda one: float(one["rate"]))
        shape = f"({best['tokens']} × {best['in']}) · ({best['in']} × {best['out']})"
        found.append(f"Fastest product in {dtype}: {shape} by {best['way']}, {best['rate'] / 1e9:,.0f} GFLOP/s.")
    return tuple(found)
