"""Boards: what the scores of different checkpoints can be compared on, and why others are kept apart.

A board is a task under a protocol, with everything in a signature that is not the checkpoint's own: version, split,
metric and mode, training rows and who made them, recipe, layer, direction, and the very test rows of each language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from xbench.reporting.columns import Column
from xbench.reporting.names import some
from xbench.reporting.series import agrees, difference, differing
from xbench.store.keys import digest
from xbench.store.series import TESTED
from xbench.store.signature import neutral, parse, signature

Row = tuple[str, str]
"""Checkpoint and revision (its first 8 characters), which is empty where nobody says it."""


@dataclass(frozen=True)
class Board:
    """Columns that can be compared.

    Attributes:
        task: Name of the task.
        protocol: Name of the protocol.
        metric: Name of its main metric; empty if nothing has a score.
        pinned: Everything else that all columns share, as a signature.
        difference: What sets it apart from other boards of its task and protocol; empty if there are none.
        columns: Checkpoint and revision -> column.
    """

    task: str
    protocol: str
    metric: str
    pinned: str
    difference: str
    columns: Mapping[Row, Column]

    @property
    def name(self) -> str:
        """What heads it: never equal for two boards."""
        return f"{self.task} {self.protocol}" + (f" ({self.difference})" if self.difference else "")

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Languages that any column was asked for, sorted."""
        return tuple(sorted({tag for column in self.columns.values() for tag in column.cells}))

    @property
    def limited(self) -> bool:
        """Whether only the first rows were used."""
        return "limit" in parse(self.pinned)

    @property
    def self_aligned(self) -> bool:
        """Whether each checkpoint aligned its own training rows."""
        return f"/{TESTED}:" in parse(self.pinned).get("translator", "")


def boards(every: Sequence[Column]) -> tuple[Board, ...]:
    """Sorts columns into boards, in the order of the columns.

    A column without any score knows little of its signature: it stands on every board that it agrees with and on which
    its checkpoint has no other.
    """
    groups: dict[tuple[str, str, str, str], list[_Group]] = {}
    for column in every:
        if column.scored:
            _place(column, groups.setdefault((column.task, column.protocol, column.metric, _pinned(column)), []))
    lost = [column for column in every if not column.scored]
    found = [
        Board(task, protocol, metric, _told(pinned, group, several), "", group.columns)
        for (task, protocol, metric, pinned), several in groups.items()
        for group in several
    ]
    for column in lost:
        row = row_of(column)
        homes = [one for one in found if (one.task, one.protocol) == (column.task, column.protocol)]
        homes = [one for one in homes if agrees(_without_checkpoint(column.series), one.pinned)]
        if not homes:
            said = _without_checkpoint(column.series)
            homes = [Board(column.task, column.protocol, column.metric, said, "", {})]
            found += homes
        for home in homes:
            if all(row[0] != other[0] for other in home.columns):
                assert isinstance(home.columns, dict)
                home.columns[row] = column
    return tuple(_named(found))


def row_of(column: Column) -> Row:
    """Whose a column is."""
    return column.checkpoint, parse(column.series).get("checkpoint", "")


def apart(every: Sequence[Board]) -> list[str]:
    """A sentence for every task and protocol that is several boards: in which part they differ, and who is where."""
    groups: dict[tuple[str, str], list[Board]] = {}
    for board in every:
        groups.setdefault((board.task, board.protocol), []).append(board)
    return [_why(place, several) for place, several in groups.items() if len(several) > 1]


@dataclass
class _Group:
    """Columns whose test and training rows are the same wherever they share a language."""

    columns: dict[Row, Column] = field(default_factory=dict)
    rows: dict[str, tuple[str, str]] = field(default_factory=dict)


def _place(column: Column, several: list[_Group]) -> None:
    """Puts a column into the first group that it does not contradict."""
    rows = {tag: (cell.data, cell.own) for tag, cell in column.scored.items()}
    for group in several:
        if all(group.rows.get(tag, known) == known for tag, known in rows.items()):
            break
    else:
        group = _Group()
        several.append(group)
    group.columns[row_of(column)] = column
    group.rows.update(rows)


def _pinned(column: Column) -> str:
    """What a column may share with those of other checkpoints."""
    cells = list(column.scored.items())
    modes = sorted({cell.mode for _, cell in cells})
    layers = sorted({cell.layer for _, cell in cells if cell.layer is not None})
    directions = sorted({neutral(cell.direction, tag) for tag, cell in cells if cell.direction})
    mode = parse(modes[0]) or {"mode": modes[0]} if len(modes) == 1 else {"mode": " or ".join(modes)}
    own = {"metric": column.metric, **mode, "layer": _joined(layers), "direction": _joined(directions)}
    return signature({**parse(_without_checkpoint(column.series)), **own})


def _joined(values: Sequence[object]) -> str:
    return "+".join(map(str, values))


def _without_checkpoint(series: str) -> str:
    return signature({key: value for key, value in parse(series).items() if key != "checkpoint"})


def _told(pinned: str, group: _Group, several: Sequence[_Group]) -> str:
    """With digests of those rows on which groups that agree in all else do not agree."""
    tags = _contradicted(several)
    found = {}
    for key, place in (("data", 0), ("own", 1)):
        own = {tag: group.rows[tag][place] for tag in tags[place] if tag in group.rows}
        found[key] = digest(own)[:8] if tags[place] else ""
    return signature({**parse(pinned), **found})


def _contradicted(several: Sequence[_Group]) -> tuple[list[str], list[str]]:
    """Languages on whose test rows, and on whose own training rows, groups do not agree."""
    every = sorted({tag for group in several for tag in group.rows})
    said = {tag: [group.rows[tag] for group in several if tag in group.rows] for tag in every}
    test, train = ([tag for tag in every if len({one[place] for one in said[tag]}) > 1] for place in (0, 1))
    return test, train


def _named(found: Sequence[Board]) -> Iterator[Board]:
    """With what sets boards of one task and protocol apart."""
    for board in found:
        rivals = [one.pinned for one in found if (one.task, one.protocol) == (board.task, board.protocol)]
        told = difference(board.pinned, differing(rivals))
        yield Board(board.task, board.protocol, board.metric, board.pinned, told, board.columns)


def _why(place: tuple[str, str], several: Sequence[Board]) -> str:
    keys = differing(board.pinned for board in several)
    parts = [_WORDS.get(key, key) for key in keys if key != "data"]
    # What is limited has other rows because of that.
    if tags := _other_rows([board for board in several if not board.limited]):
        parts.append(f"test rows of {some(tags)}")
    where = "; ".join(
        f"{board.difference or 'nothing said'}: {some(sorted({checkpoint for checkpoint, _ in board.columns}))}"
        for board in several
    )
    return f"{' '.join(place)} is {len(several)} columns, since they differ in {', '.join(parts)} ({where})"


_WORDS = {
    "own": "training rows of each language", "train": "training rows", "made_by": "who made these",
    "translator": "who translates", "mode": "mode of the metric", "version": "version of the task",
    "source": "source language", "limit": "limit on rows", "kind": "kind or its version",
    "max_length": "maximum length",
}  # fmt: skip
"""Keys of signatures that do not speak for themselves."""


def _other_rows(several: Sequence[Board]) -> list[str]:
    """The languages whose test rows differ between boards."""
    rows: dict[str, set[str]] = {}
    for board in several:
        for column in board.columns.values():
            for tag, cell in column.scored.items():
                rows.setdefault(tag, set()).add(cell.data)
    return [tag for tag, known in rows.items() if len(known) > 1]
