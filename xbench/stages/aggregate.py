"""Scores of all runs of a results folder -> the tidy table `scores.csv`.

A row is a language's own score or an average over a panel, over all seeds. Rows are told apart by
their series (see `xbench.store.signature`): nothing incomparable is averaged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

import xbench
from xbench.api import Score
from xbench.jobs import task_from
from xbench.metrics.intervals import t_interval
from xbench.plugins import Registry
from xbench.store.files import read_json
from xbench.store.keys import digest
from xbench.store.layout import Store
from xbench.store.series import only_source, rows_digest, series_facts
from xbench.store.signature import neutral, parse, signature

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = tuple(field.name for field in fields(Score))

Cell = tuple[str, str, int | None, str]
"""What is measured: metric, mode, layer, direction (as `source→target` with the language's tag taken out)."""


@dataclass
class Series:
    """The runs that differ in nothing but their seed (and, fit by fit, their language)."""

    run: dict[str, Any]
    facts: dict[str, Any]
    cells: dict[Cell, dict[str, dict[int, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(dict))
    """Cell -> language -> seed -> score."""
    tests: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Language -> what its predictions say of its test rows."""
    own: dict[str, str] = field(default_factory=dict)
    """Language -> digest of its own training rows, where every language has a fit of its own."""
    collapsed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Language -> seeds whose fit learned nothing."""
    remarks: dict[str, str] = field(default_factory=dict)
    """Language -> what its fit says should be known of its numbers."""
    makers: dict[str, str] = field(default_factory=dict)
    """Language -> who made the rows that its fit learned from."""
    plain: set[str] = field(default_factory=set)
    """Languages whose own fit learned from the source language's rows alone: that language."""
    notes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Language -> what the sources say of the rows behind its scores."""
    lacking: set[str] = field(default_factory=set)
    """Languages that were asked for and cannot be had."""

    @property
    def source(self) -> str:
        """Source language of the task, or several joined by `+`."""
        return task_from(self.run["task"]).source_language

    @property
    def asked(self) -> tuple[str, str, str]:
        """Checkpoint, task and protocol."""
        return self.run["checkpoint"]["name"], self.run["task"]["name"], self.run["protocol"]


def aggregate(store: Store, registry: Registry) -> pd.DataFrame:
    """Reads every `scores.json` and every gap of a results folder.

    Returns:
        A row per score, with the columns `COLUMNS`, sorted.
    """
    import pandas as pd

    gaps = list(_gaps(store))
    collected = list(_collect(store))
    scored = {(*one.asked, language) for one in collected for language in one.tests}
    gaps = [gap for gap in gaps if (*_asked(gap), gap["language"]) not in scored]
    for one in collected:
        one.lacking.update(gap["language"] for gap in gaps if _asked(gap) == one.asked)
    rows = [*(row for one in collected for row in _rows(one, registry)), *gaps]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["layer"] = frame["layer"].astype("Int64")
    frame["seeds"] = frame["seeds"].astype("Int64")
    frame["examples"] = frame["examples"].astype("Int64")
    for name in ("score", "sd", "ci_low", "ci_high", "chance"):
        frame[name] = pd.to_numeric(frame[name]).astype("float64")
    order = ["checkpoint", "task", "protocol", "over", "language", "metric", "layer", "direction", "signature"]
    return frame.sort_values(order, kind="stable", na_position="first").reset_index(drop=True)


def _collect(store: Store) -> Iterable[Series]:
    found: dict[str, Series] = {}
    for folder in store.runs():
        path = folder / "scores.json"
        if not path.is_file():
            continue
        run = read_json(folder / "run.json")
        facts = series_facts(run)
        one = found.setdefault(digest(facts), Series(run, facts))
        fit = read_json(store.root / run["fit"] / "fit.json") if run["fit"] else {}
        verdict = fit["verdict"]["status"] if fit else "ok"
        seed = run["seed"] or 0
        for language, entry in read_json(path)["languages"].items():
            one.tests[language] = entry
            one.makers[language] = run["train_made_by"]
            one.notes[language].update(filter(None, [entry.get("note")]))
            # Few heads have anything to say, and few rows are read in translation.
            if remark := fit.get("notes", {}).get(language) or entry.get("remark"):
                one.remarks[language] = remark
            if run["per_language"]:
                one.own[language] = rows_digest(run["train"])
                one.plain.update({language} if only_source(run) and language == run["task"]["source"] else ())
            if verdict == "degenerate":
                one.collapsed[language].add(seed)
            for score in entry["scores"]:
                cell = (score["metric"], score["mode"], score["layer"], neutral(score["direction"], language))
                one.cells[cell].setdefault(language, {})[seed] = score
    return _shared(list(found.values()))


def _shared(every: Sequence[Series]) -> list[Series]:
    """Series, with the source language's own row in all of those that differ only in who translates for the others.

    Where every language has a fit of its own, the source language's knows nothing of translators.
    """
    homes = [one for one in every if one.run["per_language"] and one.facts["translator"]]
    alone = []
    for one in every:
        source = one.run["task"]["source"]
        if one.facts["translator"] or source not in one.plain:
            continue
        own = [home for home in homes if {**home.facts, "translator": None} == one.facts]
        for home in own:
            _join(home, one, source)
        alone += [one] if own and set(one.tests) == {source} else []
    return [one for one in every if one not in alone]


def _join(home: Series, one: Series, language: str) -> None:
    """Adds a language's scores of one series to another."""
    for cell, languages in one.cells.items():
        if language in languages:
            home.cells[cell][language] = languages[language]
    home.tests[language], home.makers[language] = one.tests[language], one.makers[language]
    home.own[language] = one.own[language]
    home.collapsed[language] |= one.collapsed[language]
    home.notes[language] |= one.notes[language]


def _rows(one: Series, registry: Registry) -> Iterator[dict[str, Any]]:
    for cell, languages in one.cells.items():
        for language, seeds in sorted(languages.items()):
            yield _language_row(one, cell, language, seeds)
        for name, members in _panels(one, registry).items():
            if row := _panel_row(one, cell, name, members, languages):
                yield row


def _common(one: Series, cell: Cell, sample: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "checkpoint": one.run["checkpoint"]["name"],
        "task": one.run["task"]["name"],
        "protocol": one.run["protocol"],
        "metric": cell[0],
        "main": sample["main"],
        "source_language": one.source,
        "layer": cell[2],
        "split": "test",
    }


def _signature(one: Series, cell: Cell, **own: Any) -> str:
    mode = parse(cell[1]) or {"mode": cell[1]}
    return signature(
        {
            **one.facts,
            "metric": cell[0],
            **mode,
            "layer": cell[2],
            "direction": cell[3],
            **own,
            "xbench": xbench.__version__,
        }
    )


def _language_row(one: Series, cell: Cell, language: str, seeds: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    values = {seed: score["value"] for seed, score in sorted(seeds.items())}
    sample = next(iter(seeds.values()))
    several = len(values) > 1
    low, high = _over_seeds(values) if several else sample["ci"]
    status, reason = _verdict(one, {seed for seed in values if seed in one.collapsed[language]}, values)
    return {
        **_common(one, cell, sample),
        "language": language,
        "over": "",
        "train_made_by": one.makers[language],
        "score": float(np.mean(list(values.values()))),
        "sd": float(np.std(list(values.values()), ddof=1)) if several else None,
        "seeds": 0 if one.run["seed"] is None else len(values),
        "ci_low": low,
        "ci_high": high,
        "chance": sample["chance"],
        "examples": sample["examples"],
        "direction": sample["direction"],
        "status": status,
        "reason": reason or one.remarks.get(language, ""),
        "note": _note(one, [language]),
        "signature": _signature(
            one, cell, data=one.tests[language]["digest"][:8], own=one.own.get(language),
            seeds=_seed_list(one, values), ci="t-over-seeds" if several else "bootstrap-over-examples",
        ),
    }  # fmt: skip


def _panel_row(
    one: Series, cell: Cell, name: str, members: Sequence[str], languages: Mapping[str, Mapping[int, Mapping[str, Any]]]
) -> dict[str, Any] | None:
    """The average over a panel: per seed over the languages that every seed has, then over seeds."""
    seeds = sorted({seed for scores in languages.values() for seed in scores})
    present = [tag for tag in members if tag in languages and all(seed in languages[tag] for seed in seeds)]
    if not present:
        return None
    means = {seed: float(np.mean([languages[tag][seed]["value"] for tag in present])) for seed in seeds}
    several = len(means) > 1
    low, high = _over_seeds(means) if several else (None, None)
    collapsed = {seed for tag in present for seed in one.collapsed[tag] if seed in means}
    status, reason = _verdict(one, collapsed, means)
    sample = languages[present[0]][seeds[0]]
    chances = [languages[tag][seeds[0]]["chance"] for tag in present]
    missing = [tag for tag in members if tag not in present]
    coverage = f"mean of {len(present)} of {len(members)} languages"
    if missing:
        coverage += f"; missing: {' '.join(missing)}"
    return {
        **_common(one, cell, sample),
        "language": "",
        "over": name,
        "train_made_by": "+".join(sorted({maker for tag in present for maker in one.makers[tag].split("+") if maker})),
        "score": float(np.mean(list(means.values()))),
        "sd": float(np.std(list(means.values()), ddof=1)) if several else None,
        "seeds": 0 if one.run["seed"] is None else len(means),
        "ci_low": low,
        "ci_high": high,
        "chance": None if None in chances else float(np.mean(chances)),
        "examples": sum(languages[tag][seeds[0]]["examples"] for tag in present),
        "direction": cell[3],
        "status": status,
        "reason": f"{coverage}; {reason}" if reason else coverage,
        "note": _note(one, present),
        "signature": _signature(
            one, cell, languages=len(present), data=digest([one.tests[tag]["digest"] for tag in present])[:8],
            own=digest(sorted(one.own.items()))[:8] if one.own else None,
            seeds=_seed_list(one, means), ci="t-over-seeds" if several else None,
        ),
    }  # fmt: skip


def _over_seeds(values: Mapping[int, float]) -> tuple[float, float]:
    """95 % by Student's t, cut where scores end: at 0 and 100, below 0 only for a correlation that is."""
    low, high = t_interval(list(values.values()))
    return max(min(0.0, *values.values()), low), min(100.0, high)


def _verdict(one: Series, collapsed: set[int], values: Mapping[int, float]) -> tuple[str, str]:
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


def _gaps(store: Store) -> Iterator[dict[str, Any]]:
    for path in store.all_gaps():
        found = read_json(path)
        for language, reason in sorted(found["languages"].items()):
            yield {
                **dict.fromkeys(COLUMNS),
                **{name: found[name] for name in ("checkpoint", "task", "protocol", "metric", "source_language")},
                "main": True,
                "language": language,
                "over": "",
                "seeds": 0,
                "train_made_by": "",
                "direction": "",
                "split": "test",
                "status": "unavailable",
                "reason": reason,
                "note": "",
                "signature": signature({name: found[name] for name in ("task", "protocol", "metric")}),
            }


def _asked(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["checkpoint"], row["task"], row["protocol"]


def _seed_list(one: Series, values: Mapping[int, float]) -> str | None:
    return None if one.run["seed"] is None else ",".join(map(str, values))
