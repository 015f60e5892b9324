"""Results folders of several machines -> one, if they contradict each other nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xbench.errors import XbenchError
from xbench.store import predictions
from xbench.store.files import explained, read_json, write_json
from xbench.store.layout import Store, slug
from xbench.store.results import read_gaps, read_run, read_scores

_OF_A_FIT = ("key", "losses", "verdict")
"""What the same fit has in common wherever it was made; the rest is where, when and with which versions."""


@dataclass
class Union:
    """What is in any of several results folders, each thing once.

    Attributes:
        runs: Path of a run's folder from a root -> where it is.
        files: Path of a run's folder -> name of a file of predictions -> the file.
        scores: Path of a run's folder -> language -> entry of `scores.json`.
        fits: Path of a fit's folder -> a folder that has it.
        gaps: Path of a file of gaps -> what it says, with the languages of all.
        twice: How many files of predictions, or scores without these, are in several folders, and equal.
    """

    runs: dict[Path, Path] = field(default_factory=dict)
    files: dict[Path, dict[str, Path]] = field(default_factory=dict)
    scores: dict[Path, dict[str, Any]] = field(default_factory=dict)
    fits: dict[Path, Path] = field(default_factory=dict)
    gaps: dict[Path, dict[str, Any]] = field(default_factory=dict)
    twice: int = 0


def union(stores: Sequence[Store]) -> Union:
    """Everything that is in any of the folders.

    A run is in several of them if its key is the same, whatever machine made it. Then its fit must have the same losses
    everywhere, and each language the same predictions.

    Raises:
        XbenchError: They contradict each other, a file is damaged, or a run has predictions in one folder and in
            another nothing but the scores of other languages.
    """
    found = Union()
    faults = [fault for store in stores for fault in _added(found, store)]
    if faults:
        raise XbenchError(
            f"these results contradict each other: {_first(faults)}. No mean of both would mean anything: remove the "
            "run that you trust less, with its fit, or run one of the two again with other seeds"
        )
    return found


def write(found: Union, out: Path) -> None:
    """Copies it into a new folder, which is there whole or not at all.

    Raises:
        XbenchError: The folder is there and not empty, or cannot be written.
    """
    if out.exists() and any(out.iterdir()):
        raise XbenchError(f"{out} is not empty: name a new folder with --out; results are never merged into others")
    draft = out.with_name(f".{out.name}.draft")
    with explained(out):
        shutil.rmtree(draft, ignore_errors=True)
        for path, origin in found.runs.items():
            _copy(origin / "run.json", draft / path / "run.json")
        for path, files in found.files.items():
            for name, origin in files.items():
                _copy(origin, draft / path / "predictions" / name)
        for path, origin in found.fits.items():
            _copy(origin, draft / path)
        for path, gap in found.gaps.items():
            write_json(draft / path, gap)
        # After the predictions: what is older than they are is scored again.
        for path, languages in found.scores.items():
            if not languages:
                continue
            write_json(draft / path / "scores.json", {"key": read_run(found.runs[path])["key"], "languages": languages})
        draft.mkdir(parents=True, exist_ok=True)
        if out.exists():
            out.rmdir()
        draft.replace(out)


def _copy(origin: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if origin.is_dir() else shutil.copy2)(origin, path)


def _added(found: Union, store: Store) -> Iterator[str]:
    """Adds a folder's results; what contradicts those before."""
    for folder in store.runs():
        yield from _run(found, store, folder)
    for path in sorted(store.root.glob("fits/*/fit.json")):
        place = path.parent.relative_to(store.root)
        if place not in found.fits:
            found.fits[place] = path.parent
        elif _of_a_fit(path) != _of_a_fit(found.fits[place] / "fit.json"):
            yield f"the fit in {path.parent} has other losses than in {found.fits[place]}"
    for path in store.all_gaps():
        gap = read_gaps(path)
        known = found.gaps.setdefault(path.relative_to(store.root), gap)
        known["languages"] = {**gap["languages"], **known["languages"]}


def _run(found: Union, store: Store, folder: Path) -> Iterator[str]:
    place = folder.relative_to(store.root)
    first = found.runs.setdefault(place, folder)
    if read_run(first)["key"] != read_run(folder)["key"]:
        yield f"{folder} is another run than {first}"
        return
    files = {path.name: path for path in (folder / "predictions").glob("*.parquet")}
    there = found.files.setdefault(place, {})
    for name in sorted(files.keys() & there.keys()):
        if predictions.facts(files[name])["content"] == predictions.facts(there[name])["content"]:
            found.twice += 1
        else:
            yield f"{files[name]} has other predictions than {there[name]}"
    own = read_scores(folder) if (folder / "scores.json").is_file() else {}
    known = found.scores.setdefault(place, {})
    for language in sorted(own.keys() & known.keys()):
        if own[language].get("content") != known[language].get("content"):
            yield f"{folder} has other scores of {language} than {first}"
        found.twice += slug(language) + ".parquet" not in files
    there.update({name: path for name, path in files.items() if name not in there})
    known.update({language: entry for language, entry in own.items() if language not in known})
    lost = [language for language in sorted(known) if there and f"{slug(language)}.parquet" not in there]
    if lost:
        raise XbenchError(
            f"{folder} and {first} are one run with predictions of some languages, and of others ({_first(lost)}) with "
            "nothing but scores, which would be lost when it is scored: remove its predictions everywhere, or bring "
            "those of the others back"
        )


def _first(several: Sequence[str]) -> str:
    return "; ".join(several[:3]) + (f"; and {len(several) - 3} more" if len(several) > 3 else "")


def _of_a_fit(path: Path) -> list[Any]:
    fit = read_json(path)
    return [fit.get(name) for name in _OF_A_FIT]
