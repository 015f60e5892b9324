"""Scores of runs -> series: what may stand in one row of `scores.csv`, still seed by seed and language by language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


@dataclass
class Place:
    """One language under one measure.

    Attributes:
        sample: Of one seed, everything that is the same for all: whether it is the main metric, chance, examples,
            direction; and the interval, which counts where there is one seed.
        values: Seed -> score.
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
    folders: dict[tuple[str, int], Path] = field(default_factory=dict)
    """Language and seed -> the run that they are from."""

    @cached_property
    def source(self) -> str:
        """Source language of the task, or several joined by `+`."""
        return task_from(self.run["task"]).source_language

    @property
    def asked(self) -> tuple[str, str, str]:
        """Checkpoint, task and protocol."""
        return self.run["checkpoint"]["name"], self.run["task"]["name"], self.run["protocol"]


def collect(folders: Iterable[Path], store: Store) -> list[Series]:
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
        _add(one, folder, run, fit, read_scores(folder))
    return _shared(list(found.values()))


def _add(one: Series, folder: Path, run: Mapping[str, Any], fit: Mapping[str, Any], scored: Mapping[str, Any]) -> None:
    verdict = fit["verdict"]["status"] if fit else "ok"
    remarks = fit.get("notes", {})
    seed = run["seed"] or 0
    cells = one.cells
    for language, entry in scored.items():
        _check_seed(one, language, seed, folder, entry)
        one.makers[language] = run["train_made_by"]
        one.notes[language].update(filter(None, [entry.get("note")]))
        # Few heads have anything to say.
        if language in remarks:
            one.remarks[language] = remarks[language]
        if run["per_language"]:
            one.own[language] = rows_digest(run["train"])
            one.plain.update({language} if only_source(run) and language == run["task"]["source"] else ())
        if verdict == "degenerate":
            one.collapsed[language].add(seed)
        for score in entry["scores"]:
            direction = score["direction"]
            cell = (score["metric"], score["mode"], score["layer"], neutral(direction, language) if direction else "")
            place = cells[cell].get(language)
            if place is None:
                cells[cell][language] = Place(score, {seed: score["value"]})
            else:
                place.values[seed] = score["value"]


def _check_seed(one: Series, language: str, seed: int, folder: Path, entry: dict[str, Any]) -> None:
    """Notes whose scores these are. Raises XbenchError where they would make an average that means nothing."""
    other = one.folders.setdefault((language, seed), folder)
    if other != folder:
        raise XbenchError(
            f"{other} and {folder} are the same seed of one number ({language}): remove the older of the two folders "
            "and run the same command again"
        )
    known = one.tests.setdefault(language, entry)
    if known["digest"] != entry["digest"]:
        first = next(place for (tag, _), place in one.folders.items() if tag == language)
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
    home.collapsed[language] |= one.collapsed[language]
    home.notes[language] |= one.notes[language]
