"""Finding tasks, kinds, protocols, sources, panels, suites and corpora, in the tree and in other packages.

The entry point group `xbench.plugins` names packages. Every module of such a package is imported,
and a module attribute called after an axis (`task`, `kind`, `protocol`, `source`, `panel`, `suite`, `corpus`) is
registered under its `name`. So a file dropped into `tasks/` is a task.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from xbench.api import Corpus, Kind, Panel, Protocol, Source, Suite, Task
from xbench.errors import XbenchError, closest

T = TypeVar("T")


@dataclass(frozen=True)
class Axis(Generic[T]):
    """Everything registered on one axis, by name."""

    name: str
    entries: dict[str, T] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> T:
        if name not in self.entries:
            raise XbenchError(f"unknown {self.name} {name!r}: {closest(name, self.entries)}")
        return self.entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.entries))

    def values(self) -> Iterator[T]:
        """All of them, by name."""
        return (self.entries[name] for name in self)

    def add(self, entry: T, where: str) -> None:
        """Registers under the entry's own name; two of one name are an error."""
        name = entry.name  # type: ignore[attr-defined]
        if name in self.entries and self.where[name] != where:
            raise XbenchError(f"two {self.name}s are called {name!r}: {self.where[name]} and {where}; rename one")
        self.entries[name] = entry
        self.where[name] = where


@dataclass(frozen=True)
class Registry:
    """The plugins of this installation."""

    tasks: Axis[Task] = field(default_factory=lambda: Axis("task"))
    kinds: Axis[Kind] = field(default_factory=lambda: Axis("kind"))
    protocols: Axis[Protocol] = field(default_factory=lambda: Axis("protocol"))
    sources: Axis[Source] = field(default_factory=lambda: Axis("source"))
    panels: Axis[Panel] = field(default_factory=lambda: Axis("panel"))
    suites: Axis[Suite] = field(default_factory=lambda: Axis("suite"))
    corpora: Axis[Corpus] = field(default_factory=lambda: Axis("corpus"))

    def scan(self, module: ModuleType, where: str) -> int:
        """Registers what a module declares; returns how much that was."""
        axes: tuple[Axis[Any], ...] = (
            self.tasks, self.kinds, self.protocols, self.sources, self.panels, self.suites, self.corpora
        )  # fmt: skip
        found = [(axis, entry) for axis in axes if (entry := getattr(module, axis.name, None)) is not None]
        for axis, entry in found:
            # A module such as xbench.kinds.task has submodules of these names: only declarations count.
            if hasattr(entry, "name"):
                axis.add(entry, where)
        return len(found)

    def add_file(self, path: Path) -> tuple[str, ...]:
        """Registers the plugins of a file that is in no package (`--task-file`).

        Returns:
            Names of the tasks that it declares.

        Raises:
            XbenchError: It is missing, cannot be imported, or declares nothing.
        """
        if not path.is_file():
            raise XbenchError(f"there is no task file {path}: give the path of a Python file")
        name = f"xbench_file_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise XbenchError(f"{path} is not a Python file: a task file ends in .py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        _execute(str(path), lambda: spec.loader.exec_module(module))
        if not self.scan(module, str(path)):
            raise XbenchError(f"{path} declares nothing: it needs a line `task = Task(...)` (see tasks/README.md)")
        for task in self.tasks.values():
            self.check(task)
        return tuple(task for task in self.tasks if self.tasks.where[task] == str(path))

    def made_by(self, kind: Sequence[Any], where: object) -> Kind:
        """The kind that made predictions, in the version that made them.

        Args:
            kind: Its name and version, as `run.json` has them.
            where: What it made, for the message.

        Raises:
            XbenchError: It is not installed, or in another version.
        """
        name, version = kind
        found = self.kinds[name]
        if found.version != version:
            raise XbenchError(
                f"{where} was made by version {version} of kind {name}, installed is {found.version}: run it again, or "
                "install the xbench that made it"
            )
        return found

    def check(self, task: Task) -> None:
        """Whether a declaration fits its kind. Raises XbenchError where it does not."""
        self.kinds[task.kind].check(task)


@lru_cache(maxsize=1)
def registry() -> Registry:
    """Everything that is installed. A plugin that cannot be imported is an error that names it."""
    found = Registry()
    for entry in sorted(entry_points(group="xbench.plugins"), key=lambda e: (e.value, e.name)):
        package = _execute(f"the plugin package {entry.value}", entry.load)
        found.scan(package, package.__name__)
        for info in pkgutil.iter_modules(getattr(package, "__path__", ())):
            name = f"{package.__name__}.{info.name}"
            found.scan(_execute(name, lambda name=name: importlib.import_module(name)), name)
    for task in found.tasks.values():
        found.check(task)
    return found


def pick(axis: Axis[T], names: Sequence[str]) -> tuple[T, ...]:
    """The named entries, in the order of their names, once each."""
    return tuple({name: axis[name] for name in names}.values())


def load(path: str) -> Any:
    """The attribute behind `package.module:attribute`, such as the head that a kind names."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _execute(what: str, call: Any) -> Any:
    try:
        return call()
    except XbenchError as error:
        raise XbenchError(f"{what}: {error}") from error
    except Exception as error:
        raise XbenchError(f"{what} cannot be imported: {type(error).__name__}: {error}") from error
