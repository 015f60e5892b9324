"""A comparison as the page has it: averages at a glance, sentences, what could not be compared, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.overview import overview, refusals
from xbench.reporting.comparison.words import sentences
from xbench.reporting.markup import Texts
from xbench.reporting.page.pictures import address


@dataclass(frozen=True)
class Compared:
    """A comparison for a page.

    Attributes:
        found: What was compared.
        paths: The files that say all of it.
    """

    found: Answer
    paths: Sequence[Path]


@dataclass(frozen=True)
class Section:
    """What stands in the page.

    Attributes:
        first: The checkpoint that others are compared with.
        table: Averages; None where nothing could be compared.
        told: Title and sentences of every comparison.
        refused: Sentences on what could not be compared.
        files: Name and address of the files that say all of it.
    """

    first: str
    table: Texts | None
    told: Sequence[tuple[str, Sequence[str]]]
    refused: Sequence[str]
    files: Sequence[tuple[str, str]]


def section(compared: Compared, folder: Path) -> Section:
    """A comparison as it stands in the page; pictures stand among those of the page.

    Args:
        compared: The comparison.
        folder: Of the page.
    """
    found = compared.found
    return Section(
        first=found.checkpoints[0],
        table=overview(found) if found.comparisons else None,
        told=[(f"{one.other} against {one.first}: {one.title}", sentences(one)) for one in found.comparisons],
        refused=refusals(found),
        files=[(path.name, address(path, folder)) for path in compared.paths if path.suffix in (".csv", ".md")],
    )
