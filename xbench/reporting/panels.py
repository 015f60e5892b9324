"""The sets of languages that a leaderboard averages over."""

from __future__ import annotations

from collections.abc import Sequence

from xbench.languages import SEEN, TRAITS, Pretraining, trait
from xbench.reporting.boards import Board
from xbench.reporting.columns import Column, panels
from xbench.reporting.traits import by_value

COMMON = "common"
"""The languages that all compared checkpoints have."""

_PRETRAINING = {"seen": "seen", "unseen": "unseen", "unknown": "pretraining unknown"}
"""What a language was in pretraining -> the panel of such languages, which is another one for each checkpoint."""

BY_CHECKPOINT = tuple(_PRETRAINING.values())


def sets(board: Board) -> tuple[str, ...]:
    """Panels that are not properties of languages: `common`, `all`, `target`, and the task's own."""
    own = panels(board.columns.values())
    return (COMMON, "all", "target", *(name for name in own if name not in ("all", "target")))


def members(board: Board, column: Column, pretraining: Pretraining) -> dict[str, tuple[str, ...]]:
    """The panels of a board whose languages are known here, for one of its columns.

    `all` is what anybody was asked for on this board; `target` leaves out the languages that training starts from.

    Args:
        board: The board.
        column: One of its columns.
        pretraining: Who was pretrained on what.
    """
    asked = board.asked
    sources = column.source.split("+")
    seen = {tag: _PRETRAINING[SEEN[pretraining.seen(column.checkpoint, tag)]] for tag in asked}
    return {
        "all": asked,
        "target": tuple(tag for tag in asked if tag not in sources),
        **{name: tuple(tag for tag in asked if seen[tag] == name) for name in BY_CHECKPOINT},
    }


def groups(asked: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Property -> value -> languages, the values in the order of every picture.

    Example:
        >>> groups(["de", "hi", "mr"])["script"]
        {'script:Deva': ('hi', 'mr'), 'script:Latn': ('de',)}
    """
    found = {name: by_value({tag: trait(name, tag) for tag in asked}) for name in TRAITS}
    return {name: {f"{name}:{value}": own for value, own in values.items()} for name, values in found.items()}


def all_groups(asked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The groups of all properties."""
    return {name: tags for values in groups(asked).values() for name, tags in values.items()}
