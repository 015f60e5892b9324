"""Results folders of several machines -> one, if they contradict each other nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xbench.errors import XbenchError
from xbench.store import predictions
from xbench.store.files import explained, write_json
from xbench.store.layout import Store
from xbench.store.layout import predictions as predictions_of
from xbench.store.results import read_fit, read_gaps, read_run, read_scores, unfounded

_OF_A_FIT = ("key", "losses", "verdict")
"""What the same fit has in common wherever it was made; the rest is where, when and with which versions."""


@dataclass(frozen=True)
class Tested:
    """A language of a run.

    Attributes:
        content: Digest of its predictions.
        rows: Digest of its test rows.
        file: Its predictions; None where they were removed.
        entry: What `scores.json` says of these predictions; None where they were not scored.
    """

    content: str
    rows: str
    file: Path | None
    entry: dict[str, Any] | None

    def against(self, other: Tested) -> str:
        """In what the other one differs; empty where in nothing."""
        if self.rows != other.rows:
            return "test rows"
        if self.content != other.content:
            return "predictions"
        scored = self.entry is not None and other.entry is not None
        return "scores" if scored and self.entry["scores"] != other.entry["scores"] else ""  # type: ignore[index]


@dataclass
class Union:
    """What is in any of several results folders, each thing once.

    Attributes:
        runs: Path of a run's folder from a root -> where it is.
        tested: Path of a run's folder -> language -> what is known of it.
        fits: Path of a fit's folder -> a folder that has it.
        gaps: Path of a file of gaps -> what it says, with the languages of all.
        twice: How many languages of a run are in several folders, and equal.
    """

    runs: dict[Path, Path] = field(default_factory=dict)
    tested: dict[Path, dict[str, Tested]] = field(default_factory=dict)
    fits: dict[Path, Path] = field(default_factory=dict)
    gaps: dict[Path, dict[str, Any]] = field(default_factory=dict)
    twice: int = 0

    @property
    def files(self) -> int:
        """How many files of predictions."""
        return sum(one.file is not None for languages in self.tested.values() for one in languages.values())


def union(stores: Sequence[Store]) -> Union:
    """Everything that is in any of the folders.

    A run is in several of them if its key is the same, whatever machine made it. Then its fit must have the same losses
    everywhere, and each language the same test rows, predictions and scores.

    Raises:
        XbenchError: They contradict each other, or a file is damaged.
    """
    found = Union()
    for store in stores:
        if lost := unfounded(store):
            raise XbenchError("\n".join(lost))
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
    draft = out.with_name(f".{out.name}.draft")
    with explained(out):
        if out.exists() and any(out.iterdir()):
            raise XbenchError(f"{out} is not empty: name a new folder with --out; results are never merged into others")
        shutil.rmtree(draft, ignore_errors=True)
        for path, origin in found.runs.items():
            _copy(origin / "run.json", draft / path / "run.json")
            languages = found.tested[path]
            for language, one in languages.items():
                if one.file:
                    _copy(one.file, predictions_of(draft / path, language))
            # After the predictions: what is older than they are is scored again.
            scores = {language: one.entry for language, one in sorted(languages.items()) if one.entry}
            if scores:
                write_json(draft / path / "scores.json", {"key": read_run(origin)["key"], "languages": scores})
        for path, origin in found.fits.items():
            _copy(origin, draft / path)
        for path, gap in found.gaps.items():
            write_json(draft / path, gap)
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
        first = found.fits.setdefault(place, path.parent)
        own, known = _of_a_fit(store.root, place), _of_a_fit(first.parents[1], place)
        if differ := [name for name in _OF_A_FIT if own[name] != known[name]]:
            yield f"the fit in {path.parent} differs in its {' and '.join(differ)} from {first}"
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
    known = found.tested.setdefault(place, {})
    for language, one in _tested(folder).items():
        before = known.setdefault(language, one)
        if differs := one.against(before):
            yield f"{one.file or folder} has other {differs} of {language} than {before.file or first}"
        found.twice += before is not one
        known[language] = replace(before, file=before.file or one.file, entry=before.entry or one.entry)


def _tested(folder: Path) -> dict[str, Tested]:
    """What a run has, by language.

    Raises:
        XbenchError: A file is half-written, of another layout, or belongs to another run.
    """
    key = read_run(folder)["key"]
    scores = read_scores(folder) if (folder / "scores.json").is_file() else {}
    found = {language: Tested(entry["content"], entry["digest"], None, entry) for language, entry in scores.items()}
    for file in sorted((folder / "predictions").glob("*.parquet")):
        facts = predictions.facts(file)
        if facts["run"] != key:
            raise predictions.damaged(file, "it belongs to another run")
        scored = found.get(facts["language"])
        # Predictions that were made again have their scores still to come.
        entry = scored.entry if scored and scored.content == facts["content"] else None
        found[facts["language"]] = Tested(facts["content"], facts["digest"], file, entry)
    return found


def _first(several: Sequence[str]) -> str:
    return "; ".join(several[:3]) + (f"; and {len(several) - 3} more" if len(several) > 3 else "")


def _of_a_fit(root: Path, place: Path) -> dict[str, Any]:
    fit = read_fit(root, str(place), losses=True)
    return {name: fit.get(name) for name in _OF_A_FIT}
