"""What a plan is made of: checkpoints, fits and runs, each with a key that pins its numbers.

A job's key hashes everything that can change its numbers. Test languages are in no key: adding
one later adds its predictions and touches nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from xbench.api import Data, Kind, Recipe, Script, Slice, Task, Translator
from xbench.languages.mt import Direction
from xbench.store.keys import digest
from xbench.store.layout import asked, slug

FORMAT = 1
"""Raised when the meaning of a key changes, so that older results are never taken for newer ones."""


@dataclass(frozen=True)
class Checkpoint:
    """An encoder and its tokenizer, resolved to something immutable.

    Attributes:
        name: As the results call it: the Hub id, or the folder's name.
        location: Hub id or absolute path, for `from_pretrained`.
        revision: Commit on the Hub, or `sha256:` and the digest of the folder's files.
        local: Whether `location` is a folder.
        config: The checkpoint's `config.json`.
    """

    name: str
    location: str
    revision: str
    local: bool
    config: dict[str, Any] = field(compare=False, repr=False)

    @property
    def loading(self) -> dict[str, Any]:
        """Arguments that make `from_pretrained` load exactly this revision."""
        where: dict[str, Any] = {"pretrained_model_name_or_path": self.location}
        return where if self.local else {**where, "revision": self.revision}

    @property
    def short(self) -> str:
        """Eight characters of the revision."""
        return self.revision.removeprefix("sha256:")[:8]


@dataclass(frozen=True)
class Making:
    """Rows that xbench makes: the rows of one language, translated into another.

    Attributes:
        slice: What is made; its translator is pinned, and says the languages and how.
        kind: Whose labels are carried.
        task: Whose labels and settings hold.
        checkpoint: What translates.
        direction: How it is told the languages.
        aligner: What aligns words; None where nothing does.
        digest: Of everything that the rows rest on. It stands for them before they are made, and names them after.
    """

    slice: Slice
    kind: Kind = field(compare=False)
    task: Task = field(compare=False)
    checkpoint: Checkpoint
    direction: Direction
    aligner: Checkpoint | None
    digest: str

    @property
    def languages(self) -> str:
        """From which into which, such as `en→de`."""
        assert self.slice.translator is not None
        return f"{self.slice.translator.source}→{self.slice.translator.target}"


@dataclass(frozen=True)
class TrainSet:
    """A slice that a fit learns from.

    Attributes:
        slice: Whose rows.
        digest: Of its canonical rows; of rows that are made, of everything that they rest on.
        rows: How many; of rows that are made, how many there are to make them from.
        revision: Where they came from: a commit, or the state of a mirror.
        making: How they are made; None for rows that a data set has.
    """

    slice: Slice
    digest: str
    rows: int
    revision: str
    making: Making | None = None

    def describe(self) -> dict[str, Any]:
        """For `fit.json`: whose rows these are, and which."""
        translator = self.slice.translator
        return {
            "repo": self.slice.data.repo,
            "revision": self.revision,
            "language": self.slice.language,
            "split": self.slice.split,
            "made_by": self.slice.made_by,
            "rows": self.rows,
            "digest": self.digest,
            **({"translator": asdict(translator)} if translator else {}),
            **({} if self.slice.draw is None else {"drawn": self.slice.limit, "draw": self.slice.draw}),
        }


@dataclass(frozen=True)
class Fit:
    """Checkpoint + head + training slices + recipe + seed.

    Without training slices it is the identity: the checkpoint as it is, deterministic, no seeds,
    nothing on disk.

    Attributes:
        kind: Family that encodes the rows and names the head.
        task: Whose labels, settings and maximum length hold. Its name is in no fit's key, so
            that tasks which train alike share their fits.
        dtype: `fp32` or `bf16` (autocast over fp32 master weights).
        dev: Where a collapse shows and, with `recipe.select == "dev"`, an epoch is chosen.
        start: The fit whose weights it continues from; None for those of the checkpoint.
    """

    checkpoint: Checkpoint
    kind: Kind = field(compare=False)
    task: Task = field(compare=False)
    train: tuple[TrainSet, ...]
    recipe: Recipe | None
    seed: int
    dtype: str
    dev: tuple[TrainSet, ...] = ()
    start: Fit | None = None

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is hashed, readable."""
        selects = self.recipe is not None and self.recipe.select == "dev"
        return {
            **({"start": self.start.key} if self.start else {}),
            "format": FORMAT,
            "checkpoint": self.checkpoint.revision,
            "head": self.kind.head,
            "kind": [self.kind.name, self.kind.version],
            "labels": list(self.task.labels),
            "settings": plain(self.task.settings),
            "max_length": self.task.max_length,
            "train": [[t.slice.language, t.slice.split, t.slice.made_by, t.digest] for t in self.train],
            "dev": [[t.slice.language, t.digest] for t in self.dev] if selects else [],
            "recipe": asdict(self.recipe) if self.recipe and self.train else None,
            "seed": self.seed,
            "dtype": self.dtype,
        }

    @cached_property
    def key(self) -> str:
        """sha256, hex."""
        return digest(self.facts)

    @property
    def folder(self) -> str:
        """Where it is in a results folder: `fit.json` once finished, `weights`, its state while not."""
        return f"fits/{slug(self.checkpoint.name)}-{self.key[:8]}"

    @property
    def identity(self) -> bool:
        """Whether the checkpoint is used as it is."""
        return not self.train

    @property
    def trained(self) -> bool:
        """Whether it takes steps, as against identities and what is found in closed form."""
        return bool(self.train) and self.recipe is not None

    @property
    def seeded(self) -> bool:
        """Whether chance takes part: in steps, and in rows that are drawn."""
        return self.trained or any(trainset.slice.draw is not None for trainset in self.train)

    @property
    def learned(self) -> tuple[TrainSet, ...]:
        """Everything that its weights have learned from, what it continues from included."""
        return (*(self.start.learned if self.start else ()), *self.train)


@dataclass(frozen=True)
class Run:
    """A fit and the test slices that it predicts.

    Attributes:
        protocol: Name of the protocol that asked for it.
        per_language: Whether that protocol fits every language by itself.
        limit: Rows per slice, None for all.
    """

    fit: Fit
    task: Task = field(compare=False)
    protocol: str
    per_language: bool
    tests: tuple[Slice, ...] = field(compare=False)
    limit: int | None = None

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is hashed, readable."""
        return {
            "format": FORMAT,
            "fit": self.fit.key,
            "task": [self.task.name, self.task.version],
            "protocol": self.protocol,
            "source": self.task.source,
            "limit": self.limit,
            **({"read": asdict(self.translator)} if self.translator else {}),
        }

    @cached_property
    def key(self) -> str:
        """sha256, hex."""
        return digest(self.facts)

    @property
    def translator(self) -> Translator | None:
        """Who translates its test rows, whatever their language; None where they are read as they are.

        A name that stands for a checkpoint for each direction has no one revision.
        """
        asked = next((piece.translator for piece in self.tests if piece.translator), None)
        if asked is None:
            return None
        return replace(asked, source="", revision="" if "{" in asked.name else asked.revision)

    @property
    def folder(self) -> str:
        """Where it is in a results folder: `run.json`, `predictions/`, `scores.json`."""
        return f"{asked(self.fit.checkpoint.name, self.task.name, self.protocol)}/seed-{self.fit.seed}-{self.key[:8]}"


@dataclass(frozen=True)
class Gap:
    """A number that was asked for and cannot be had, with its reason."""

    checkpoint: str
    task: str
    protocol: str
    language: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """Everything that `xbench run` was asked for.

    Attributes:
        runs: To make.
        gaps: That stay.
        pointless: Task and protocol -> why the one makes no sense for the other, where nobody asked for it by name.
    """

    runs: tuple[Run, ...]
    gaps: tuple[Gap, ...]
    pointless: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def fits(self) -> tuple[Fit, ...]:
        """Every fit that the runs need, once each, in the order of first need."""
        needed = (fit for run in self.runs for fit in (run.fit.start, run.fit) if fit and not fit.identity)
        return tuple({fit.key: fit for fit in needed}.values())


def plain(value: Any) -> Any:
    """A setting as JSON knows it: mappings with text keys, lists."""
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def describe_data(data: Data) -> dict[str, str]:
    """For `run.json`: whose data, under which licence, cited how."""
    return {
        "repo": data.repo,
        "pinned_revision": data.revision,
        "origin": data.origin,
        "licence": data.licence,
        "citation": data.citation,
    }


def task_facts(task: Task) -> dict[str, Any]:
    """A declaration as JSON, so that scoring needs no plugin that declares it."""
    # Why other languages are missing is for who asks for them, not for who reads these results. Who translates
    # and aligns belongs to the slices that are made so.
    bare = replace(task, data=replace(task.data, lacking={}), translator=None, aligner=None)
    facts: dict[str, Any] = plain(asdict(bare))
    return facts


def task_from(facts: dict[str, Any]) -> Task:
    """The declaration back from JSON."""
    # Results of before a field was there do not have it.
    lists: dict[str, Any] = {
        name: tuple(facts[name]) for name in ("labels", "splits", "train_languages") if name in facts
    }
    return Task(
        **{
            **facts,
            **lists,
            "data": Data(**facts["data"]),
            "train": Data(**facts["train"]) if facts["train"] else None,
            "recipe": Recipe(**facts["recipe"]) if facts["recipe"] else None,
            "metrics": tuple(Script(**script) for script in facts["metrics"]),
            "panels": {name: tuple(tags) for name, tags in facts["panels"].items()},
        }
    )
