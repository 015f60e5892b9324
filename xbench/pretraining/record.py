"""`pretraining.json`: everything that made a checkpoint, beside its weights."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xbench
from xbench.errors import XbenchError
from xbench.pretraining.point import Point
from xbench.pretraining.recipe import Recipe, recipe_from
from xbench.store.files import read_json, write_json

NAME = "pretraining.json"
_PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "scipy", "scikit-learn", "babel")


@dataclass(frozen=True)
class Record:
    """What is known of the making of a checkpoint.

    Attributes:
        recipe: With what was decided for it filled in, its languages and objectives.
        corpus: `name`, `revision`, `about`, `parallel`, and how much it is: `passages`, `held_out`, `tokens`, and
            `shortened`, the share of passages that lose their end to the longest sequence.
        model: `parameters`, `vocabulary`, and `tokenizer`, the digest of its file.
        held_out: From the initialisation to the end.
        machine: `device`, `threads`, `processor`.
        versions: Of every library that touches a weight.
        seconds: That the steps took, held-out numbers included.
    """

    recipe: Recipe
    corpus: Mapping[str, Any]
    model: Mapping[str, Any]
    held_out: tuple[Point, ...]
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    seconds: float

    @property
    def last(self) -> Point:
        """Held-out numbers of the weights as they were written."""
        return self.held_out[-1]

    def write(self, folder: Path) -> None:
        """Writes it into a checkpoint's folder; the last file there, so that it says that all are whole."""
        write_json(folder / NAME, {**asdict(self), "recipe": self.recipe.facts()})


def has_record(folder: Path) -> bool:
    """Whether a folder holds a checkpoint that is finished."""
    return (folder / NAME).is_file()


def record(folder: Path) -> Record:
    """Reads what made a checkpoint.

    Raises:
        XbenchError: The folder holds no record, or one that this version does not understand.
    """
    if not has_record(folder):
        raise XbenchError(
            f"{folder} holds no {NAME}: name the folder of a checkpoint that `xbench pretrain` has finished"
        )
    facts = read_json(folder / NAME)
    try:
        points = tuple(Point(**point) for point in facts["held_out"])
        return Record(**{**facts, "recipe": recipe_from(facts["recipe"]), "held_out": points})
    except (KeyError, TypeError) as error:
        raise XbenchError(f"{folder / NAME} is no record of this version of xbench ({error})") from error


def remedy(folder: Path) -> str:
    """What to do about a finished checkpoint whose weights are damaged: its record is still there."""
    return f"build it again with --like {folder} and another --out, or delete the folder and build it as before"


def versions() -> dict[str, str]:
    """xbench, Python and the libraries."""
    own = {"xbench": xbench.__version__, "python": platform.python_version()}
    return own | {package: version(package) for package in _PACKAGES}
