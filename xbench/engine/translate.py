"""Translated rows: what `xbench translate` calls, and `xbench run` before it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xbench.data import Library, made
from xbench.engine.progress import Progress
from xbench.errors import XbenchError
from xbench.planning.making import ToMake, to_make
from xbench.planning.request import Request
from xbench.planning.resolve import resolve_translations
from xbench.planning.show import show_translations
from xbench.plugins import registry
from xbench.stages.make import Models, make


@dataclass(frozen=True)
class Translations:
    """What came of a request for translations.

    Attributes:
        made: Task, language, and how its rows were made.
        gaps: `task language` -> why there are none.
        errors: What failed; the others are finished and kept.
    """

    made: tuple[tuple[str, str, dict[str, Any]], ...]
    gaps: dict[str, str]
    errors: tuple[str, ...]


def translate(request: Request, protocol: str, quiet: bool = False) -> Translations:
    """Makes the translated rows that a request asks for.

    Args:
        request: With a translator.
        protocol: Name of the one that needs them.
        quiet: No progress.

    Raises:
        XbenchError: Bad input; nothing finished is lost.
    """
    library = _library(request)
    makings, gaps, device = resolve_translations(request, protocol, registry(), library)
    errors = make_all(to_make(makings, library, device), library, device, quiet)
    found = [(making, made.facts(making.digest)) for making in makings]
    done = tuple((making.task.name, making.slice.language, facts) for making, facts in found if facts)
    return Translations(done, gaps, tuple(errors))


def preview(request: Request, protocol: str) -> str:
    """What would be made and what that costs, in words."""
    library = _library(request)
    makings, gaps, device = resolve_translations(request, protocol, registry(), library)
    lines = [show_translations(to_make(makings, library, device)) or "to translate: nothing, everything is there"]
    return "\n".join([*lines, *(f"  {name}: unavailable: {reason}" for name, reason in gaps.items())])


def make_all(todo: Sequence[ToMake], library: Library, device: str, quiet: bool) -> list[str]:
    """Makes rows one slice after the other; one that fails stops no other.

    Returns:
        What failed.
    """
    models, errors = Models(device), []
    with Progress(sum(one.segments for one in todo), quiet=quiet, unit="segment") as progress:
        for one in todo:
            name = one.making.task.name
            progress.start(f"translate {name} {one.making.slice.split} {one.making.languages}", one.segments)
            try:
                make(one.making, library, models, progress.tick)
            except XbenchError as error:
                errors.append(f"{name}, translation {one.making.languages}: {error}")
    models.forget()
    return errors


def _library(request: Request) -> Library:
    return Library(request.mirror, tuple(registry().sources.values()))
