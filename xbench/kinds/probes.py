"""What the probes of translation share: no labels, a layer that is fixed beforehand, directions, queries in tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Task
from xbench.errors import XbenchError
from xbench.kinds import declarations

if TYPE_CHECKING:
    import pyarrow as pa

ARROW = "→"
"""Between the languages of a direction."""


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
    declarations.check_no_labels(task)
    layers = task.settings.get("layers", {})
    if not isinstance(layers, Mapping) or not all(_fits(depth, index) for depth, index in layers.items()):
        raise XbenchError(
            f"task {task.name}: setting 'layers' is {layers!r}: give {{number of layers: index into the hidden "
            "states}, such as {12: 8}, with indices from 0 (embeddings) to the number of layers"
        )


def main_layer(depth: int, task: Task) -> int:
    """Index into the hidden states that the task is known by, for an encoder of so many layers.

    Example:
        >>> from xbench.api import Data
        >>> data = Data("owner/name", "main", {}, {}, "", "")
        >>> task = Task("tatoeba", 1, "translation", data, settings={"layers": {24: 14}})
        >>> main_layer(24, task), main_layer(12, task)
        (14, 8)
    """
    # A declaration that was read back from JSON has text for keys.
    layers = {int(known): index for known, index in task.settings.get("layers", {}).items()}
    return layers.get(depth, max(1, round(2 / 3 * depth)))


def spread(values: Sequence[Any], places: np.ndarray, rows: int, type: pa.DataType) -> pa.Array:
    """A column with the values of queries in the first rows that ask them, and nothing elsewhere.

    Args:
        values: One for each query.
        places: The first row of each.
        rows: Length of the column.
        type: Of the values.
    """
    import pyarrow as pa

    found: list[Any] = [None] * rows
    for place, value in zip(places.tolist(), values, strict=True):
        found[place] = value
    return pa.array(found, type)


def _fits(depth: Any, index: Any) -> bool:
    return isinstance(depth, int) and isinstance(index, int) and depth >= 1 and 0 <= index <= depth
