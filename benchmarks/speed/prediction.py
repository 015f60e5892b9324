"""Predicting sentence pairs: xbench against the example of transformers, and against the machine's limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import pstdev

from benchmarks.speed import contest, flop, material
from benchmarks.speed.contest import Answer
from benchmarks.speed.measured import Goal, Part, Timed
from benchmarks.speed.settings import Settings
from benchmarks.speed.sides import DTYPES, bound, default, limits, ours, shapes, size, timed, trainers, used, xbench

DEFAULT = default(8)
_SHARE, _FASTER, _PADDING = 85, {"fp32": 2.2, "bf16": 5.0}, 3


def measure(settings: Settings) -> Part:
    """Every language once a turn, from texts to scores."""
    texts = material.pairs(settings)
    rows = texts.written(settings.folder / "prediction.json")
    checkpoint = material.model(settings, texts, settings.layers, settings.hidden)
    given = {"work": "predict", "checkpoint": str(checkpoint), "rows": str(rows)}
    entries = [*trainers(settings, given, 8), *xbench(given), *limits(settings)]
    with contest.workers(entries, settings) as ready:
        answers = contest.alternate(ready, settings.repeat)
        said = used(ready)
    lengths = answers[ours("fp32")][0]["lengths"]
    work = flop.forward(lengths, settings.layers, settings.hidden)
    alone = [Timed(_model(d), tuple(one["model"] for one in answers[ours(d)]), bound(d)) for d in DTYPES]
    about = f"{texts.about}, {sum(lengths):,} sub-tokens, {size(settings)}; {work / 1e12:.3g} TFLOP"
    part = Part("prediction", "Prediction", about, (*timed(answers, work, sum(lengths)), *alone), DEFAULT, work=work)
    return replace(part, goals=tuple(goals(part)), remarks=(*_equal(answers), *shapes(answers), *said))


def _model(dtype: str) -> str:
    """What xbench's model alone is called, without texts and scores."""
    return f"xbench, {dtype}, the model alone"


def goals(part: Part) -> list[Goal]:
    """What is wanted of prediction; against peers, where they took part."""
    found = [
        Goal(f"share of the limit, the model alone, {dtype}",
             100 * part.seconds(bound(dtype)) / part.seconds(_model(dtype)), _SHARE, True, "%")
        for dtype in DTYPES
    ]  # fmt: skip
    padding = max(1 - 1 / one.computed for one in part.timed if one.computed and one.name in map(ours, DTYPES))
    found.append(Goal("padding among computed sub-tokens", 100 * padding, _PADDING, False, "%"))
    if any(one.name == DEFAULT for one in part.timed):
        found += [
            Goal(f"faster than the example's default, end to end, {dtype}",
                 part.seconds(DEFAULT) / part.seconds(ours(dtype)), _FASTER[dtype], True, "×")
            for dtype in DTYPES
        ]  # fmt: skip
    return found


def _equal(answers: Mapping[str, Sequence[Answer]]) -> tuple[str, ...]:
    """How far the logits of fp32 are from the example's, and whether every label is the same."""
    if DEFAULT not in answers:
        return ()
    pairs = list(zip(answers[ours("fp32")][0]["outputs"], answers[DEFAULT][0]["outputs"], strict=True))
    far = max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))
    same = sum(one.index(max(one)) == other.index(max(other)) for one, other in pairs)
    ours_first = [one[0] for one, _ in pairs]
    spread = f"standard deviation over rows {pstdev(ours_first):.2g}"
    return (f"In fp32 {same} of {len(pairs)} labels are the Trainer's; logits ({spread}) differ by {far:.1e} at most.",)
