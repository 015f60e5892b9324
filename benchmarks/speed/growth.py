"""How time and memory grow with texts and languages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from benchmarks.speed import contest, material
from benchmarks.speed.contest import Entry
from benchmarks.speed.material import Rows
from benchmarks.speed.measured import Goal, Part, Point
from benchmarks.speed.settings import Settings
from benchmarks.speed.sides import size, timed

_LAYERS, _PAIRS, _GENERATED = 2, 600, 100
"""A shallow encoder: what grows with languages shows all the more beside it. Rows for several batches of each language,
as real test sets have; of generated ones all that there are."""
_SIZES = (1, 2, 4, 8, 15)
"""Languages."""
_SPLIT = 4
"""Languages whose rows are also given two names."""
_MOST, _FIT = 1.02, 0.99
_ONE, _TWO = "one name for each language", "two names, each for half of its rows"


@dataclass(frozen=True)
class Line:
    """Seconds against sub-tokens.

    Attributes:
        fixed: Seconds without any.
        slope: Seconds of each.
        fit: Share of the variance that it explains.
    """

    fixed: float
    slope: float
    fit: float


def line(points: Sequence[Point]) -> Line:
    """Least squares."""
    tokens, seconds = (np.array([getattr(one, name) for one in points], float) for name in ("tokens", "seconds"))
    slope, fixed = np.polyfit(tokens, seconds, 1)
    left = seconds - (fixed + slope * tokens)
    return Line(float(fixed), float(slope), float(1 - left.var() / seconds.var()))


def measure(settings: Settings) -> Part:
    """Prediction of more and more languages, each number in a process of its own; and of the same rows twice named."""
    settings = replace(settings, layers=_LAYERS, pairs=_PAIRS if settings.data else _GENERATED)
    every = material.pairs(settings, material.languages(settings)[: _SIZES[-1]])
    # The longest first: a sequence that is longer than all before takes more memory, whatever language it is of.
    order = sorted(every.test, key=lambda tag: -max(len(row["text"] + row["pair"]) for row in every.test[tag]))
    texts = replace(every, test={tag: every.test[tag] for tag in order})
    checkpoint = str(material.model(settings, texts, _LAYERS, settings.hidden))
    points = [_point(settings, texts.first(count), checkpoint) for count in _SIZES]
    some = texts.first(_SPLIT)
    halved = replace(some, test=_halves(some.test))
    both = [_entry(settings, some, checkpoint, _ONE), _entry(settings, halved, checkpoint, _TWO)]
    with contest.workers(both, settings) as ready:
        answers = contest.alternate(ready, settings.repeat)
    about = (
        f"{settings.pairs} rows of {texts.task.name} in each of up to {_SIZES[-1]} languages, {size(settings)}, fp32"
    )
    part = Part("growth", "Growth", about, timed(answers), points=tuple(points))
    grown = line(points)
    said = f"The line: {grown.fixed:.1f} s to start, and {1e3 * grown.slope:.3f} ms for each sub-token."
    return replace(part, goals=tuple(goals(part)), remarks=(said,))


def goals(part: Part) -> list[Goal]:
    """What is wanted as texts and languages become more."""
    last, first = part.points[-1], part.points[0]
    doubled = part.seconds(_TWO) / part.seconds(_ONE)
    peaks = {one.name: one.peak for one in part.timed if one.peak}
    return [
        Goal("time against sub-tokens: share of variance that a line explains", line(part.points).fit, _FIT, True, ""),
        Goal("twice the languages, the same sub-tokens: time", doubled, _MOST, False, "×"),
        Goal("twice the languages, the same sub-tokens: memory", peaks[_TWO] / peaks[_ONE], _MOST, False, "×"),
        Goal(f"memory of {last.languages} languages against one", last.peak / first.peak, _MOST, False, "×"),
    ]


def _entry(settings: Settings, texts: material.Texts, checkpoint: str, name: str) -> Entry:
    rows = texts.written(settings.folder / f"growth-{name.replace(' ', '-')}.json")
    return Entry(name, "ours", {"work": "predict", "dtype": "fp32", "checkpoint": checkpoint, "rows": str(rows)})


def _point(settings: Settings, texts: material.Texts, checkpoint: str) -> Point:
    """A process that starts, predicts all languages a few times, and ends."""
    count = len(texts.test)
    began = time.perf_counter()
    with contest.workers([_entry(settings, texts, checkpoint, f"{count} languages")], settings) as ready:
        started = time.perf_counter() - began
        (answers,) = contest.alternate(ready, settings.repeat).values()
    seconds = started + median(one["seconds"] for one in answers)
    return Point(count, sum(answers[0]["lengths"]), seconds, answers[-1]["peak"])


def _halves(test: Mapping[str, Rows]) -> dict[str, Rows]:
    """The same rows as if they were of twice the languages: every other row under another name."""
    return {f"{language}-{half}": rows[half::2] for language, rows in test.items() for half in (0, 1)}
