"""Scores of runs -> series: what may stand in one row of `scores.csv`, still seed by seed and language by language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from xbench.errors import XbenchError
from xbench.jobs import task_from
from xbench.store.keys import digest
from xbench.store.layout import Store
from xbench.store.results import read_fit, read_run, read_scores
from xbench.store.series import only_source, rows_digest, series_facts
from xbench.store.signature import neutral

Cell = tuple[str, str, int | None, str]
"""What is measured: metric, mode, layer, direction (as `source→target` with the language's tag taken out)."""


Told = Callable[[Mapping[str, Any], Mapping[str, Any]], None]
"""Is told of `run.json`, and of language -> its entry in `scores.json`."""


@dataclass(slots=True)
class Place:
    """One language under one measure.

    Attributes:
        sample: Of one seed, everything that is the same for all: whether it is the main metric, chance, examples,
            direction; and the interval, which counts where there is one seed.
        values: Seed -> score, in the order of the seeds.
    """

    sample: Mapping[str, Any]
    values: dict[int, float]


@dataclass
class Series:
    """The runs that differ in nothing but their seed (and, fit by fit, their language)."""

    run: dict[str, Any]
    facts: dict[str, Any]
    cells: dict[Cell, dict[str, Place]] = field(default_factory=lambda: defaultdict(dict))
    """Cell -> language -> scores."""
    tests: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Language -> what its predictions say of its test rows."""
    own: dict[str, str] = field(default_factory=dict)
    """Language -> digest of its own training rows, where every language has a fit of its own."""
    collapsed: dict[str, set[int]] = field(default_factory=dict)
    """Language -> seeds whose fit learned nothing."""
    remarks: dict[str, str] = field(default_factory=dict)
    """Language -> what its fit says should be known of its numbers."""
    makers: dict[str, str] = field(default_factory=dict)
    """Language -> who made the rows that its fit learned from."""
    plain: set[str] = field(default_factory=set)
    """Languages whose own fit learned from the source language's rows alone: that language."""
    notes: dict[str, set[str]] = field(default_factory=dict)
    """Language -> what the sources say of the rows behind its scores."""
    lacking: set[str] = field(default_factory=set)
    """Languages that were asked for and cannot be had."""
    folders: dict[int, dict[str, Path]] = field(default_factory=dict)
    """Seed -> language -> the run that its scores are from."""

    @cached_property
    def source(self) -> str:
        """Source language of the task, or several joined by `+`."""
        return task_from(self.run["task"]).source_language

    @property
    def asked(self) -> tuple[str, str, str]:
        """Checkpoint, task and protocol."""
        return self.run["checkpoint"]["name"], self.run["task"]["name"], self.run["protocol"]


def collect(folders: Iterable[Path], store: Store, told: Told) -> list[Series]:
    """The series of some runs, all of one checkpoint, task and protocol; runs without scores are none yet.

    Raises:
        XbenchError: A file is half-written or of another layout, or two runs would be the same seed of one number.
    """
    found: dict[str, Series] = {}
    for folder in folders:
        if not (folder / "scores.json").is_file():
            continue
        run = read_run(folder)
        facts = series_facts(run)
        one = found.setdefault(digest(facts), Series(run, facts))
        fit = read_fit(store.root, run["fit"]) if run["fit"] else {}
        scored = read_scores(folder)
        told(run, scored)
        _add(one, folder, run, fit, scored)
    for one in found.values():
        _sort_seeds(one)
    return _shared(list(found.values()))


def _sort_seeds(one: Series) -> None:
    """Folders stand in the alphabet's order, and of ten seeds the last one second."""
    if [*one.folders] != sorted(one.folders):
        for places in one.cells.values():
            for place in places.values():
                place.values = dict(sorted(place.values.items()))


def _add(one: Series, folder: Path, run: Mapping[str, Any], fit: Mapping[str, Any], scored: Mapping[str, Any]) -> None:
    seed = run["seed"] or 0
    _check_seed(one, seed, folder, scored)
    one.makers.update(dict.fromkeys(scored, run["train_made_by"]))
    # Few heads have anything to say.
    one.remarks.update({language: told for language, told in fit.get("notes", {}).items() if language in scored})
    if run["per_language"]:
        one.own.update(dict.fromkeys(scored, rows_digest(run["train"])))
        one.plain.update({run["task"]["source"]} & scored.keys() if only_source(run) else ())
    if fit and fit["verdict"]["status"] == "degenerate":
        for language in scored:
            one.collapsed.setdefault(language, set()).add(seed)
    cells = one.cells
    for language, entry in scored.items():
        if note := entry.get("note"):
            one.notes.setdefault(language, set()).add(note)
        # Few test rows are read in translation, and of those most have one that is fit to be read.
        if remark := entry.get("remark"):
            one.remarks[language] = remark
        for score in entry["scores"]:
            direction = score["direction"]
            cell = (score["metric"], score["mode"], score["layer"], neutral(direction, language) if direction else "")
            places = cells[cell]
            place = places.get(language)
            if place is None:
                places[language] = Place(score, {seed: score["value"]})
            else:
                place.values[seed] = score["value"]


def _check_seed(one: Series, seed: int, folder: Path, scored: Mapping[str, Any]) -> None:
    """Notes whose scores these are. Raises XbenchError where they would make a mean that means nothing."""
    known = one.folders.setdefault(seed, {})
    if both := sorted(known.keys() & scored.keys()):
        named = " ".join(both[:3]) + (" …" if len(both) > 3 else "")
        raise XbenchError(
            f"{known[both[0]]} and {folder} are the same seed of one number ({named}): remove the older of the two "
            "folders and run the same command again"
        )
    known.update(dict.fromkeys(scored, folder))
    for language, entry in scored.items():
        if one.tests.setdefault(language, entry)["digest"] != entry["digest"]:
            first = next(places[language] for places in one.folders.values() if language in places)
            raise XbenchError(
                f"the test rows of {language} are not the same in {first} and {folder}: no mean over their seeds would "
                "mean anything; remove the older folder and run the same command again"
            )


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
    if language in one.collapsed:
        home.collapsed[language] = one.collapsed[language] | home.collapsed.get(language, set())
    if language in one.notes:
        home.notes[language] = one.notes[language] | home.notes.get(language, set())
