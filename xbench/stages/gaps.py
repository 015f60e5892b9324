"""`unavailable.json`: what was asked for and cannot be had, so that no table forgets it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from xbench.api import Task
from xbench.jobs import Gap
from xbench.plugins import Registry
from xbench.store.files import write_json
from xbench.store.layout import Store
from xbench.store.locks import hold
from xbench.store.results import read_gaps


def record(gaps: Iterable[Gap], tasks: Mapping[str, Task], registry: Registry, store: Store) -> None:
    """Adds gaps to the results folder. A language that is scored later is no gap any more then."""
    asked: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for gap in gaps:
        asked[gap.checkpoint, gap.task, gap.protocol][gap.language] = gap.reason
    for (checkpoint, name, protocol), languages in asked.items():
        path = store.gaps(checkpoint, name, protocol)
        task = tasks[name]
        with hold(store.lock):
            known = read_gaps(path)["languages"] if path.is_file() else {}
            write_json(
                path,
                {
                    "checkpoint": checkpoint,
                    "task": name,
                    "protocol": protocol,
                    "metric": registry.kinds[task.kind].main(task),
                    "source_language": task.source_language,
                    "languages": dict(sorted({**known, **languages}.items())),
                },
            )
