"""What was measured, as text for a terminal and as Markdown between the marks of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.machine import sentence
from benchmarks.speed.measured import Goal, Part, Timed
from xbench.errors import XbenchError
from xbench.reporting.lines import Entry, arranged
from xbench.store.files import write_text

Table = list[tuple[str, ...]]
"""Rows of cells, the head first."""


def times(part: Part) -> Table:
    """How long everything took, and how that compares; columns that would be empty are left out."""
    head = ("", "seconds", "lowest to highest", "turns", "times as fast", "of the limit", "computed", "peak GiB")
    rows = [head, *(_row(one, part) for one in part.timed)]
    kept = [place for place in range(len(head)) if place == 0 or any(row[place] for row in rows[1:])]
    return [tuple(row[place] for place in kept) for row in rows]


def _row(one: Timed, part: Part) -> tuple[str, ...]:
    faster = part.faster(one)
    return (
        one.name,
        _short(one.median),
        f"{_short(min(one.seconds))} to {_short(max(one.seconds))}",
        str(len(one.seconds)),
        f"{faster:.2f}" if faster is not None else "",
        f"{100 * part.seconds(one.limit) / one.median:.0f} %" if one.limit else "",
        f"{one.computed:.2f}" if one.computed is not None else "",
        f"{one.peak / 2**20:.2f}" if one.peak is not None else "",
    )


def wanted(part: Part) -> Table:
    """Goals, and whether they are met."""
    return [("", "wanted", "measured", ""), *(_goal(one) for one in part.goals)]


def _goal(one: Goal) -> tuple[str, ...]:
    sign = "≥" if one.least else "≤"
    unit = f" {one.unit}" if one.unit else ""
    return one.what, f"{sign} {_short(one.bound)}{unit}", f"{_short(one.value)}{unit}", "met" if one.met else "not met"


def sizes(part: Part) -> Table:
    """Workloads of growing size."""
    head = ("languages", "sub-tokens", "seconds", "peak GiB")
    cells = ((str(p.languages), f"{p.tokens:,}", _short(p.seconds), f"{p.peak / 2**20:.2f}") for p in part.points)
    return [head, *cells]


def consisting(part: Part) -> Table:
    """What things consist of, in percent."""
    names = list(part.shares[0].shares) if part.shares else []
    cells = (
        (one.name, _short(one.seconds), *(f"{100 * one.shares[name]:.0f} %" for name in names)) for one in part.shares
    )
    return [("", "seconds", *names), *cells]


def _short(value: float) -> str:
    """Three digits."""
    if value and abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def as_text(parts: Sequence[Part]) -> str:
    """For a terminal."""
    found: list[str] = []
    for part in parts:
        found += ["", part.title, f"  {part.about}"]
        for table in _tables(part):
            found += ["", *(f"  {line}" for line in aligned(table))]
        found += ["", *(f"  {remark}" for remark in part.remarks)] if part.remarks else []
    return "\n".join(found).lstrip("\n")


def aligned(table: Table) -> list[str]:
    """A table for a terminal, line by line."""
    return arranged([Entry((row[0],), (row[1:],)) for row in table], 1)


def as_markdown(parts: Sequence[Part], picture: str) -> str:
    """For a document.

    Args:
        parts: What was measured, each on its machine.
        picture: Where the picture is, as seen from the document.
    """
    found = [f"![Times of prediction and fine-tuning, and growth]({picture})", ""]
    for part in parts:
        found += [f"### {part.title}", "", f"{part.about}.", f"On {sentence(part.machine)}.", ""]
        for table in _tables(part):
            found += [*map(_line, [table[0], _rule(table[0]), *table[1:]]), ""]
        found += [*part.remarks, ""] if part.remarks else []
    return "\n".join(found).rstrip("\n")


def _tables(part: Part) -> list[Table]:
    every = (times(part), sizes(part), consisting(part), wanted(part))
    return [table for table in every if len(table) > 1]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(head: Sequence[str]) -> tuple[str, ...]:
    return ("---", *("---:" for _ in head[1:]))


def put(document: Path, device: str, text: str) -> None:
    """Puts text between the marks of a document that are of this kind of device, `<!-- cpu -->` and `<!-- /cpu -->`.

    Raises:
        XbenchError: The document has no such marks.
    """
    kind = device.partition(":")[0]
    found = document.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- {kind} -->\n).*?(<!-- /{kind} -->)", re.DOTALL)
    if not block.search(found):
        raise XbenchError(f"{document} has no place for results: add <!-- {kind} --> and <!-- /{kind} --> to it")
    write_text(document, block.sub(lambda marks: f"{marks[1]}{text}\n{marks[2]}", found, count=1))
