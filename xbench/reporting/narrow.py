"""A report on some languages and checkpoints alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from xbench.errors import XbenchError, closest
from xbench.languages import Filter, select
from xbench.reporting.columns import Column


@dataclass(frozen=True)
class Choice:
    """Which part of the results is meant; what is empty chooses nothing.

    Attributes:
        where: Languages, by what they are like.
        languages: Codes or English names.
        checkpoints: Names.
    """

    where: Filter = field(default_factory=Filter)
    languages: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.where or self.languages or self.checkpoints)

    def __str__(self) -> str:
        """In a sentence: `languages: de, fr; script Latn; checkpoints: a, b`; empty if everything is meant."""
        told = [f"languages: {', '.join(self.languages)}"] if self.languages else []
        told += [str(self.where)] if self.where else []
        return "; ".join([*told, *([f"checkpoints: {', '.join(self.checkpoints)}"] if self.checkpoints else [])])


def narrow(every: Sequence[Column], choice: Choice) -> tuple[Column, ...]:
    """Columns of some checkpoints, with some languages.

    Args:
        every: Columns.
        choice: What is meant.

    Raises:
        XbenchError: A name that nothing here has, or nothing is left.
    """
    names = {column.checkpoint for column in every}
    for name in choice.checkpoints:
        if name not in names:
            raise XbenchError(f"no checkpoint {name!r} here: {closest(name, names)}")
    own = [column for column in every if not choice.checkpoints or column.checkpoint in choice.checkpoints]
    if not (choice.where or choice.languages):
        return tuple(own)
    there = sorted({tag for column in own for tag in column.cells})
    kept = choice.where.pick(select(choice.languages, there) if choice.languages else there)
    if own and not kept:
        raise XbenchError(f"no language is left: {choice.where} ({choice.where.counts(there)})")
    return tuple(_only(own, kept))


def _only(every: Sequence[Column], kept: Iterable[str]) -> Iterable[Column]:
    """With these languages, and without the averages that rows state, which are over others."""
    wanted = set(kept)
    for column in every:
        cells = {tag: cell for tag, cell in column.cells.items() if tag in wanted}
        if cells:
            yield replace(column, cells=cells, averages={}, asked=tuple(tag for tag in column.asked if tag in wanted))
