"""Where the time goes, at three sizes: shares of the operations of torch, of what is between them, and of the rest."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from torch.profiler import ProfilerActivity, profile

from benchmarks.speed import contest, material
from benchmarks.speed.contest import Entry
from benchmarks.speed.measured import Part, Shares
from benchmarks.speed.ours import Ours
from benchmarks.speed.settings import Settings
from benchmarks.speed.sides import DTYPES
from benchmarks.speed.turns import Turns

_SIZES = ((2, 128), (6, 384), (12, 768))
"""Layers and width: of the shipped checkpoints, of the small ones of the Hub, and of mBERT's and XLM-R's base."""
_PAIRS = 32
_WARM = 2
_GROUPS = {
    "products": ("aten::mm", "aten::addmm", "aten::linear", "mkldnn", "aten::matmul"),
    "attention": ("attention", "softmax", "aten::bmm"),
    "GELU, norms": ("gelu", "layer_norm", "tanh"),
    "optimiser": ("adamw", "vector_norm", "foreach_norm", "optimizer"),
}
"""Parts of the names of operations; the first that fits counts. Linear maps are no `bmm`, attention is."""
_OTHERS = "other operations"
_BETWEEN = "between operations"
_AROUND = "around the model"


def measure(settings: Settings) -> Part:
    """Prediction of eight languages and a training step, each in a process of its own, under torch's profiler."""
    texts = material.pairs(settings, training=_PAIRS)
    rows = str(texts.written(settings.folder / "breakdown.json"))
    found = []
    for layers, hidden in _SIZES:
        checkpoint = str(material.model(settings, texts, layers, hidden))
        for work, what in (("predict", "prediction"), ("step", "training step")):
            for dtype in DTYPES:
                name = f"{what}, {layers} × {hidden}, {dtype}"
                given = {"work": work, "checkpoint": checkpoint, "rows": rows, "dtype": dtype, "steps": _WARM + 2}
                seen = contest.alone(Entry(name, "breakdown", given), settings)
                found.append(Shares(name, seen["seconds"], seen["shares"]))
    about = f"{settings.pairs} rows of {texts.task.name} in each of 8 languages, and a step on {_PAIRS} English ones"
    said = (
        f"“{_OTHERS}”: copies, sums, embeddings and what else torch names. “{_BETWEEN}”: Python, and torch's way to an "
        f"operation. “{_AROUND}”: tokenising, and files of predictions with their scores. The profiler itself takes "
        "time for every operation, which is in all of these.",
    )
    return Part("breakdown", "Where the time goes", about, (), remarks=said, shares=tuple(found))


def grouped(operations: Mapping[str, float]) -> dict[str, float]:
    """Seconds of operations by name -> of their groups."""
    found = dict.fromkeys((*_GROUPS, _OTHERS), 0.0)
    for name, seconds in operations.items():
        low = name.lower()
        fitting = (group for group, parts in _GROUPS.items() if any(part in low for part in parts))
        found[next(fitting, _OTHERS)] += seconds
    return found


def profiled(call: Callable[[], Any]) -> tuple[float, dict[str, float], Any]:
    """Seconds of a call, those of the operations in it by name without what they call, and what it returns."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        began = time.perf_counter()
        returned = call()
        seconds = time.perf_counter() - began
    return seconds, _operations(seen), returned


def _operations(seen: profile) -> dict[str, float]:
    """Seconds of operations by name, without what they call."""
    return {one.key: one.self_cpu_time_total / 1e6 for one in seen.key_averages()}


def answer(seconds: float, operations: Mapping[str, float], around: float) -> dict[str, Any]:
    """Shares of the whole, which sum to 1: what no operation takes is between them, or around the model."""
    parts = {**grouped(operations), _AROUND: around}
    parts[_BETWEEN] = max(0.0, seconds - sum(parts.values()))
    return {"seconds": seconds, "shares": {name: part / sum(parts.values()) for name, part in parts.items()}}


def _predicted(ours: Ours) -> dict[str, Any]:
    predict = ours.predicting()
    for _ in range(_WARM):
        predict()
    seconds, operations, found = profiled(predict)
    return answer(seconds, operations, found["seconds"] - found["model"])


def _stepped(ours: Ours) -> dict[str, Any]:
    """The step after some; a loop cannot be left in the middle otherwise than by an error."""
    seen = profile(activities=[ProfilerActivity.CPU])
    times: list[float] = []

    def tick(rows: int) -> None:
        if len(times) == _WARM - 1:
            seen.start()
        times.append(time.perf_counter())
        if len(times) == _WARM + 1:
            seen.stop()

    ours.fit(tick)
    return answer(times[_WARM] - times[_WARM - 1], _operations(seen), 0.0)


def main() -> None:
    """Works as it is told, once."""
    given, turns = json.loads(sys.argv[1]), Turns()
    works: Mapping[str, Callable[[Ours], dict[str, Any]]] = {"predict": _predicted, "step": _stepped}
    turns.answer(**works[given["work"]](Ours(given)))


if __name__ == "__main__":
    main()
