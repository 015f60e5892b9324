"""A table of scores as columns: what one checkpoint did on one task under one protocol and signature."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from xbench.errors import XbenchError
from xbench.planning.garbage import not_collected
from xbench.reporting.frame import tidy
from xbench.reporting.series import agrees, difference, differing, limit
from xbench.store.seeds import BySeed, read_by_seed
from xbench.store.signature import mode, part, series

if TYPE_CHECKING:
    import pandas as pd

_COUNTED = re.compile(r"(\d+) of (\d+) languages")


@dataclass(frozen=True)
class Cell:
    """A score, or the reason why there is none.

    Attributes:
        score: 0 to 100; None if unavailable. Never 0 for "missing".
        sd: Standard deviation over seeds; None with one seed.
        seeds: Number of runs; 0 if unavailable or nobody said.
        low, high: 95 % interval, None if there is none.
        chance: What guessing scores, None where that has no meaning.
        examples: Test examples; None if nobody counted.
        status: `ok`, `degenerate` or `unavailable`.
        reason: Of a status other than `ok`.
        note: What the source of its data says of them; mostly empty.
        layer: Hidden state that the score is from, None where it does not apply.
        direction: Such as `en→de`; empty where it does not apply.
        made_by: Who made the training rows; empty if nothing was trained.
        signature: Everything that would change the number.
        by_seed: Score of each seed, as `xbench.store.seeds` reads it.
        mode: What else pins the metric, such as `mode:lenient`.
        data: Digest of the test rows; empty where nobody said.
        own: Digest of the training rows, where every language has a fit of its own.
    """

    score: float | None
    sd: float | None
    seeds: int
    low: float | None
    high: float | None
    chance: float | None
    examples: int | None
    status: str
    reason: str
    note: str
    layer: int | None
    direction: str
    made_by: str
    signature: str
    by_seed: str = ""
    mode: str = ""
    data: str = ""
    own: str = ""


@dataclass(frozen=True)
class Column:
    """The main metric of one checkpoint, task, protocol and series of signatures.

    Attributes:
        series: Signature without its per-row parts.
        metric: Name of the task's main metric; empty if everything is unavailable.
        source: Training languages joined by `+`, or pivot; empty if the rows do not agree on one.
        difference: What sets this column apart from others of its checkpoint, task and protocol.
        cells: Canonical tag -> score of that language.
        averages: Panel -> average over it.
        asked: Languages that anything of this task and protocol was asked for, so that a column
            with fewer of them is seen to have fewer.
    """

    checkpoint: str
    task: str
    protocol: str
    series: str
    metric: str
    source: str
    difference: str
    cells: Mapping[str, Cell]
    averages: Mapping[str, Cell]
    asked: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What heads the column: never equal for two columns of one task."""
        return " · ".join(part for part in (self.checkpoint, self.protocol, self.difference) if part)

    @property
    def variant(self) -> str:
        """The label without the protocol."""
        return " · ".join(part for part in (self.checkpoint, self.difference) if part)

    @property
    def limited(self) -> bool:
        """Whether only the first rows were used: such numbers are no results."""
        return bool(limit(self.series))

    @cached_property
    def scored(self) -> Mapping[str, Cell]:
        """Languages that have a score, degenerate ones included."""
        return {tag: cell for tag, cell in self.cells.items() if cell.score is not None}

    @cached_property
    def by_seed(self) -> Mapping[str, BySeed]:
        """The scores of every seed of those languages."""
        return {tag: read_by_seed(cell.by_seed) for tag, cell in self.scored.items()}

    @property
    def missing(self) -> tuple[str, ...]:
        """Languages without a score, sorted: unavailable ones and those never asked for."""
        return tuple(sorted(set(self.asked) - set(self.scored)))

    def count(self, panel: str) -> tuple[int, int] | None:
        """Languages that an average is over, and languages that it should be over.

        What an average is over is what its own reason says (`mean of 36 of 40 languages`): a
        language that only some seeds have is scored and not in it. What it should be over is known
        here for `all` and `target`; another panel's members are not in the scores, so its reason
        says that too. None if nobody counted.
        """
        said = _COUNTED.search(self.averages[panel].reason) if panel in self.averages else None
        members = {"all": set(self.asked), "target": set(self.asked) - set(self.source.split("+"))}
        if panel == "all" or (panel == "target" and self.source):
            own = members[panel]
            return int(said[1]) if said else len(own & set(self.scored)), len(own)
        return (int(said[1]), int(said[2])) if said else None


@not_collected()
def columns(scores: pd.DataFrame) -> tuple[Column, ...]:
    """Reads the main scores as columns: by task, protocol and checkpoint, each as they first appear.

    An unavailable row states what it knows of the signature; it belongs to every column of its
    checkpoint, task and protocol that agrees with it, and makes a column of its own if none does.

    Args:
        scores: As `scores.csv`.

    Raises:
        XbenchError: The table is not one of scores, or gives two main scores for one place.
    """
    frame = tidy(scores, lambda told: told["main"] | (told["status"] == "unavailable"))
    found: dict[tuple[str, str, str, str, str], list[_Row]] = {}
    lost: list[tuple[tuple[str, str, str], str, str, _Row]] = []
    groups = zip(frame["checkpoint"], frame["task"], frame["protocol"], strict=True)
    for group, metric, row in zip(groups, frame["metric"], _rows(frame), strict=True):
        line = series(row.cell.signature)
        if row.cell.score is None:
            lost.append((group, line, metric, row))
        else:
            found.setdefault((*group, line, metric), []).append(row)
    scored = list(found)
    for group, line, metric, row in lost:
        homes = [key for key in scored if key[:3] == group and agrees(line, key[3])] or [(*group, line, metric)]
        for home in homes:
            found.setdefault(home, []).append(row)
    return _complete([_column(key, rows) for key, rows in found.items()])


class _Row(NamedTuple):
    """A row, beside what tells its column: of a language or over a panel."""

    language: str
    over: str
    source_language: str
    cell: Cell


def _rows(frame: pd.DataFrame) -> Iterable[_Row]:
    return map(_Row, frame["language"], frame["over"], frame["source_language"], cells_of(frame))


def of_task(every: Sequence[Column]) -> dict[str, list[Column]]:
    """Task -> its columns, both in the order given."""
    groups: dict[str, list[Column]] = {}
    for column in every:
        groups.setdefault(column.task, []).append(column)
    return groups


def panels(every: Iterable[Column]) -> list[str]:
    """Panels that any of these columns has an average over: `all`, `target`, then others by name."""
    present = {panel for column in every for panel in column.averages}
    return [p for p in ("all", "target") if p in present] + sorted(present - {"all", "target"})


def metrics(every: Iterable[Column]) -> str:
    """Names of the metrics of these columns, for a heading."""
    return ", ".join(dict.fromkeys(column.metric for column in every if column.metric)) or "no metric"


def places(every: Iterable[Column]) -> str:
    """Where these columns stand, in a sentence: `mini · zero-shot on xnli, pawsx`."""
    tasks: dict[str, list[str]] = {}
    for column in every:
        tasks.setdefault(column.label, []).append(column.task)
    labels: dict[str, list[str]] = {}
    for label, own in tasks.items():
        labels.setdefault(", ".join(own), []).append(label)
    return "; ".join(f"{', '.join(own)} on {named}" for named, own in labels.items())


def _column(key: tuple[str, str, str, str, str], rows: Sequence[_Row]) -> Column:
    checkpoint, task, protocol, line, metric = key
    cells: dict[str, Cell] = {}
    averages: dict[str, Cell] = {}
    for row in rows:
        place = cells if row.language else averages
        name = row.language or row.over
        if name not in place:
            place[name] = row.cell
        elif row.cell.score is not None:
            raise XbenchError(
                f"two main scores of {checkpoint} on {task}, {protocol}, {name} have one signature apart from data and "
                "seeds: remove the older run's folder and let xbench write scores.csv again"
            )
    own = {row.source_language for row in rows if row.language} - {""}
    mean = {row.source_language for row in rows if row.over} - {""}
    sources = own if len(own) == 1 else mean
    source = next(iter(sources)) if len(sources) == 1 else ""
    return Column(checkpoint, task, protocol, line, metric, source, "", cells, averages)


def cells_of(table: pd.DataFrame) -> list[Cell]:
    """The rows of a tidy table as cells, a column at a time: there are tens of thousands."""
    signatures = table["signature"].tolist()
    told: dict[str, Iterable[Any]] = {
        "score": _numbers(table["score"]),
        "sd": _numbers(table["sd"]),
        "seeds": _counts(table["seeds"].fillna(0)),
        "low": _numbers(table["ci_low"]),
        "high": _numbers(table["ci_high"]),
        "chance": _numbers(table["chance"]),
        "examples": _counts(table["examples"]),
        "status": table["status"],
        "reason": table["reason"],
        "note": table["note"],
        "layer": _counts(table["layer"]),
        "direction": table["direction"],
        "made_by": table["train_made_by"],
        "signature": signatures,
        "by_seed": table["by_seed"],
        "mode": map(mode, signatures),
        "data": (part(text, "data") for text in signatures),
        "own": (part(text, "own") for text in signatures),
    }
    return list(map(Cell, *(told[field.name] for field in fields(Cell))))


def _numbers(values: pd.Series) -> list[float | None]:
    # Only NaN differs from itself.
    return [value if value == value else None for value in values.tolist()]


def _counts(values: pd.Series) -> list[int | None]:
    return [int(value) if value == value else None for value in values.tolist()]


def _complete(every: Sequence[Column]) -> tuple[Column, ...]:
    """Adds what can be said only with all columns in sight: differences and the languages asked for."""
    groups: dict[tuple[str, str, str], list[Column]] = {}
    known: dict[str, dict[str, None]] = {}
    for column in every:
        groups.setdefault((column.checkpoint, column.task, column.protocol), []).append(column)
        known.setdefault(column.task, {}).update(dict.fromkeys([column.metric] if column.metric else []))
    asked = _asked(every)
    done = []
    for column in every:
        rivals = groups[column.checkpoint, column.task, column.protocol]
        told = difference(column.series, differing(rival.series for rival in rivals))
        twins = [rival for rival in rivals if rival.series == column.series]
        text = ", ".join(part for part in (told, column.metric if len(twins) > 1 else "") if part)
        # Where everything is unavailable, nobody named the metric: it is the one that the others have.
        metric = column.metric or (next(iter(known[column.task])) if len(known[column.task]) == 1 else "")
        done.append(
            replace(column, difference=text, metric=metric, asked=asked[column.task, column.protocol, column.limited])
        )
    # Tasks, protocols and checkpoints each keep the order in which they first appear.
    orders = [list(dict.fromkeys(key)) for key in zip(*(_place(column) for column in every), strict=True)]
    return tuple(sorted(done, key=lambda c: [order.index(name) for order, name in zip(orders, _place(c), strict=True)]))


def _place(column: Column) -> tuple[str, str, str]:
    return column.task, column.protocol, column.checkpoint


def _asked(every: Sequence[Column]) -> dict[tuple[str, str, bool], tuple[str, ...]]:
    """Task, protocol and whether it is limited -> languages.

    What a limited run tries says nothing about what a full run should have.
    """
    found: dict[tuple[str, str, bool], set[str]] = {}
    for column in every:
        for limited in (False, True):
            if limited or not column.limited:
                found.setdefault((column.task, column.protocol, limited), set()).update(column.cells)
    return {place: tuple(sorted(tags)) for place, tags in found.items()}
