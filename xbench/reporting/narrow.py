"""A report on some languages and checkpoints alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from xbench.errors import XbenchError, closest
from xbench.languages import Filter, select
from xbench.reporting.columns import Column


def narrow(
    every: Sequence[Column], where: Filter, languages: Sequence[str] = (), checkpoints: Sequence[str] = ()
) -> tuple[Column, ...]:
    """Columns of some checkpoints, with some languages.

    Args:
        every: Columns.
        where: Which languages are meant, by what they are like.
        languages: Codes or English names of those that are meant; empty for all.
        checkpoints: Names; empty for all.

    Raises:
        XbenchError: A name that nothing here has, or nothing is left.
    """
    names = {column.checkpoint for column in every}
    for name in checkpoints:
        if name not in names:
            raise XbenchError(f"no checkpoint {name!r} here: {closest(name, names)}")
    own = [column for column in every if not checkpoints or column.checkpoint in checkpoints]
    if not (where or languages):
        return tuple(own)
    there = sorted({tag for column in own for tag in column.cells})
    kept = where.pick(select(languages, there) if languages else there)
    if own and not kept:
        raise XbenchError(f"no language is left: {where} ({where.counts(there)})")
    return tuple(_only(own, kept))


def _only(every: Sequence[Column], kept: Iterable[str]) -> Iterable[Column]:
    """With these languages, and without the averages that rows state, which are over others."""
    wanted = set(kept)
    for column in every:
        cells = {tag: cell for tag, cell in column.cells.items() if tag in wanted}
        if cells:
            yield replace(column, cells=cells, averages={}, asked=tuple(tag for tag in column.asked if tag in wanted))
