"""Groups of languages that differences are averaged over: panels, and what languages are like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xbench.jobs import task_from
from xbench.languages import TRAITS, UNKNOWN, trait
from xbench.plugins import Registry
from xbench.reporting.traits import by_value

Seen = Callable[[str, str], bool | None]
"""Name of a checkpoint, tag of a language -> whether it was pretrained on it; None where nobody said."""

Groups = Mapping[str, Mapping[str, tuple[str, ...]]]
"""What makes groups -> name of a group -> its languages."""


def groups(
    tags: Sequence[str], run: Mapping[str, Any], registry: Registry, checkpoints: Sequence[str], seen: Seen
) -> Groups:
    """Every group that these languages make; each language is in one group of each kind, and in any number of panels.

    Args:
        tags: Languages that are compared.
        run: `run.json` of one of the runs.
        registry: Where panels are found.
        checkpoints: Names of the two.
        seen: Who was pretrained on what.
    """
    found: dict[str, Mapping[str, tuple[str, ...]]] = {"panel": _panels(tags, run, registry)}
    for name in TRAITS:
        found[name] = by_value({tag: trait(name, tag) for tag in tags})
    found["seen"] = by_value({tag: _seen([seen(name, tag) for name in checkpoints]) for tag in tags})
    return found


def _panels(tags: Sequence[str], run: Mapping[str, Any], registry: Registry) -> dict[str, tuple[str, ...]]:
    task = task_from(run["task"])
    sources = task.source_language.split("+")
    published = {panel.name: panel.languages for panel in registry.panels.values()} | dict(task.panels)
    named = {"target": tuple(tag for tag in tags if tag not in sources)} | {
        name: tuple(tag for tag in tags if tag in members) for name, members in published.items()
    }
    return {"all": tuple(tags), **{name: own for name, own in named.items() if own}}


def _seen(said: Sequence[bool | None]) -> str:
    if None in said:
        return UNKNOWN
    if all(said):
        return "by both"
    if not any(said):
        return "by neither"
    return "by the first alone" if said[0] else "by the other alone"
