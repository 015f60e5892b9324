"""Who stands where: averages of every checkpoint on every board, and ranks over what all of them have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from xbench.errors import XbenchError, closest
from xbench.languages import Pretraining
from xbench.reporting.averages import Average, Groups, Values, grouped, stated, values
from xbench.reporting.boards import Board, Row, apart, boards, row_of
from xbench.reporting.columns import Column
from xbench.reporting.names import some
from xbench.reporting.panels import BY_CHECKPOINT, COMMON, all_groups, members, sets

_NOTHING = "not ranked: shares no column with the others"
_LIMITED = "not ranked: limited to the first rows"
_ALIGNED = "not ranked: its training rows were aligned by the checkpoint itself"
_UNSCORED = "not ranked: it has no score"
_MOST = 5
"""Checkpoints that are named in a sentence."""


@dataclass(frozen=True)
class Line:
    """A checkpoint.

    Attributes:
        checkpoint: Its name.
        revision: First characters of its revision; empty unless the name stands for several.
        averages: Name of a board -> panel -> average; a board that it was not run on is not there.
        mean: Over the shared boards of the average over the ranked panel; None where it has no rank.
        rank: From 1; equal means share one.
        why: What the rank is over, or why there is none.
        marks: What to know of its numbers.
    """

    checkpoint: str
    revision: str
    averages: Mapping[str, Mapping[str, Average]]
    mean: float | None
    rank: int | None
    why: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Standings:
    """All checkpoints on all boards.

    Attributes:
        boards: In the order of the scores.
        lines: The best first; those without a rank by name.
        panel: What ranks are over.
        notes: What is kept apart and why, and what to know besides.
    """

    boards: tuple[Board, ...]
    lines: tuple[Line, ...]
    panel: str
    notes: tuple[str, ...]

    def only(self, what: str) -> Standings:
        """With a note that this is of a part of the results alone; as it is where `what` is empty."""
        return replace(self, notes=(f"Only {what}.", *self.notes)) if what else self

    def panels(self, board: Board) -> tuple[str, ...]:
        """Names of all panels that any line has on a board, in one order."""
        known = {name for line in self.lines for name in line.averages.get(board.name, ())}
        order = [*sets(board), *BY_CHECKPOINT, *all_groups(board.asked)]
        return tuple(name for name in order if name in known)


def standings(every: Sequence[Column], pretraining: Pretraining | None = None, panel: str = COMMON) -> Standings:
    """Averages and ranks.

    Ranks are over the boards that every ranked checkpoint has a score on, and there over `panel`: unless told
    otherwise the languages that all of them have, so that nobody gains by failing on a hard one. Where no board has
    everybody, they are over those that share one with most others. Limited runs, and those whose translated training
    rows the checkpoint itself aligned, have no rank. Degenerate runs count.

    Args:
        every: Columns of all tasks.
        pretraining: What checkpoints were pretrained on; None for what the language table knows.
        panel: What ranks are over.

    Raises:
        XbenchError: There is no such panel, or its languages differ by checkpoint.
    """
    rows = _rows(every)
    known = _known(boards(every), rows, pretraining or Pretraining())
    averages = {row: _averages(row, known) for row in rows}
    _check_panel(panel, averages.values())
    shared = known.shared(panel, averages)
    means = {row: _mean(averages[row], shared, panel) for row in known.ranked} if shared else {}
    lines = [_line(row, rows, averages[row], known, means, shared, panel) for row in rows]
    notes = (*known.said(shared, panel), *apart(known.boards), *_twice(rows), *known.shrunk(shared))
    return Standings(known.boards, tuple(sorted(lines, key=_order)), panel, notes)


@dataclass(frozen=True)
class _Known:
    """What every line is made from.

    Attributes:
        scores: Name of a board -> whose -> scores.
        ranked: Who is compared.
        common: Name of a board -> languages that all compared checkpoints have there.
        groups: Name of a board -> groups of its languages.
    """

    boards: tuple[Board, ...]
    scores: Mapping[str, Mapping[Row, Values]]
    ranked: Sequence[Row]
    common: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, Groups]
    pretraining: Pretraining

    def shared(self, panel: str, averages: Mapping[Row, Mapping[str, Mapping[str, Average]]]) -> list[Board]:
        """Boards that ranks are over."""
        found = [board for board in _open(self.boards) if self.ranked and self.common[board.name]]
        found = [board for board in found if all(row in self.scores[board.name] for row in self.ranked)]
        if panel == COMMON:
            return found
        own = {board.name: [averages[row][board.name].get(panel) for row in self.ranked] for board in found}
        return [board for board in found if all(one and one.complete for one in own[board.name])]

    def said(self, shared: Sequence[Board], panel: str) -> list[str]:
        """What ranks are over, in a sentence."""
        if not shared:
            lack = "" if panel == COMMON else f" in which all have the whole of {panel}"
            return [f"Nobody is ranked: no two checkpoints share a column{lack}."]
        if panel != COMMON:
            return [f"Ranks are over the mean of the averages over {panel}: {'; '.join(one.name for one in shared)}."]
        counts: dict[str, list[str]] = {}
        for board in shared:
            counts.setdefault(f"{len(self.common[board.name])} of {len(board.asked)}", []).append(board.name)
        told = [f"{count} on {', '.join(names)}" for count, names in counts.items()]
        return [f"Ranks are over the languages that all ranked checkpoints have (common): {'; '.join(told)}."]

    def shrunk(self, shared: Sequence[Board]) -> list[str]:
        """Who lacks languages that others have, so that ranks are over fewer."""
        found = []
        for board in shared:
            have = {row[0]: {*self.scores[board.name][row].places} for row in self.ranked}
            told = [f"{name} lacks {some(lack)}" for name, tags in have.items() if (lack := {*board.asked} - tags)]
            more = f"; and {len(told) - _MOST} more" if len(told) > _MOST else ""
            found += [f"{board.name}: {'; '.join(told[:_MOST])}{more}"] if told else []
        return found


def _known(known: tuple[Board, ...], rows: Sequence[Row], pretraining: Pretraining) -> _Known:
    scores = {board.name: {row: values(column) for row, column in _scored(board, rows).items()} for board in known}
    ranked = _compared(_open(known), rows, scores)
    common = {board.name: _common(scores[board.name], ranked) for board in known}
    sizes = {board.name: grouped(all_groups(board.asked)) for board in known}
    return _Known(known, scores, ranked, common, sizes, pretraining)


def _open(known: Sequence[Board]) -> list[Board]:
    """Those that can give a rank."""
    return [board for board in known if not board.limited and not board.self_aligned]


def _rows(every: Sequence[Column]) -> list[Row]:
    """Checkpoints; one that nobody knows the revision of only where its name has no other."""
    found = list(dict.fromkeys(row_of(column) for column in every))
    named = {checkpoint for checkpoint, revision in found if revision}
    return [row for row in found if row[1] or row[0] not in named]


def _scored(board: Board, rows: Iterable[Row]) -> dict[Row, Column]:
    return {row: board.columns[row] for row in rows if row in board.columns and board.columns[row].scored}


def _column(board: Board, row: Row) -> Column | None:
    return board.columns.get(row) or board.columns.get((row[0], ""))


def _compared(open_: Sequence[Board], rows: Sequence[Row], scores: Mapping[str, Mapping[Row, Values]]) -> list[Row]:
    """Those that share a board: all that have any, if there is one; else most of them."""
    candidates = [row for row in rows if any(row in scores[board.name] for board in open_)]
    on = {board.name: [row for row in candidates if row in scores[board.name]] for board in open_}
    largest = max(on.values(), key=len, default=[])
    return largest if len(largest) > 1 or len(candidates) == 1 else []


def _common(scores: Mapping[Row, Values], ranked: Sequence[Row]) -> tuple[str, ...]:
    """Languages of all compared checkpoints that stand there, or of all others where none of them does."""
    own = [set(one.places) for row, one in scores.items() if row in ranked] or [
        set(one.places) for one in scores.values()
    ]
    return tuple(sorted(set.intersection(*own))) if own else ()


def _averages(row: Row, known: _Known) -> dict[str, dict[str, Average]]:
    found: dict[str, dict[str, Average]] = {}
    for board in known.boards:
        column = _column(board, row)
        if column is None:
            continue
        own = known.scores[board.name].get(row) or values(column)
        averages = {COMMON: own.over(known.common[board.name], board.asked)}
        sizes = members(board, column, known.pretraining)
        averages |= {name: own.over(tags) for name, tags in sizes.items() if tags}
        averages |= known.groups[board.name].averages(own)
        for name, cell in column.averages.items():
            if name not in averages:
                averages[name] = stated(cell, column.count(name))
        found[board.name] = averages
    return found


def _check_panel(panel: str, every: Iterable[Mapping[str, Mapping[str, Average]]]) -> None:
    if panel in BY_CHECKPOINT:
        raise XbenchError(f"--panel {panel}: it is other languages for each checkpoint; ranks need the same for all")
    valid = {name for own in every for averages in own.values() for name in averages} - {*BY_CHECKPOINT}
    if panel != COMMON and panel not in valid:
        raise XbenchError(f"no panel {panel!r} here: {closest(panel, valid)}")


def _mean(own: Mapping[str, Mapping[str, Average]], shared: Sequence[Board], panel: str) -> float:
    return fmean(score for board in shared if (score := own[board.name][panel].score) is not None)


def _line(
    row: Row,
    rows: Sequence[Row],
    averages: Mapping[str, Mapping[str, Average]],
    known: _Known,
    means: Mapping[Row, float],
    shared: Sequence[Board],
    panel: str,
) -> Line:
    twins = [other for other in rows if other[0] == row[0]]
    revision = row[1] if len(twins) > 1 else ""
    mean = means.get(row)
    rank = None if mean is None else 1 + sum(other > mean for other in means.values())
    if mean is None:
        why = _unranked(row, [board for board in known.boards if board.name in averages], averages)
    else:
        told = [f"{board.name} ({averages[board.name][panel].count} languages)" for board in shared]
        why = f"{panel}: {'; '.join(told)}"
    return Line(row[0], revision, averages, mean, rank, why, _marks(averages))


def _unranked(row: Row, own: Sequence[Board], averages: Mapping[str, Mapping[str, Average]]) -> str:
    scored = [board for board in own if averages[board.name]["all"].score is not None]
    if not scored:
        return _UNSCORED
    if all(board.limited for board in scored):
        return _LIMITED
    return _ALIGNED if all(board.limited or board.self_aligned for board in scored) else _NOTHING


def _marks(averages: Mapping[str, Mapping[str, Average]]) -> tuple[str, ...]:
    single = [name for name, own in averages.items() if own["all"].seeds == 1]
    fallen = [name for name, own in averages.items() if own["all"].degenerate]
    found = [f"one seed: {', '.join(single)}"] if single else []
    return (*found, *([f"degenerate fits: {', '.join(fallen)}"] if fallen else []))


def _order(line: Line) -> tuple[bool, int, str, str]:
    return line.rank is None, line.rank or 0, line.checkpoint, line.revision


def _twice(rows: Sequence[Row]) -> list[str]:
    """A name that stands for two checkpoints."""
    revisions: dict[str, list[str]] = {}
    for checkpoint, revision in rows:
        revisions.setdefault(checkpoint, []).append(revision or "unknown")
    return [
        f"{checkpoint} is here under {len(own)} revisions ({', '.join(own)}): each has a line of its own, and no "
        "average mixes them; remove the folders of the old one, or run one of them under another name"
        for checkpoint, own in revisions.items()
        if len(own) > 1
    ]
