"""Whether a checkpoint is the one that was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xbench.errors import XbenchError
from xbench.pretraining.point import Point
from xbench.pretraining.record import NAME, Record, remedy

_SMALL = 0.5
"""A loss below this may differ as much as one of this size: what is left of it is mostly noise."""


@dataclass(frozen=True)
class Pair:
    """A held-out number, then and now.

    Attributes:
        name: What it is.
        then: As it was recorded.
        now: As it is.
        allowed: How far the two may be apart.
    """

    name: str
    then: float
    now: float
    allowed: float

    @property
    def near(self) -> bool:
        """Whether they are near enough."""
        return abs(self.now - self.then) <= self.allowed

    def __str__(self) -> str:
        return f"{self.name}: {self.then:.4g} recorded, {self.now:.4g} now"


def pairs(then: Point, now: Point, tolerance: float) -> Iterator[Pair]:
    """The held-out numbers of two checkpoints that were made alike.

    Args:
        then: Of the record.
        now: Of the checkpoint that was built by it.
        tolerance: Points of retrieval, and per cent of a loss.
    """
    for name, loss in then.losses.items():
        yield Pair(name, loss, now.losses[name], tolerance / 100 * max(_SMALL, loss))
    if then.retrieval is not None and now.retrieval is not None:
        yield Pair("retrieval", then.retrieval, now.retrieval, tolerance)


def check(model: Record, made: Record, tolerance: float) -> Iterator[str]:
    """Compares a checkpoint with the one whose recipe it was built by.

    Yields:
        What is compared, line by line; or why nothing is.

    Raises:
        XbenchError: A number is not as it was recorded.
    """
    # Where a corpus lies says nothing of what it holds: its revision does.
    differences = [name for name in model.recipe.differences(made.recipe) if name != "corpus"]
    if differences:
        yield f"not compared: other {', '.join(differences)} than recorded"
        return
    found = list(pairs(model.last, made.last, tolerance))
    yield from map(str, found)
    far = [pair for pair in found if not pair.near]
    if far:
        raise XbenchError(
            f"the checkpoint is not the one that was recorded: {'; '.join(map(str, far))} (more than "
            f"{tolerance:g} points of retrieval, or per cent of a loss){_reasons(model, made)}"
        )
    yield f"as recorded, within {tolerance:g} points of retrieval and per cent of a loss"


def check_weights(found: Record, now: Point, tolerance: float, folder: Path) -> None:
    """Compares what the weights of a checkpoint make of the held-out passages with what its own record says.

    Raises:
        XbenchError: They are far from it.
    """
    far = [pair for pair in pairs(found.last, now, tolerance) if not pair.near]
    if far:
        raise XbenchError(
            f"the weights in {folder} are not those that its {NAME} is of ({'; '.join(map(str, far))}): "
            f"{remedy(folder)}"
        )


def _reasons(model: Record, made: Record) -> str:
    """What else is different, of what may be a reason."""
    both = {
        "corpus": (model.corpus["revision"], made.corpus["revision"]),
        "tokenizer": (model.model["tokenizer"], made.model["tokenizer"]),
        **{name: (model.machine[name], made.machine[name]) for name in ("device", "threads")},
        **{name: (model.versions.get(name), made.versions.get(name)) for name in made.versions},
    }
    other = [f"{name} was {then}, is {now}" for name, (then, now) in both.items() if then != now]
    return f". What else differs: {'; '.join(other)}" if other else ""
