"""What a pretraining that was killed continues from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from xbench.errors import XbenchError
from xbench.pretraining.point import Point
from xbench.store.files import write


@dataclass
class State:
    """How far it is. Chance needs no place here: each step's draws depend on the seed and its number alone.

    Attributes:
        step: Steps that are done.
        points: Held-out numbers so far.
        seconds: Spent so far, on whatever machine.
    """

    step: int = 0
    points: list[Point] = field(default_factory=list)
    seconds: float = 0.0


def save(path: Path, made_by: str, state: State, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Writes everything, whole or not at all.

    Args:
        path: The file.
        made_by: What it is the state of; nothing else continues from it.
        state: How far it is.
        model: With its weights.
        optimizer: With its moments.
    """
    content = {
        "made_by": made_by,
        "step": state.step,
        "points": [asdict(point) for point in state.points],
        "seconds": state.seconds,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
    }

    def fill(draft: Path) -> None:
        # Given a path, torch hides why it cannot write; a file of Python's says it.
        with draft.open("wb") as file:
            torch.save(content, file)

    write(path, fill)


def load(path: Path, made_by: str) -> dict[str, Any] | None:
    """What was saved, None if nothing was.

    Raises:
        XbenchError: The file is damaged, or is the state of something else.
    """
    if not path.is_file():
        return None
    try:
        content: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        its_own = content["made_by"]
    except Exception as error:
        raise _damaged(path) from error
    if its_own != made_by:
        raise XbenchError(
            f"{path} is the state of another pretraining (other options, or another corpus): give the options that it "
            "was begun with, choose another --out, or delete it"
        )
    return content


def restore(content: dict[str, Any], path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> State:
    """Sets model and optimiser to what was saved; returns how far they are.

    Raises:
        XbenchError: What was saved does not fit them.
    """
    try:
        model.load_state_dict(content["model"])
        optimizer.load_state_dict(content["optimizer"])
        return State(content["step"], [Point(**point) for point in content["points"]], content["seconds"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> XbenchError:
    return XbenchError(f"{path} is damaged: delete it and run the same command again (pretraining starts anew)")
