"""The end of a run, in a terminal: a table to take in at a glance, then what is missing and what to beware of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from xbench.errors import general
from xbench.reporting.columns import Column, places
from xbench.reporting.facts import NOTHING, Known
from xbench.reporting.findings import Finding, findings
from xbench.reporting.glance import at_a_glance
from xbench.reporting.names import some

WIDTH = 132
"""Characters of a line where nobody says how many there is room for."""

_PROSE = 110
"""Characters of a line of sentences: longer ones are hard to read, however wide a terminal is."""


def summary(every: Sequence[Column], width: int = WIDTH, known: Known = NOTHING) -> str:
    """A row per task, protocol and checkpoint, then what is unavailable, and every finding.

    A row says the score of the source language, the average with the number of its languages, and
    the five best and the five worst languages apart from the source.

    Args:
        every: The columns of all tasks.
        width: Characters that a line may have.
        known: What is known of languages beside their scores.
    """
    prose = min(width, _PROSE)
    blocks = [*at_a_glance(every, width), *_unavailable(every, prose), *_findings(findings(every, known), prose)]
    return "\n\n".join("\n".join(block) for block in blocks)


def _unavailable(every: Sequence[Column], width: int) -> Iterable[list[str]]:
    """Languages without a score: every reason once, and once what several columns lack for it."""
    reasons: dict[str, dict[tuple[str, ...], list[Column]]] = {}
    for column in every:
        groups: dict[str, list[str]] = {}
        for tag, cell in sorted(column.cells.items()):
            if cell.score is None:
                groups.setdefault(general(cell.reason), []).append(tag)
        for reason, tags in groups.items():
            reasons.setdefault(reason, {}).setdefault(tuple(tags), []).append(column)
    for reason, where in reasons.items():
        lines = _wrapped(f"unavailable: {reason}", "", "  ", width)
        for lacking, own in where.items():
            noun = "language" if len(lacking) == 1 else "languages"
            lines += _wrapped(f"{places(own)}: {len(lacking)} {noun} ({some(lacking)})", "  ", "    ", width)
        yield lines


def _findings(found: Iterable[Finding], width: int) -> Iterable[list[str]]:
    """Each remedy once, beneath everything that it is good for."""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in found:
        groups.setdefault((finding.name, finding.remedy), []).append(finding.text)
    for (name, remedy), texts in groups.items():
        lines = [f"! {name}"]
        for text in [*texts, f"remedy: {remedy}"]:
            lines += _wrapped(text, "  ", "    ", width)
        yield lines


def _wrapped(text: str, first: str, then: str, width: int) -> list[str]:
    # Not at hyphens, which stand in names.
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False)
