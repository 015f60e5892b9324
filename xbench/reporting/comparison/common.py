"""What two series have in common: the languages on whose rows both were tested, and what is said of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from xbench.errors import Unavailable, general
from xbench.reporting.comparison.compare import Facts
from xbench.reporting.comparison.examples import Sample
from xbench.reporting.comparison.matching import Match
from xbench.reporting.comparison.reading import Part
from xbench.store.keys import digest

Missing = dict[str, list[str]]
"""Reason -> languages that cannot be compared for it."""

Gaps = Mapping[tuple[str, str, str], Mapping[str, str]]
"""Checkpoint, task and protocol -> language -> why it cannot be had."""


def common(
    match: Match, labels: tuple[str, str], keeps: Callable[[str], bool], gaps: Gaps
) -> tuple[list[str], Missing]:
    """Languages that both have on the same rows, and the others.

    Args:
        match: The two series.
        labels: What their checkpoints are called.
        keeps: Whether a language is meant.
        gaps: Why languages cannot be had.

    Returns:
        Tags, sorted, and why others cannot be compared: never a zero for them.
    """
    sides = (match.first, match.other)
    known = [gaps.get((side.name, *side.place), {}) for side in sides]
    asked = {tag for side in sides for tag in side.languages} | {tag for gap in known for tag in gap}
    tags: list[str] = []
    missing: Missing = {}
    for tag in sorted(filter(keeps, asked)):
        lacking = [place for place, side in enumerate(sides) if tag not in side.languages]
        reason = _lacking(lacking, labels, [gap.get(tag, "") for gap in known]) if lacking else _apart(match, tag)
        if reason:
            missing.setdefault(reason, []).append(tag)
        else:
            tags.append(tag)
    return tags, missing


def alike(
    first: Mapping[str, Sample | Unavailable], other: Mapping[str, Sample | Unavailable], missing: Missing
) -> tuple[dict[str, Sample], dict[str, Sample]]:
    """Languages whose metric both sides have, computed alike; adds the others to those that cannot be compared."""
    found: tuple[dict[str, Sample], dict[str, Sample]] = {}, {}
    for tag, one in first.items():
        two = other[tag]
        if isinstance(one, Unavailable) or isinstance(two, Unavailable):
            lacking = one if isinstance(one, Unavailable) else two
            missing.setdefault(str(lacking), []).append(tag)
        elif (one.metric.mode, one.direction) == (two.metric.mode, two.direction):
            found[0][tag], found[1][tag] = one, two
        else:
            told = (" ".join(filter(None, (side.metric.mode, side.direction))) for side in (one, two))
            missing.setdefault(f"the metric is computed in other ways ({' and '.join(told)})", []).append(tag)
    return found


def facts(match: Match, tag: str, labels: tuple[str, str]) -> Facts:
    """What the predictions of a language say of its rows."""
    sides = [list(side.languages[tag].values()) for side in (match.first, match.other)]
    rows = max(1, sides[0][0].facts["rows"])
    tokens = [float(np.mean([part.facts["sub_tokens"] for part in side])) for side in sides]
    unknown = [float(np.mean([part.facts["unknown"] for part in side])) for side in sides]
    notes = {str(part.facts.get("note", "")) for side in sides for part in side} - {""}
    for label, series in zip(labels, (match.first, match.other), strict=True):
        fallen = [str(seed) for seed, part in sorted(series.languages[tag].items()) if part.collapsed]
        if fallen:
            notes.add(f"{label} learned nothing with seed {', '.join(fallen)}, which counts")
    return Facts(
        (tokens[0] / rows, tokens[1] / rows),
        (_fertility(sides[0][0]), _fertility(sides[1][0])),
        (100 * unknown[0] / max(1.0, tokens[0]), 100 * unknown[1] / max(1.0, tokens[1])),
        "; ".join(sorted(notes)),
    )


def _fertility(part: Part) -> float | None:
    """Sub-tokens per word. Predictions of before they were counted have none."""
    text = part.facts.get("text")
    return text["sub_tokens"] / text["words"] if text and text["words"] else None


def seeds(match: Match) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of all runs of either side; empty where chance takes no part."""
    found = [
        tuple(sorted({seed for own in side.languages.values() for seed in own})) if side.seeded else ()
        for side in (match.first, match.other)
    ]
    return found[0], found[1]


def chance(match: Match, tags: Iterable[str], metric: str) -> int:
    """Seed of all that is drawn: the same predictions draw the same."""
    sides = (match.first, match.other)
    contents = [
        [part.facts["content"] for _, part in sorted(side.languages[tag].items())] for tag in tags for side in sides
    ]
    return int(digest([metric, contents])[:15], 16)


def _lacking(lacking: list[int], labels: tuple[str, str], why: list[str]) -> str:
    # What is particular to one language would make a reason of its own of each.
    told = dict.fromkeys(general(why[place]) for place in lacking if why[place])
    who = "neither has it" if len(lacking) == 2 else f"{labels[lacking[0]]} lacks it"
    return f"{who} ({'; '.join(told)})" if told else who


def _apart(match: Match, tag: str) -> str:
    """In what the rows of a language differ; empty if in nothing."""
    sides = [match.first.languages[tag], match.other.languages[tag]]
    rows = [sorted({part.facts["digest"][:8] for part in side.values()}) for side in sides]
    if len({*rows[0], *rows[1]}) > 1:
        return f"other test rows (data {_text(rows[0])} and {_text(rows[1])})"
    if not next(iter(sides[0].values())).facts["rows"]:
        return "no test rows"
    both = sorted(sides[0].keys() & sides[1].keys())
    trained = [[side[seed].own for seed in both] for side in sides]
    if trained[0] != trained[1]:
        return f"other training rows ({_text(trained[0])} and {_text(trained[1])})"
    return ""


def _text(values: Iterable[str]) -> str:
    return "/".join(dict.fromkeys(values))
