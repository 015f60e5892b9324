"""The frozen nouns that tasks, kinds and protocols are written in.

A task file imports from here and from nowhere else in xbench. Nothing in this module imports
torch, transformers or datasets.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from xbench.errors import Inapplicable, Unavailable, XbenchError
from xbench.languages import CLDR, CLDR_LACKING, FLORES_200, NTREX, XTREME, canonical

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "CARRY", "CLDR", "CLDR_LACKING", "FLORES_200", "NTREX", "XTREME", "Align", "Aligner", "Carried", "Carrier",
    "Corpus", "Data", "Features", "Inapplicable", "Kind", "Leg", "Links", "Measure", "Metric", "Panel", "Passages",
    "Protocol", "Recipe", "Score", "Script", "Slice", "Source", "Split", "Suite", "Task", "Textual", "Translate",
    "Translator", "Unavailable", "XbenchError", "canonical", "configs",
]  # fmt: skip

Split = Literal["train", "dev", "test"]
_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


def configs(codes: Iterable[str], pattern: str = "{}", special: Mapping[str, str] | None = None) -> dict[str, str]:
    """Maps canonical language tags to the names of a data set's configurations.

    Args:
        codes: The data set's own language codes.
        pattern: How a configuration is named after a code, such as `{}-eng`.
        special: Codes whose tag is not what the code says (Wikipedia's `als` is `gsw`).

    Raises:
        XbenchError: Two codes have one tag, so that one of them would be lost.

    Example:
        >>> configs(["deu", "tgl"], "{}-eng")
        {'de': 'deu-eng', 'fil': 'tgl-eng'}
    """
    found: dict[str, str] = {}
    for code in codes:
        tag = (special or {}).get(code) or _tag(code)
        if tag in found:
            raise XbenchError(
                f"{code} and {found[tag]} both mean the language {tag}: give one of them a tag in `special`"
            )
        found[tag] = pattern.format(code)
    return found


def _tag(code: str) -> str:
    try:
        return canonical(code)
    except XbenchError as error:
        raise XbenchError(
            f"{error}. Where configurations are not called after codes, write what they are: {{'en': {code!r}}}"
        ) from error


@dataclass(frozen=True)
class Data:
    """Where rows come from and how their columns are called there.

    Attributes:
        repo: Repository on the Hub (`owner/name`), also its folder in a mirror; of the origin `folder`, a folder in
            that of `--data`, or an absolute path.
        revision: Pinned commit; provenance, while a digest of the rows is their identity.
        configs: Canonical language tag -> name of the configuration.
        columns: Canonical column of the kind -> column of the data set. `{language}` and
            `{source}` in a column's name stand for what `configs` says of the slice's languages.
        licence: As its owner states it.
        citation: BibTeX key, author-year or address; one line.
        splits: `train`, `dev`, `test` -> the data set's own names, or rows of one, counted from 0, as
            `datasets` writes them: `test[:1005]`, `test[1005:1253]`.
        join: Name of a column that is equal in rows which translate each other. The rows of
            a language are then pairs with the source language's rows.
        shared: Configuration in which every language is a column, so that a row is the same sentence
            in all of them. `configs` then says how the columns are called.
        origin: Name of the source that reads it: `hub` (or a mirror of it), `folder` for dictionaries and alignments
            in plain files, or a plugin's.
        lacking: Canonical tag -> why the data set has no such language, for who asks for it.
    """

    repo: str
    revision: str
    configs: Mapping[str, str]
    columns: Mapping[str, str]
    licence: str
    citation: str
    splits: Mapping[str, str] = field(default_factory=lambda: dict(_SPLITS))
    join: str | None = None
    shared: str | None = None
    origin: str = "hub"
    lacking: Mapping[str, str] = field(default_factory=dict)

    @property
    def multiparallel(self) -> bool:
        """Whether any two of its languages make pairs, and not one fixed language with each of the others."""
        return self.join is not None or "{source}" in self.columns.get("source", "")


CARRY = ("markers", "alignment", "both")
"""How labels of words come along in translation: see `Translator.carry`."""


@dataclass(frozen=True)
class Aligner:
    """An encoder whose hidden states say which words translate each other.

    Attributes:
        name: Hub id, folder, or a checkpoint that comes with xbench.
        layer: Index into the hidden states; None for two thirds of their depth.
        revision: Commit or digest; empty until it is looked up.
        tested: Whether it is the checkpoint under test itself. Such rows differ from checkpoint to checkpoint, so that
            what is learned from them is marked and never ranked.
    """

    name: str
    layer: int | None = None
    revision: str = ""
    tested: bool = False


@dataclass(frozen=True)
class Translator:
    """Who makes rows of one language from those of another, and how.

    Attributes:
        name: Hub id (with `@revision`) or folder of a sequence-to-sequence checkpoint. `{language}` and `{source}` in
            it stand for the languages, where there is a checkpoint for each direction.
        beams: Hypotheses that its search keeps; 1 is greedy.
        dtype: Of its weights, `fp32` or `bf16`.
        carry: How labels of words come along: `markers`, `alignment`, or `both`, the second where the first fails;
            empty for `both` where there is an aligner, else `markers`.
        aligner: Who aligns words; None for the task's own.
        revision: Commit or digest of the checkpoint; empty until it is looked up.
        source: Canonical tag that is translated from; empty until a slice says so.
        target: Likewise, into.
    """

    name: str
    beams: int = 4
    dtype: str = "fp32"
    carry: str = ""
    aligner: Aligner | None = None
    revision: str = ""
    source: str = ""
    target: str = ""


@dataclass(frozen=True)
class Slice:
    """One split of one language of one data set.

    Attributes:
        data: Where the rows come from.
        language: Canonical tag.
        split: `train`, `dev` or `test`.
        made_by: `original`, `human`, `published-mt`, `xbench-mt` or `generated`.
        source: Language on the other side of parallel rows; empty where rows are of one language.
        limit: Only so many rows, None for all. A limited run is marked and never ranked.
        draw: Seed of a random order that `limit` takes the first rows of; None for the data set's own order.
        translator: Who makes the rows, from those of another language; None for rows that the data set has. Rows that
            are learned from are translated into the language of the slice, rows that are tested on from it.
    """

    data: Data
    language: str
    split: Split
    made_by: str = "original"
    source: str = ""
    limit: int | None = None
    draw: int | None = None
    translator: Translator | None = None

    def __str__(self) -> str:
        return f"{self.data.repo} {self.language} {self.split}"


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is fine-tuned: AdamW with linear decay and gradient clipping.

    Attributes:
        learning_rate: Peak learning rate.
        epochs: Passes over the training rows.
        batch_size: Rows per optimiser step, however they are split into micro-batches.
        warmup: Share of the steps over which the learning rate rises from 0.
        weight_decay: Of AdamW; not applied to biases and layer norms.
        epsilon: Of AdamW.
        clip: Largest norm of the gradient.
        select: `last` checkpoint, or the epoch that is best on the training language's `dev`.
    """

    learning_rate: float = 2e-5
    epochs: int = 3
    batch_size: int = 32
    warmup: float = 0.0
    weight_decay: float = 0.0
    epsilon: float = 1e-8
    clip: float = 1.0
    select: Literal["last", "dev"] = "last"


@dataclass(frozen=True)
class Script:
    """A metric of the `evaluate` library, computed besides the kind's own, on its own scale.

    Attributes:
        name: Path of its folder or file here; with `hub`, its name on the Hub.
        hub: Whether to download it, and so to run code of others.
        revision: Commit on the Hub; needed with `hub`.
    """

    name: str
    hub: bool = False
    revision: str = ""


@dataclass(frozen=True)
class Task:
    """A declaration: what is particular to a task, and nothing else.

    Attributes:
        name: As in `--tasks`.
        version: Raised when a change of this declaration changes numbers.
        kind: Name of the family that it belongs to.
        data: Test (and dev) data; training data too unless `train` says otherwise.
        labels: In the data set's own order, which is how integer labels are read.
        recipe: How to fine-tune; None for a frozen probe.
        main: Name of the main metric; empty for the kind's own.
        source: Language that training starts from, or the pivot of parallel rows.
        train_languages: Languages that zero-shot trains on, where that is not `source` alone. What is
            trained on parallel rows must name some: the source has no pair with itself.
        max_length: Sub-tokens per sequence, special ones included.
        train: Training data where it is not `data`.
        splits: The splits that exist as published, so that a missing one is not looked for.
        made_by: Split -> who made its rows in languages other than the source;
            `original` where nothing is said.
        panels: Name -> canonical tags of a published average.
        known_as: Benchmark -> what that calls this task, for results that its own tools read; its languages are those
            of the panel with the benchmark's name, else all.
        settings: What the kind lets a task choose, such as `{"mode": "strict"}`.
        metrics: Metrics of the `evaluate` library.
        aligner: What aligns words where tags are carried through translation; whoever runs the task may name another.
        translator: Who makes translations of training or test rows; set by whoever runs the task, never declared.
    """

    name: str
    version: int
    kind: str
    data: Data
    labels: tuple[str, ...] = ()
    recipe: Recipe | None = None
    main: str = ""
    source: str = "en"
    train_languages: tuple[str, ...] = ()
    max_length: int = 128
    train: Data | None = None
    splits: tuple[Split, ...] = ("train", "dev", "test")
    made_by: Mapping[str, str] = field(default_factory=dict)
    panels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known_as: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[Script, ...] = ()
    aligner: Aligner | None = None
    translator: Translator | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Canonical tags of every language that the task declares, sorted."""
        return tuple(sorted(self.data.configs))

    def slice(self, language: str, split: Split) -> Slice:
        """The rows of one language, with who made them."""
        data = self.train if split == "train" and self.train else self.data
        maker = "original" if language == self.source else self.made_by.get(split, "original")
        return Slice(data, language, split, maker, self.source if self.paired else "")

    def translation(self, language: str, split: Split) -> Slice:
        """The rows of the source language in another one: as the translator makes them if there is one, else published.

        Parallel rows need no translator, and neither do languages that training starts from.
        """
        piece = self.slice(language, split)
        if self.translator is None or self.paired or language in (self.source, *self.starts):
            return piece
        return replace(
            piece, made_by="xbench-mt", translator=replace(self.translator, source=self.source, target=language)
        )

    @property
    def starts(self) -> tuple[str, ...]:
        """Languages that zero-shot trains on, sorted: none for parallel rows that nothing is trained on."""
        return tuple(sorted(self.train_languages)) or (() if self.paired else (self.source,))

    @property
    def source_language(self) -> str:
        """What `scores.csv` says: the languages that training starts from joined by `+`, or the pivot."""
        return "+".join(self.starts) or self.source

    @property
    def paired(self) -> bool:
        """Whether a row is a pair of languages (and the source language has no row of its own)."""
        return {"source", "target"} <= set(self.data.columns)


@dataclass(frozen=True)
class Features:
    """Tokenised sequences, ragged: sequence i is `ids[offsets[i]:offsets[i + 1]]`.

    Attributes:
        ids: Sub-token ids, int32, (tokens,).
        types: Token-type ids, int8, (tokens,).
        offsets: int64, (sequences + 1,).
        rows: The row that each sequence comes from, int32, (sequences,), ascending (within each
            side of parallel rows, the source before the target).
        marks: Per token, the index of the word in its row that it stands for, or -1;
            int32, (tokens,). Empty where the kind reads sequences as a whole.
        labels: Gold label ids: (sequences,) or, with marks, (tokens,) and -100 where none.
        side: Per sequence, 0 for the source and 1 for the target of parallel rows, int8;
            empty elsewhere.
        pooled: Per token, whether it has a part in the vector of its sequence, bool, (tokens,), at least
            one of each sequence; empty where all of them have.
        truncated: Number of sequences that lost sub-tokens to the limit.
        unknown: Number of sub-tokens that are the unknown token.
    """

    ids: np.ndarray
    types: np.ndarray
    offsets: np.ndarray
    rows: np.ndarray
    marks: np.ndarray
    labels: np.ndarray
    side: np.ndarray
    pooled: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    truncated: int = 0
    unknown: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Sub-tokens per sequence, int64, (sequences,)."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Metric:
    """A metric as a function of sums, so that score, interval and test share one path.

    Attributes:
        name: As in `scores.csv`.
        value: Sums of per-example statistics, (..., k), to scores from 0 to 100, (...).
        mode: What else pins it, as `key:value` joined by `|`, such as `mode:lenient`.
    """

    name: str
    value: Callable[[np.ndarray], np.ndarray]
    mode: str = ""


@dataclass(frozen=True)
class Measure:
    """A metric on the predictions of one language, not yet summed.

    Attributes:
        metric: What is computed.
        statistics: Additive, one row per example in the order of the rows, (examples, k).
        main: Whether this is the number that the task is known by.
        chance: What guessing scores; None where that has no meaning.
        layer: Index into the hidden states (0 = embeddings), None where it does not apply.
        direction: Such as `en→de`; empty where it does not apply.
    """

    metric: Metric
    statistics: np.ndarray
    main: bool = False
    chance: float | None = None
    layer: int | None = None
    direction: str = ""


@dataclass(frozen=True)
class Score:
    """A row of `scores.csv`: a language's own score, or an average over a panel.

    Attributes:
        checkpoint: Name of the checkpoint.
        task: Name of the task.
        protocol: Name of the protocol.
        language: Canonical tag; empty for an average.
        over: Panel of an average; empty for a language's own score.
        metric: Name of the metric.
        main: Whether the task is known by it.
        score: From 0 to 100, the mean over seeds; None where it cannot be had.
        sd: Standard deviation over seeds; None with fewer than two.
        seeds: Number of seeds; 0 where chance takes no part.
        by_seed: The score of each, as `xbench.store.seeds` writes it; empty where chance takes no part.
        ci_low: Of the 95 % interval; None where there is none.
        ci_high: Likewise.
        chance: What guessing scores; None where that has no meaning.
        examples: Test examples.
        source_language: Training languages joined by `+`, or pivot of parallel rows.
        train_made_by: Who made the training rows; empty without training.
        layer: Index into the hidden states; None where it does not apply.
        direction: Such as `en→de`; empty where it does not apply.
        split: Of the test data.
        status: `ok`, `degenerate` or `unavailable`.
        reason: Of the status, or what an average is over, or what to know of a fit that is `ok`.
        note: What the source of its data says of them before it is compared with others; mostly empty.
        signature: Everything that would change the number.
    """

    checkpoint: str
    task: str
    protocol: str
    language: str
    over: str
    metric: str
    main: bool
    score: float | None
    sd: float | None
    seeds: int
    by_seed: str
    ci_low: float | None
    ci_high: float | None
    chance: float | None
    examples: int | None
    source_language: str
    train_made_by: str
    layer: int | None
    direction: str
    split: str
    status: str
    reason: str
    note: str
    signature: str


@dataclass(frozen=True)
class Panel:
    """A named set of languages that an average is over.

    Attributes:
        name: As in the column `over` of `scores.csv`.
        languages: Canonical tags.
    """

    name: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Suite:
    """A named set of tasks, for `--suite`.

    Attributes:
        name: As in `--suite`.
        tasks: Names of tasks.
        models: Checkpoints that it runs where none is named; without any, one must be.
        seeds: Of every fit in which chance takes part, where none are given.
    """

    name: str
    tasks: tuple[str, ...]
    models: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1, 2, 3)


@dataclass(frozen=True)
class Leg:
    """Training slices -> test slices: one fit and the predictions that it makes.

    Attributes:
        train: What is learned from; nothing for the checkpoint as it is.
        test: What is predicted.
        shots: Rows of few shots, which the fit on `train` is continued on; each seed draws its own.
    """

    train: tuple[Slice, ...]
    test: tuple[Slice, ...]
    shots: tuple[Slice, ...] = ()


class Kind(typing.Protocol):
    """What a family of tasks shares. Imports no torch; names the head that does.

    Attributes:
        name: As in `Task.kind`.
        version: Raised when a change of the kind changes numbers.
        head: Where the torch side is, as `package.module:attribute`.
        columns: Canonical column -> whether every task must map it.
    """

    name: str
    version: int
    head: str
    columns: Mapping[str, bool]

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""

    def check(self, task: Task) -> None:
        """Raises XbenchError where a declaration does not fit the kind."""

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """The canonical row (labels by name) of a row whose columns are already canonical, and of its `language`.

        Returns None for a row that does not count; raises XbenchError for a label outside the set.
        """

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """Rows to integer arrays, which are remembered: of the task, labels and settings alone may matter."""

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """What the head returned, in the order of `features`, to the table that is kept."""

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """Gold and predicted label of every decision, for the test against the majority answer."""

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """Predictions to what is measured on them."""


Translate = Callable[[Sequence[str]], Sequence[str | None]]
"""Texts -> the translation of each; None for one that is no good, which whoever translates counts and shows."""

Links = frozenset[tuple[int, int]]
"""Word alignment of a sentence and its translation: places of words in the one and in the other."""

Align = Callable[[Sequence[tuple[Sequence[str], Sequence[str]]]], Sequence[Links]]
"""Pairs of sentences as lists of words -> the links of each."""


@dataclass(frozen=True)
class Carried:
    """Rows with their labels, carried into another language.

    Attributes:
        rows: Of the rows that were given those that survived, in their order, with their ids.
        lost: Reason -> rows that were left out for it, or, of test rows, that are read as they are.
        counts: What else is worth knowing, such as how many names there were and how many survived.
    """

    rows: Sequence[Mapping[str, Any]]
    lost: Mapping[str, int]
    counts: Mapping[str, int] = field(default_factory=dict)


@typing.runtime_checkable
class Carrier(typing.Protocol):
    """What a kind is besides, if its labels can be carried through translation.

    Attributes:
        carry_version: Raised when a change of `carry` changes rows. Unlike the kind's version it leaves alone whatever
            was learned from rows that nobody carried.
    """

    carry_version: int

    def carrying(self, task: Task, translator: Translator) -> Translator:
        """The translator without what does not change the rows of this kind, and with `carry` as it is meant.

        Raises:
            Unavailable: The labels of this task cannot be carried so.
        """

    def carry(
        self, rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align, task: Task, translator: Translator
    ) -> Carried:
        """Rows that are learned from: those of the source language as rows of the target language."""

    def reading(self, task: Task, translator: Translator) -> Translator:
        """As `carrying`, for rows that are tested on.

        Raises:
            Unavailable: What is said of a translation cannot be brought back.
        """

    def read(
        self, rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align, task: Task, translator: Translator
    ) -> Carried:
        """Rows that are tested on: all of them, in their order and with their gold, to be read in translation.

        `decode` brings what is said of the translation back to the row.
        """


@typing.runtime_checkable
class Textual(typing.Protocol):
    """What a kind is besides, if it says which texts of a row are in the language that is tested.

    Tokenizers are measured on them, and rows that are tested on are looked for among those that were learned from.
    """

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """Texts of a canonical row in the language of its slice: not those of the other side of parallel rows."""


class Protocol(typing.Protocol):
    """How training and test languages are combined.

    Attributes:
        name: As in `--protocols`.
        per_language: Whether every language has a fit of its own.
    """

    name: str
    per_language: bool

    def legs(self, task: Task, languages: Sequence[str]) -> Iterator[Leg]:
        """The legs for these test languages.

        Raises:
            Inapplicable: It makes no sense for the task.
            Unavailable: What it needs of the task is not there.
        """


class Source(typing.Protocol):
    """Where data of one origin is read. `hub` and its mirrors are built in.

    Attributes:
        name: As in `Data.origin`.
    """

    name: str

    def revision(self, data: Data) -> str:
        """Immutable name of what is read now: a commit, or a digest."""

    def splits(self, data: Data, config: str) -> tuple[str, ...] | None:
        """The data set's own names of the splits that exist; None where nobody lists them.

        Raises Unavailable where the configuration does not exist.
        """

    def table(self, data: Data, config: str, split: str) -> pa.Table:
        """All rows of a split. Integer class labels are already names where the data set names them."""


@dataclass(frozen=True)
class Passages:
    """Texts of one language to pretrain on.

    Attributes:
        texts: One passage each; in a parallel corpus, passage i says the same in every language.
        restated: Passage i in other words of the same language; () where nobody restated them.
    """

    texts: tuple[str, ...]
    restated: tuple[str, ...] = ()


class Corpus(typing.Protocol):
    """What `xbench pretrain` learns from. A folder of text files is built in."""

    @property
    def name(self) -> str:
        """As in `--corpus`."""

    @property
    def parallel(self) -> bool:
        """Whether passage i of a language says the same as passage i of every other."""

    @property
    def about(self) -> str:
        """What it is and under which licence, for the card of whoever learns from it; sentences."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Canonical tags."""

    def revision(self) -> str:
        """Immutable name of what is read now: a digest, or the version of what generates it."""

    def passages(self, language: str, split: Split) -> Passages:
        """The passages of a language: `train`, or `dev`, which nothing is learned from."""
