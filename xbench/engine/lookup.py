"""A request with everything that its names stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xbench.data import Library
from xbench.planning.cost import Cost, cost
from xbench.planning.request import Request
from xbench.planning.resolve import Resolved, resolve
from xbench.planning.show import show
from xbench.plugins import Registry, registry


@dataclass(frozen=True)
class Known:
    """What a request means on this machine.

    Attributes:
        request: As it was asked.
        registry: The plugins, those of the request's files included.
        library: The data: the mirror's or the Hub's, and those of plugins.
        resolved: The plan, and what was looked up for it.
    """

    request: Request
    registry: Registry
    library: Library
    resolved: Resolved

    def cost(self, out: Path) -> Cost:
        """What of the plan is left to do."""
        return cost(self.resolved.plan, out, self.resolved.facts, self.resolved.devices)

    def show(self, price: Cost, out: Path) -> str:
        """The plan and its cost, in words."""
        return show(self.resolved.plan, price, out)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the data before numbers are compared."""
        notes = {self.library.note(task.data): None for task in self.resolved.tasks.values()}
        return tuple(note for note in notes if note)


def look_up(request: Request, expect: Callable[[tuple[str, ...]], None] = lambda _: None) -> Known:
    """Finds everything that a request names.

    Args:
        request: What is asked for.
        expect: Is told of the devices as soon as they are known.

    Raises:
        XbenchError: A name that nothing has.
    """
    found = registry()
    library = Library(request.mirror, tuple(found.sources.values()))
    return Known(request, found, library, resolve(request, found, library, expect))
