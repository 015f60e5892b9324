"""What is compared on a page: boards, on which checkpoints stand side by side, and those who stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xbench.reporting.columns import Column
from xbench.reporting.series import agrees, difference, differing, limit
from xbench.store.signature import mode, neutral, parse, signature

_OWN = "checkpoint"
"""The part of a series that is a checkpoint's own."""


@dataclass(frozen=True)
class Board:
    """A task, protocol and metric with everything else that scores must share to be compared.

    Attributes:
        difference: What sets it apart from other boards of its task and protocol; empty for the only one.
        limit: Rows per slice of a limited run, empty if it is not limited: such numbers are no results.
    """

    task: str
    protocol: str
    metric: str
    difference: str
    limit: str


@dataclass(frozen=True)
class Contender:
    """A checkpoint in one revision.

    Attributes:
        revision: Empty where a name has one revision only.
    """

    name: str
    revision: str


@dataclass(frozen=True)
class Place:
    """A column, and where it stands: numbers of its board and of its contender. No two have the same."""

    column: Column
    board: int
    contender: int


@dataclass(frozen=True)
class Field:
    """All boards, all contenders, and the column of each on each, where there is one."""

    boards: tuple[Board, ...]
    contenders: tuple[Contender, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Key:
    """What columns of different checkpoints must share to be compared.

    Attributes:
        series: Without the checkpoint.
        beside: Metric, mode, layer and direction, as far as all languages share them.
    """

    task: str
    protocol: str
    metric: str
    series: str
    beside: str
    scored: bool = field(compare=False)


def arranged(every: Sequence[Column]) -> Field:
    """Sorts columns by board and contender.

    A column without any score states only a part of what it would have been; it stands on the first board of its
    task and protocol that agrees with it and is free.

    Args:
        every: Of all tasks.
    """
    keys = [_key(column) for column in every]
    rows = _contenders(every)
    who = list(dict.fromkeys(rows))
    known: dict[_Key, None] = dict.fromkeys(key for key in keys if key.scored)
    taken: set[tuple[_Key, int]] = set()
    standing: list[tuple[Column, _Key, int]] = []
    # Those with scores first: they have a board of their own right.
    for column, key, row in sorted(zip(every, keys, rows, strict=True), key=lambda one: not one[1].scored):
        contender = who.index(row)
        home = key if key.scored else _home(key, known, taken, contender)
        known.setdefault(home)
        taken.add((home, contender))
        standing.append((column, home, contender))
    # Tasks keep their order, in them what appears first.
    tasks = {column.task: place for place, column in reversed(list(enumerate(every)))}
    order = {key: place for place, key in enumerate(sorted(known, key=lambda key: tasks[key.task]))}
    places = [Place(column, order[key], contender) for column, key, contender in standing]
    names = [name for name, _ in who]
    contenders = [Contender(name, revision if names.count(name) > 1 else "") for name, revision in who]
    return Field(tuple(_board(key, order) for key in order), tuple(contenders), tuple(places))


def _contenders(every: Sequence[Column]) -> list[tuple[str, str]]:
    """Name and revision of each column's checkpoint. One that states none has that of the others, if they agree."""
    stated = [parse(column.series).get(_OWN, "") for column in every]
    known: dict[str, set[str]] = {}
    for column, revision in zip(every, stated, strict=True):
        known.setdefault(column.checkpoint, set()).update({revision} - {""})
    only = {name: next(iter(several)) for name, several in known.items() if len(several) == 1}
    return [(c.checkpoint, own or only.get(c.checkpoint, "")) for c, own in zip(every, stated, strict=True)]


def _key(column: Column) -> _Key:
    cells = column.scored.items()
    beside: Mapping[str, Collection[object]] = {
        "mode": {mode(cell.signature) for _, cell in cells},
        "layer": {cell.layer for _, cell in cells},
        "direction": {neutral(cell.direction, tag) for tag, cell in cells},
    }
    # Where languages differ among themselves, each cell is compared by itself.
    shared = {name: next(iter(values)) for name, values in beside.items() if len(values) == 1}
    series = signature({name: value for name, value in parse(column.series).items() if name != _OWN})
    return _Key(column.task, column.protocol, column.metric, series, signature(shared), bool(cells))


def _home(own: _Key, known: Iterable[_Key], taken: set[tuple[_Key, int]], contender: int) -> _Key:
    for key in known:
        same = (own.task, own.protocol) == (key.task, key.protocol) and own.metric in ("", key.metric)
        if same and agrees(own.series, key.series) and (key, contender) not in taken:
            return key
    return own


def _board(key: _Key, order: Iterable[_Key]) -> Board:
    rivals = [other for other in order if (other.task, other.protocol) == (key.task, key.protocol)]
    told = [
        difference(key.series, differing(rival.series for rival in rivals)),
        difference(key.beside, differing(rival.beside for rival in rivals)),
    ]
    return Board(key.task, key.protocol, key.metric, ", ".join(filter(None, told)), limit(key.series))
