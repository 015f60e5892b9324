"""Where things are in a results folder, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xbench.errors import XbenchError
from xbench.store.keys import digest

_LONGEST = 120
"""Characters of a folder that is called after several names."""


def slug(name: str) -> str:
    """A name as a single folder's name.

    Raises:
        XbenchError: Nothing of the name can stand in a path, or it is a path trick.

    Example:
        >>> slug("FacebookAI/xlm-roberta-base")
        'FacebookAI--xlm-roberta-base'
    """
    text = re.sub(r"[^\w.+-]", "-", name.replace("/", "--"))
    if not re.search(r"\w", text) or text.startswith(".") or ".." in name.split("/"):
        raise XbenchError(f"{name!r} cannot be the name of a folder: use letters, digits, '.', '-' and '_'")
    return text


def asked(checkpoint: str, task: str, protocol: str) -> str:
    """Folder of everything that was asked of a checkpoint on a task under a protocol."""
    return f"runs/{slug(checkpoint)}/{slug(task)}/{slug(protocol)}"


@dataclass(frozen=True)
class Store:
    """A results folder.

    Attributes:
        root: The folder of `--out`.
    """

    root: Path

    def gaps(self, checkpoint: str, task: str, protocol: str) -> Path:
        """File that says what cannot be had, and why: language -> reason."""
        return self.root / asked(checkpoint, task, protocol) / "unavailable.json"

    def runs(self) -> Iterator[Path]:
        """Folders of all runs that were begun, sorted."""
        return iter(sorted(path.parent for path in self.root.glob("runs/*/*/*/seed-*/run.json")))

    def all_gaps(self) -> Iterator[Path]:
        """All files of gaps, sorted."""
        return iter(sorted(self.root.glob("runs/*/*/*/unavailable.json")))

    @property
    def scores(self) -> Path:
        """The tidy table of all scores."""
        return self.root / "scores.csv"

    @property
    def languages(self) -> Path:
        """What is known of every language beside its main scores."""
        return self.root / "languages.csv"

    @property
    def leaderboard(self) -> Path:
        """A line per checkpoint."""
        return self.root / "leaderboard.csv"

    @property
    def page(self) -> Path:
        """Everything in one file, for a browser."""
        return self.root / "report.html"

    @property
    def tables(self) -> Path:
        """Per-language tables."""
        return self.root / "tables"

    @property
    def plots(self) -> Path:
        """Pictures."""
        return self.root / "plots"

    def comparison(self, checkpoints: Sequence[str]) -> Path:
        """Tables and pictures of the first of several checkpoints against the others."""
        first, *others = map(slug, checkpoints)
        name = "+".join([first, *others])
        # A folder's name has an end.
        named = name if len(name) <= _LONGEST else f"{first[:_LONGEST]}+{len(others)}-others-{digest(others)[:8]}"
        return self.root / "comparisons" / named

    def excerpt(self, what: str) -> Store:
        """Where reports of a part of the results go, each part in a folder of its own: `excerpts/script-Deva`.

        Args:
            what: Which part, in words.
        """
        name = re.sub(r"-+", "-", slug(what))
        named = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}-{digest(what)[:8]}"
        return Store(self.root / "excerpts" / named)

    def part(self, what: str) -> Store:
        """Where reports go: into an excerpt, or beside the results where everything is meant.

        Args:
            what: Which part, in words; empty for all.
        """
        return self.excerpt(what) if what else self

    @property
    def lock(self) -> Path:
        """Held while the tables of the whole folder are written."""
        return self.root / ".lock"


def predictions(run_folder: Path, language: str) -> Path:
    """File of one language's predictions."""
    return run_folder / "predictions" / f"{slug(language)}.parquet"


def lock(folder: Path) -> Path:
    """Lock file of a fit's or a run's folder; beside it, so that the folder can be removed."""
    return folder.with_name(f".{folder.name}.lock")
