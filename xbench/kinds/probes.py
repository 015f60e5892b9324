"""What the probes of words check in a declaration: no labels, and a layer that the encoder can have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from xbench.api import Task
from xbench.errors import XbenchError
from xbench.kinds import declarations


def check(task: Task, columns: Mapping[str, bool], settings: Collection[str], metrics: Collection[str]) -> None:
    """Refuses columns, settings, labels, layers and a main metric that a probe does not have.

    Args:
        task: To check.
        columns: Of the kind.
        settings: Of the kind, besides `layers`.
        metrics: That the task may be known by.

    Raises:
        XbenchError: Saying which.
    """
    declarations.check(task, columns, ("layers", *settings), metrics)
    if task.labels:
        raise XbenchError(f"task {task.name}: kind {task.kind} has no labels: remove them")
    layers = task.settings.get("layers", {})
    if not isinstance(layers, Mapping) or not all(_fits(depth, index) for depth, index in layers.items()):
        raise XbenchError(
            f"task {task.name}: setting 'layers' is {layers!r}: give {{number of layers: index into the hidden "
            "states}, such as {12: 8}, with indices from 0 (embeddings) to the number of layers"
        )


def _fits(depth: Any, index: Any) -> bool:
    return isinstance(depth, int) and isinstance(index, int) and depth >= 1 and 0 <= index <= depth
