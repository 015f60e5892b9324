"""Series -> rows of `scores.csv`: a language's own score, or an average over a panel, over all seeds.

Rows are told apart by their series (see `xbench.store.signature`): nothing incomparable is averaged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

import xbench
from xbench.api import Score
from xbench.metrics.intervals import t_intervals
from xbench.plugins import Registry
from xbench.stages.collect import Cell, Place, Series
from xbench.store.keys import digest
from xbench.store.seeds import by_seed
from xbench.store.signature import parse, signature


def rows(one: Series, registry: Registry) -> Iterator[Score]:
    """The scores of a series: for each measure its languages in order, then its panels."""
    panels = _panels(one, registry)
    for cell, languages in one.cells.items():
        head = _head(one, cell)
        tags = sorted(languages)
        yield from _language_rows(one, cell, head, {tag: languages[tag] for tag in tags})
        for name, members in panels.items():
            if row := _panel_row(one, cell, head, name, members, languages):
                yield row


def _head(one: Series, cell: Cell) -> str:
    """Of a signature what all rows of a measure share."""
    mode = parse(cell[1]) or {"mode": cell[1]}
    return signature({**one.facts, "metric": cell[0], **mode, "layer": cell[2], "direction": cell[3]})


def _language_rows(one: Series, cell: Cell, head: str, places: Mapping[str, Place]) -> Iterator[Score]:
    checkpoint, task, protocol = one.asked
    spread = _spread(places)
    for tag, place in places.items():
        sample, values = place.sample, dict(sorted(place.values.items()))
        several = len(values) > 1
        mean, sd, low, high = spread[tag]
        collapsed = one.collapsed[tag] & values.keys() if one.collapsed[tag] else ()
        status, reason = _verdict(collapsed, values)
        own = {
            "data": one.tests[tag]["digest"][:8],
            "own": one.own.get(tag),
            "seeds": _seed_list(one, values),
            "ci": "t-over-seeds" if several else "bootstrap-over-examples",
            "xbench": xbench.__version__,
        }
        yield Score(
            checkpoint=checkpoint, task=task, protocol=protocol, language=tag, over="", metric=cell[0],
            main=sample["main"], score=mean, sd=sd,
            seeds=0 if one.run["seed"] is None else len(values),
            by_seed="" if one.run["seed"] is None else by_seed(values, collapsed),
            ci_low=low if several else sample["ci"][0],
            ci_high=high if several else sample["ci"][1],
            chance=sample["chance"], examples=sample["examples"], source_language=one.source,
            train_made_by=one.makers[tag], layer=cell[2], direction=sample["direction"], split="test", status=status,
            reason=reason or one.remarks.get(tag, ""), note=_note(one, [tag]), signature=f"{head}|{signature(own)}",
        )  # fmt: skip


Spread = tuple[float, float | None, float | None, float | None]
"""Mean, standard deviation, and both ends of the interval over seeds."""


def _spread(places: Mapping[str, Place]) -> dict[str, Spread]:
    """Of every language, computed at once for those that have equally many seeds."""
    groups: dict[int, list[str]] = {}
    for tag, place in places.items():
        groups.setdefault(len(place.values), []).append(tag)
    found: dict[str, Spread] = {}
    for tags in groups.values():
        values = np.array([[score for _, score in sorted(places[tag].values.items())] for tag in tags], np.float64)
        found.update(zip(tags, _spread_of(values), strict=True))
    return found


def _spread_of(values: np.ndarray) -> Iterable[Spread]:
    """Of each row of (rows, seeds). Intervals are cut where scores end: at 0 and 100, lower where a score is."""
    means = values.mean(axis=1)
    if values.shape[1] < 2:
        return [(mean, None, None, None) for mean in means.tolist()]
    low, high = t_intervals(values)
    ends = np.maximum(np.minimum(0.0, values.min(axis=1)), low), np.minimum(100.0, high)
    deviations = values.std(axis=1, ddof=1)
    return list(zip(*(part.tolist() for part in (means, deviations, *ends)), strict=True))


def _panel_row(
    one: Series, cell: Cell, head: str, name: str, members: Sequence[str], languages: Mapping[str, Place]
) -> Score | None:
    """The average over a panel: per seed over the languages that every seed has, then over seeds."""
    seeds = sorted({seed for place in languages.values() for seed in place.values})
    present = [tag for tag in members if tag in languages and len(languages[tag].values) == len(seeds)]
    if not present:
        return None
    by_language = np.array([[languages[tag].values[seed] for tag in present] for seed in seeds], np.float64)
    means = dict(zip(seeds, by_language.mean(axis=1).tolist(), strict=True))
    ((mean, sd, low, high),) = _spread_of(np.array([list(means.values())], np.float64))
    collapsed = {seed for tag in present for seed in one.collapsed[tag] if seed in means}
    status, reason = _verdict(collapsed, means)
    chances = [languages[tag].sample["chance"] for tag in present]
    missing = [tag for tag in members if tag not in present]
    coverage = f"mean of {len(present)} of {len(members)} languages"
    if missing:
        coverage += f"; missing: {' '.join(missing)}"
    own = {
        "languages": len(present),
        "data": digest([one.tests[tag]["digest"] for tag in present])[:8],
        "own": digest(sorted(one.own.items()))[:8] if one.own else None,
        "seeds": _seed_list(one, means),
        "ci": "t-over-seeds" if len(means) > 1 else None,
        "xbench": xbench.__version__,
    }
    checkpoint, task, protocol = one.asked
    return Score(
        checkpoint=checkpoint, task=task, protocol=protocol, language="", over=name, metric=cell[0],
        main=languages[present[0]].sample["main"], score=mean, sd=sd,
        seeds=0 if one.run["seed"] is None else len(means),
        by_seed="" if one.run["seed"] is None else by_seed(means, collapsed),
        ci_low=low, ci_high=high, chance=None if None in chances else float(np.mean(chances)),
        examples=sum(languages[tag].sample["examples"] for tag in present), source_language=one.source,
        train_made_by="+".join(sorted({maker for tag in present for maker in one.makers[tag].split("+") if maker})),
        layer=cell[2], direction=cell[3], split="test", status=status,
        reason=f"{coverage}; {reason}" if reason else coverage, note=_note(one, present),
        signature=f"{head}|{signature(own)}",
    )  # fmt: skip


def _verdict(collapsed: Collection[int], values: Mapping[int, float]) -> tuple[str, str]:
    """Status and reason: runs that learned nothing are counted in the mean, named, and shown apart."""
    if not collapsed:
        return "ok", ""
    good = [value for seed, value in values.items() if seed not in collapsed]
    converged = f"converged runs: {np.mean(good):.1f} (n={len(good)})" if good else "no run converged"
    which = ", ".join(map(str, sorted(collapsed)))
    return "degenerate", (
        f"{len(collapsed)} of {len(values)} runs did not beat the majority answer on dev (seed {which}); "
        f"all runs: {np.mean(list(values.values())):.1f} (n={len(values)}); {converged}"
    )


def _note(one: Series, languages: Iterable[str]) -> str:
    return "; ".join(sorted({note for language in languages for note in one.notes[language]}))


def _panels(one: Series, registry: Registry) -> dict[str, tuple[str, ...]]:
    """Panels with the languages of each that the task has: asked for here, published, and plugged in."""
    asked = tuple(sorted({*one.tests, *one.lacking}))
    declared = {name: tuple(tags) for name, tags in one.run["task"]["panels"].items()}
    plugged = {panel.name: panel.languages for panel in registry.panels.values() if {*panel.languages} & {*one.tests}}
    target = tuple(tag for tag in asked if tag not in one.source.split("+"))
    return {"all": asked, "target": target, **plugged, **declared}


def _seed_list(one: Series, values: Mapping[int, float]) -> str | None:
    return None if one.run["seed"] is None else ",".join(map(str, values))
