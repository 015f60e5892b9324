"""The records of a results folder, read with a check that they are whole and of this layout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from xbench.errors import XbenchError
from xbench.store.files import read_json
from xbench.store.layout import Store

_RUN = frozenset(
    "key checkpoint task kind protocol per_language seed fit train train_made_by recipe dtype limit data device "
    "versions".split()
)
_FIT = frozenset("key train verdict device seconds".split())
_GAPS = frozenset("checkpoint task protocol metric source_language languages".split())
_ENTRY = frozenset("digest rows scores".split())
_SCORE = frozenset("metric mode main value ci chance examples layer direction".split())


def read_runs(store: Store) -> list[tuple[Path, dict[str, Any]]]:
    """Folder and `run.json` of every run of a results folder.

    Raises:
        XbenchError: One is half-written, of another layout, or not there where there are predictions or scores.
    """
    if faults := unfounded(store):
        raise XbenchError("\n".join(faults))
    return [(folder, read_run(folder)) for folder in store.runs()]


def unfounded(store: Store) -> list[str]:
    """What is wrong with folders of runs that have results and no `run.json`, as a copy that was broken off leaves.

    A run writes it before all else. Without it nobody knows of the run, and means would be over the other seeds alone.
    """
    begun = {*store.runs()}
    return [
        f"{folder} has predictions or scores and no run.json, which says what they are: copy it along, run the same "
        "`xbench run` again, or remove that folder"
        for folder in sorted(store.root.glob("runs/*/*/*/seed-*"))
        if folder not in begun and ((folder / "scores.json").is_file() or any(folder.glob("predictions/*.parquet")))
    ]


def read_run(folder: Path) -> dict[str, Any]:
    """`run.json` of a run.

    Raises:
        XbenchError: It is half-written, or of another layout.
    """
    found: dict[str, Any] = _whole(folder / "run.json", _RUN)
    return found


def read_fit(root: Path, folder: str, losses: bool = False) -> dict[str, Any]:
    """`fit.json` of a fit, by the folder that a run names.

    Args:
        root: The results folder.
        folder: Of the fit.
        losses: Whether to read them: a number for each step is most of the file, and plays no part in reports.

    Raises:
        XbenchError: It is not there, half-written, or of another layout.
    """
    path = root / folder / "fit.json"
    if not path.is_file():
        raise XbenchError(
            f"{path} is not there, and scores rest on that fit: nobody can say whether it learned anything; copy the "
            "folder fits/ along with runs/, or remove the runs that name it"
        )
    found: dict[str, Any] = _whole(path, _FIT, without="" if losses else "losses")
    return found


def read_scores(folder: Path) -> dict[str, Any]:
    """`scores.json` of a run: language -> what is known of its test rows, and its scores.

    Raises:
        XbenchError: It is half-written, or of another layout.
    """
    path = folder / "scores.json"
    found: dict[str, Any] = _whole(path, frozenset({"key", "languages"}))["languages"]
    for language, entry in found.items():
        if not (isinstance(entry, dict) and entry.keys() >= _ENTRY):
            _refuse(path, f"what it says of {language}", entry, _ENTRY)
        # All scores of an entry are written by one function.
        if entry["scores"] and not entry["scores"][0].keys() >= _SCORE:
            _refuse(path, f"a score of {language}", entry["scores"][0], _SCORE)
    return found


def read_gaps(path: Path) -> dict[str, Any]:
    """`unavailable.json`: what cannot be had.

    Raises:
        XbenchError: It is half-written, or of another layout.
    """
    found: dict[str, Any] = _whole(path, _GAPS)
    return found


def _whole(path: Path, keys: frozenset[str], without: str = "") -> Any:
    # Reports would go on without it, and without its numbers.
    found = read_json(path, without, "run the same `xbench run` again")
    if not isinstance(found, dict) or not found.keys() >= keys:
        _refuse(path, "it", found, keys)
    return found


def _refuse(path: Path, what: str, found: Any, keys: frozenset[str]) -> NoReturn:
    lacking = sorted(set(keys) - set(found)) if isinstance(found, Mapping) else sorted(keys)
    raise XbenchError(
        f"{path} is of another layout ({what} has no {', '.join(lacking)}): an older or newer xbench wrote it; run the "
        "same command again in a new folder, or read this one with the version that made it"
    )
