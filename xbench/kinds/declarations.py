"""What every kind checks in a task's declaration, and how it reads a label."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from xbench.api import Task
from xbench.data.ranges import overlaps
from xbench.errors import XbenchError, closest


def check(task: Task, columns: Mapping[str, bool], settings: Collection[str], metrics: Collection[str]) -> None:
    """Refuses columns, settings and metrics that the kind does not have.

    Raises:
        XbenchError: With the closest name that it has.
    """
    for data in filter(None, (task.data, task.train)):
        for one, other in overlaps(data.splits):
            raise XbenchError(
                f"task {task.name}: the splits {one} ({data.splits[one]}) and {other} ({data.splits[other]}) of "
                f"{data.repo} share rows: let one begin where the other ends"
            )
        for column in data.columns:
            if column not in columns:
                raise XbenchError(
                    f"task {task.name}: kind {task.kind} has no column {column!r}: {closest(column, columns)}"
                )
        for column, needed in columns.items():
            if needed and column not in data.columns:
                raise XbenchError(f"task {task.name}: the columns of {data.repo} must say which one is {column!r}")
    for setting in task.settings:
        if setting not in settings:
            raise XbenchError(
                f"task {task.name}: kind {task.kind} has no setting {setting!r}: {closest(setting, settings)}"
            )
    if task.main and task.main not in metrics:
        raise XbenchError(
            f"task {task.name}: kind {task.kind} has no metric {task.main!r} here: {closest(task.main, metrics)}"
        )


def check_no_labels(task: Task) -> None:
    """Refuses labels.

    Raises:
        XbenchError: There are some.
    """
    if task.labels:
        raise XbenchError(f"task {task.name}: kind {task.kind} has no labels: remove them")


def check_labels(task: Task) -> None:
    """Refuses fewer than two labels, two of one name, and a `drop` that is not a collection.

    Raises:
        XbenchError: Saying which.
    """
    if len(task.labels) < 2:
        raise XbenchError(
            f"task {task.name}: kind {task.kind} needs at least two labels: list them in the data set's own order"
        )
    twice = sorted({label for label in task.labels if task.labels.count(label) > 1})
    if twice:
        raise XbenchError(f"task {task.name}: the label {twice[0]!r} is listed twice: labels are told apart by name")
    drop = task.settings.get("drop", ())
    if not isinstance(drop, (tuple, list, set, frozenset)):
        raise XbenchError(f"task {task.name}: setting 'drop' is {drop!r}: give a tuple of labels, such as ({drop!r},)")


def label_name(raw: Any, task: Task) -> str | None:
    """The name of a label that a data set gives by name or by its place in `task.labels`.

    Returns:
        None where the task's setting `drop` lists it.

    Raises:
        XbenchError: The task has no such label.
    """
    drop = task.settings.get("drop", ())
    if raw in drop:
        return None
    name = task.labels[raw] if isinstance(raw, int) and 0 <= raw < len(task.labels) else raw
    if name in drop:
        return None
    if name not in task.labels:
        raise XbenchError(
            f"task {task.name} has no label {raw!r}: {closest(str(raw), task.labels)}. Rows without a label "
            "are left out by listing what stands there in the setting 'drop'"
        )
    return str(name)


def listed(raw: Mapping[str, Any], column: str, task: Task) -> list[Any]:
    """The list in a column: a string would fall apart into its characters.

    Raises:
        XbenchError: It is no list.
    """
    value = raw[column]
    if not isinstance(value, (list, tuple)):
        raise XbenchError(
            f"task {task.name}: a row has {value!r} where {column!r} should be a list: check Data.columns"
        )
    return list(value)


def text(raw: Mapping[str, Any], column: str, task: Task) -> str:
    """The text in a column.

    Raises:
        XbenchError: It is no text.
    """
    value = raw[column]
    if not isinstance(value, str):
        raise XbenchError(
            f"task {task.name}: a row has {value!r} where {column!r} should be text: "
            "check Data.columns, or mend the row"
        )
    return value


def identity(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The row's id and its group, where there are any; who reads the rows numbers those without an id.

    Raises:
        XbenchError: The group cannot stand in the name of a metric.
    """
    own = {"id": str(raw["id"])} if "id" in raw else {}
    group = raw.get("group")
    if group is None or group == "":
        return own
    if not isinstance(group, str) or not re.fullmatch(r"[\w-]+", group):
        raise XbenchError(
            f"the group {group!r} is no name: give a word of letters, digits, - and _, or nothing for a row of no group"
        )
    return {**own, "group": group}
