"""A training step: xbench against the example of transformers, and whether both learn the same."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.speed import contest, flop, material
from benchmarks.speed.contest import Entry
from benchmarks.speed.measured import Goal, Part
from benchmarks.speed.settings import Settings
from benchmarks.speed.sides import DTYPES, default, limits, ours, peer, shapes, size, timed, trainers, used, xbench

BATCH = 32
DEFAULT = default(BATCH)
_FASTER = {"fp32": 2.0, "bf16": 4.0}
_LAYERS, _HIDDEN, _STEPS = 2, 256, 20
"""Of the loss curve, which needs no large model to go apart."""
_APART = 1e-4


def measure(settings: Settings) -> Part:
    """A step on the same 32 pairs every turn, AdamW over all parameters included."""
    texts = material.pairs(settings, ("en",), BATCH)
    rows = str(texts.written(settings.folder / "finetuning.json"))
    checkpoint = material.model(settings, texts, settings.layers, settings.hidden)
    # The first step is the warm-up.
    given = {"work": "step", "checkpoint": str(checkpoint), "rows": rows, "steps": settings.repeat + 1}
    entries = [*trainers(settings, given, BATCH), *xbench(given), *limits(settings)]
    with contest.workers(entries, settings) as ready:
        answers = contest.alternate(ready, settings.repeat)
        said = used(ready)
        lengths = ready[ours("fp32")].ready["lengths"]
    work = flop.TRAINING * flop.forward(lengths, settings.layers, settings.hidden)
    about = f"{BATCH} English rows of {texts.task.name}, {sum(lengths):,} sub-tokens, {size(settings)}"
    about += f"; {work / 1e12:.3g} TFLOP"
    part = Part("finetuning", "Fine-tuning, one step", about, timed(answers, work), DEFAULT, work=work)
    found = [*goals(part), _curve(settings, texts, rows)] if settings.peers else []
    return replace(part, goals=tuple(found), remarks=(*shapes(answers), *said))


def goals(part: Part) -> list[Goal]:
    """What is wanted of a step against peers."""
    return [
        Goal(f"faster than the example's default, by example, {dtype}",
             part.seconds(DEFAULT) / part.seconds(ours(dtype)), _FASTER[dtype], True, "×")
        for dtype in DTYPES
    ]  # fmt: skip


def _curve(settings: Settings, texts: material.Texts, rows: str) -> Goal:
    """How far the losses of both loops are apart where nothing is left to chance."""
    checkpoint = material.model(settings, texts, _LAYERS, _HIDDEN, dropout=0.0)
    given = {"work": "losses", "checkpoint": str(checkpoint), "rows": rows, "steps": _STEPS}
    way = {"padding": "max_length", "batch": BATCH}
    own = contest.alone(Entry("losses of xbench", "ours", {**given, "dtype": "fp32"}), settings)["losses"]
    other = contest.alone(peer(settings, "losses of Trainer", "peer_trainer", {**given, **way}), settings)["losses"]
    apart = max(abs(one - another) for one, another in zip(own, other, strict=True))
    what = f"{_STEPS} losses, from {own[0]:.3f} to {own[-1]:.3f} ({_LAYERS} layers × {_HIDDEN}, fp32, no dropout)"
    return Goal(f"largest difference from the Trainer's {what}", apart, _APART, False, "")
