"""Series -> rows of `scores.csv`: a language's own score, or an average over a panel, over all seeds.

Rows are told apart by their series (see `xbench.store.signature`): nothing incomparable is averaged. A results folder
has hundreds of thousands of them, so they are made measure by measure, a column at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import repeat
from operator import mod
from typing import Any

import numpy as np

import xbench
from xbench.api import Panel, Score
from xbench.metrics.intervals import t_intervals
from xbench.stages.collect import Cell, Place, Series
from xbench.store.keys import digest
from xbench.store.seeds import by_seed, seeds_form
from xbench.store.signature import parse, signature

COLUMNS = tuple(field.name for field in fields(Score))

Row = tuple[Any, ...]
"""The fields of a `Score`, in their order."""


def rows(one: Series, plugged: Iterable[Panel]) -> Iterator[Row]:
    """The scores of a series: for each measure its languages, then its panels, with those that are plugged in."""
    panels = _panels(one, plugged)
    told: list[_Told] = []
    for cell, places in one.cells.items():
        common: dict[str, Iterable[Any]] = {
            "checkpoint": repeat(one.asked[0]), "task": repeat(one.asked[1]), "protocol": repeat(one.asked[2]),
            "metric": repeat(cell[0]), "source_language": repeat(one.source), "layer": repeat(cell[2]),
            "split": repeat("test"),
        }  # fmt: skip
        head = _head(one, cell)
        tags = sorted(places, key=lambda tag: len(places[tag].values))
        seeds = [tuple(places[tag].values) for tag in tags]
        same = next((known for known in told if (known.tags, known.seeds) == (tags, seeds)), None)
        if same is None:
            same = _told(one, tags, seeds, panels)
            told.append(same)
        for found in (_languages(one, head, same, places), _averages(one, cell, head, same.over, places)):
            columns: Mapping[str, Iterable[Any]] = {**common, **found}
            # Those that are the same in every row never end.
            yield from zip(*(columns[name] for name in COLUMNS), strict=False)


def _head(one: Series, cell: Cell) -> str:
    """Of a signature what all rows of a measure share."""
    mode = parse(cell[1]) or {"mode": cell[1]}
    return signature({**one.facts, "metric": cell[0], **mode, "layer": cell[2], "direction": cell[3]})


@dataclass(frozen=True)
class _Told:
    """What the rows of some languages say whatever the measure, so that it is written once.

    Attributes:
        tags: The languages, those with equally many seeds together.
        seeds: Seeds of each.
        fallen: Of these the ones whose fit learned nothing.
        forms: How its scores are written one by one.
        makers, remarks, notes: As in the rows.
        tails: Ends of signatures.
        over: Likewise of their averages.
    """

    tags: list[str]
    seeds: list[tuple[int, ...]]
    fallen: list[frozenset[int]]
    forms: list[str]
    makers: list[str]
    remarks: list[str]
    notes: list[str]
    tails: list[str]
    over: _Over


@dataclass(frozen=True)
class _Over:
    """What the averages of some languages say whatever the measure: per seed over the languages that every seed has.

    Attributes:
        seeds: All of them.
        there: The languages that every seed has.
        known: Panel -> those of its languages, where there are any.
        fallen, makers, counts, notes, tails: Of each panel: seeds of which some fit learned nothing; as in the rows.
    """

    seeds: list[int]
    there: list[str]
    known: dict[str, list[str]]
    fallen: list[set[int]]
    makers: list[str]
    counts: list[str]
    notes: list[str]
    tails: list[str]


def _told(one: Series, tags: list[str], seeds: list[tuple[int, ...]], panels: Mapping[str, Sequence[str]]) -> _Told:
    fallen = [frozenset(one.collapsed.get(tag, ())).intersection(own) for tag, own in zip(tags, seeds, strict=True)]
    chance = one.run["seed"] is not None
    tails = [
        {
            "data": one.tests[tag]["digest"][:8],
            "own": one.own.get(tag),
            "seeds": _seed_list(one, own),
            "ci": "t-over-seeds" if len(own) > 1 else "bootstrap-over-examples",
            "xbench": xbench.__version__,
        }
        for tag, own in zip(tags, seeds, strict=True)
    ]
    return _Told(
        tags,
        seeds,
        fallen,
        [seeds_form(*parts) if chance else "" for parts in zip(seeds, fallen, strict=True)],
        [one.makers[tag] for tag in tags],
        [one.remarks.get(tag, "") for tag in tags],
        [_note(one, [tag]) for tag in tags],
        list(map(signature, tails)),
        _over(one, tags, seeds, panels),
    )


def _over(one: Series, tags: list[str], seeds: list[tuple[int, ...]], panels: Mapping[str, Sequence[str]]) -> _Over:
    every = sorted({seed for own in seeds for seed in own})
    there = [tag for tag, own in zip(tags, seeds, strict=True) if len(own) == len(every)]
    present = {*there}
    known = {name: [tag for tag in members if tag in present] for name, members in panels.items()}
    known = {name: members for name, members in known.items() if members}
    own = digest(sorted(one.own.items()))[:8] if one.own else None
    tails = [
        {
            "languages": len(members),
            "data": digest([one.tests[tag]["digest"] for tag in members])[:8],
            "own": own,
            "seeds": _seed_list(one, every),
            "ci": "t-over-seeds" if len(every) > 1 else None,
            "xbench": xbench.__version__,
        }
        for members in known.values()
    ]
    return _Over(
        every,
        there,
        known,
        [{seed for tag in members for seed in one.collapsed.get(tag, ())} & {*every} for members in known.values()],
        [_makers(one, members) for members in known.values()],
        [_coverage(members, panels[name]) for name, members in known.items()],
        [_note(one, members) for members in known.values()],
        list(map(signature, tails)),
    )


def _languages(one: Series, head: str, told: _Told, places: Mapping[str, Place]) -> dict[str, Iterable[Any]]:
    """The columns of languages."""
    own = [places[tag] for tag in told.tags]
    samples = [place.sample for place in own]
    values = [tuple(place.values.values()) for place in own]
    mean, sd, low, high = _spreads(values)
    verdicts = [
        _verdict(*parts) if parts[0] else ("ok", "") for parts in zip(told.fallen, told.seeds, values, strict=True)
    ]
    several = [len(seeds) > 1 for seeds in told.seeds]
    return {
        "language": told.tags,
        "over": repeat(""),
        "main": [sample["main"] for sample in samples],
        "score": mean,
        "sd": sd,
        "seeds": repeat(0) if one.run["seed"] is None else map(len, told.seeds),
        "by_seed": repeat("") if one.run["seed"] is None else map(mod, told.forms, values),
        "ci_low": [end if many else s["ci"][0] for end, many, s in zip(low, several, samples, strict=True)],
        "ci_high": [end if many else s["ci"][1] for end, many, s in zip(high, several, samples, strict=True)],
        "chance": [sample["chance"] for sample in samples],
        "examples": [sample["examples"] for sample in samples],
        "train_made_by": told.makers,
        "direction": [sample["direction"] for sample in samples],
        "status": [status for status, _ in verdicts],
        "reason": [why or remark for remark, (_, why) in zip(told.remarks, verdicts, strict=True)],
        "note": told.notes,
        "signature": [f"{head}|{tail}" for tail in told.tails],
    }


def _averages(one: Series, cell: Cell, head: str, over: _Over, places: Mapping[str, Place]) -> dict[str, Iterable[Any]]:
    """The columns of panels: per seed over the languages that every seed has, then over seeds."""
    lines = {tag: line for line, tag in enumerate(over.there)}
    # Each seed's scores stand in one piece, since the order of a sum plays a part in its last digits.
    scores = np.array([[places[tag].values[seed] for tag in over.there] for seed in over.seeds], np.float64)
    values = [
        np.ascontiguousarray(scores[:, [lines[tag] for tag in tags]]).mean(axis=1).tolist()
        for tags in over.known.values()
    ]
    mean, sd, low, high = _spreads(values)
    verdicts = [_verdict(fallen, over.seeds, own) for fallen, own in zip(over.fallen, values, strict=True)]
    samples = [[places[tag].sample for tag in tags] for tags in over.known.values()]
    return {
        "language": repeat(""),
        "over": list(over.known),
        "main": [own[0]["main"] for own in samples],
        "score": mean,
        "sd": sd,
        "seeds": repeat(0 if one.run["seed"] is None else len(over.seeds)),
        "by_seed": repeat("") if one.run["seed"] is None else [
            by_seed(over.seeds, own, fallen) for own, fallen in zip(values, over.fallen, strict=True)
        ],
        "ci_low": low,
        "ci_high": high,
        "chance": [_mean([sample["chance"] for sample in own]) for own in samples],
        "examples": [sum(sample["examples"] for sample in own) for own in samples],
        "train_made_by": over.makers,
        "direction": repeat(cell[3]),
        "status": [status for status, _ in verdicts],
        "reason": [
            "; ".join(filter(None, [count, why])) for count, (_, why) in zip(over.counts, verdicts, strict=True)
        ],
        "note": over.notes,
        "signature": [f"{head}|{tail}" for tail in over.tails],
    }  # fmt: skip


def _spreads(values: Sequence[Sequence[float]]) -> tuple[list[float], list[Any], list[Any], list[Any]]:
    """Mean, standard deviation, and both ends of the interval over seeds, which one seed has not.

    Args:
        values: Scores by seed of every row; rows with equally many seeds stand together.
    """
    found: tuple[list[float], list[Any], list[Any], list[Any]] = ([], [], [], [])
    start = 0
    while start < len(values):
        count = len(values[start])
        end = start
        while end < len(values) and len(values[end]) == count:
            end += 1
        for column, part in zip(found, _spread(np.array(values[start:end], np.float64)), strict=True):
            column.extend(part)
        start = end
    return found


def _spread(values: np.ndarray) -> tuple[list[Any], ...]:
    """Of each row of (rows, seeds). Intervals are cut where scores end: at 0 and 100, lower where a score is."""
    means = values.mean(axis=1)
    if values.shape[1] < 2:
        nothing = [None] * len(values)
        return means.tolist(), nothing, nothing, nothing
    low, high = t_intervals(values)
    low, high = np.maximum(np.minimum(0.0, values.min(axis=1)), low), np.minimum(100.0, high)
    return means.tolist(), values.std(axis=1, ddof=1).tolist(), low.tolist(), high.tolist()


def _verdict(collapsed: Collection[int], seeds: Sequence[int], values: Sequence[float]) -> tuple[str, str]:
    """Status and reason: runs that learned nothing are counted in the mean, named, and shown apart."""
    if not collapsed:
        return "ok", ""
    good = [value for seed, value in zip(seeds, values, strict=True) if seed not in collapsed]
    converged = f"converged runs: {np.mean(good):.1f} (n={len(good)})" if good else "no run converged"
    which = ", ".join(map(str, sorted(collapsed)))
    return "degenerate", (
        f"{len(collapsed)} of {len(values)} runs did not beat the majority answer on dev (seed {which}); "
        f"all runs: {np.mean(values):.1f} (n={len(values)}); {converged}"
    )


def _mean(chances: Sequence[float | None]) -> float | None:
    return None if None in chances else float(np.mean(chances))  # type: ignore[arg-type]


def _coverage(present: Sequence[str], members: Sequence[str]) -> str:
    there = {*present}
    missing = [tag for tag in members if tag not in there]
    told = f"mean of {len(present)} of {len(members)} languages"
    return told + (f"; missing: {' '.join(missing)}" if missing else "")


def _makers(one: Series, tags: Sequence[str]) -> str:
    several = {one.makers[tag] for tag in tags}
    return "+".join(sorted({maker for makers in several for maker in makers.split("+") if maker}))


def _note(one: Series, languages: Iterable[str]) -> str:
    # Few sources have anything to say.
    if not one.notes:
        return ""
    return "; ".join(sorted({note for language in languages for note in one.notes.get(language, ())}))


def _panels(one: Series, plugged: Iterable[Panel]) -> dict[str, tuple[str, ...]]:
    """Panels with the languages of each that the task has: asked for here, published, and plugged in."""
    asked = tuple(sorted({*one.tests, *one.lacking}))
    declared = {name: tuple(tags) for name, tags in one.run["task"]["panels"].items()}
    met = {panel.name: panel.languages for panel in plugged if {*panel.languages} & {*one.tests}}
    target = tuple(tag for tag in asked if tag not in one.source.split("+"))
    return {"all": asked, "target": target, **met, **declared}


def _seed_list(one: Series, seeds: Iterable[int]) -> str | None:
    return None if one.run["seed"] is None else ",".join(map(str, seeds))
