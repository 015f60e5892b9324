"""A table as lines of text: names stand beside the values, or on lines of their own where that would be too wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Line = tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """What a table says of one thing; its head is an entry, too.

    Attributes:
        names: From the most general one on; as many in every entry.
        lines: Values, at least one line of them; as many on every line of every entry.
    """

    names: Line
    lines: tuple[Line, ...]


def arranged(entries: Sequence[Entry], beside: int) -> list[str]:
    """The lines of a table. Names that repeat those above are left out.

    Args:
        entries: The head first.
        beside: How many of the names, the last ones, stand beside the values. The others have a line above these
            wherever one of them changes.
    """
    cut = len(entries[0].names) - beside
    rows: list[tuple[str, Line]] = []
    last: Line = ()
    for entry in entries:
        fresh = _fresh(entry.names, last)
        above = " · ".join(filter(None, entry.names[:cut])) if last and fresh < cut else ""
        shown = tuple(name if place >= fresh else "" for place, name in enumerate(entry.names))[cut:]
        rows.append((above, (*shown, *entry.lines[0])))
        rows += [("", (*[""] * beside, *line)) for line in entry.lines[1:]]
        last = entry.names
    widths = [max(map(len, texts)) for texts in zip(*(cells for _, cells in rows), strict=True)]
    indent = "  " if cut else ""
    found: list[str] = []
    for above, cells in rows:
        found += [above] if above else []
        texts = (text.ljust(width) for text, width in zip(cells, widths, strict=True))
        line = (indent + "  ".join(texts)).rstrip()
        found += [line] if line else []
    return found


def shortest(ways: Iterable[list[str]], width: int) -> list[str]:
    """The one with the fewest lines among those that are no wider than this; else the narrowest."""
    known = list(ways)
    fitting = [way for way in known if widest(way) <= width]
    return min(fitting, key=len) if fitting else min(known, key=widest)


def widest(lines: Iterable[str]) -> int:
    """Characters of the longest line."""
    return max(map(len, lines), default=0)


def _fresh(names: Line, last: Line) -> int:
    """Place of the first name that is not the one above; 0 if all are."""
    pairs = enumerate(zip(names, last, strict=False))
    return next((place for place, (own, above) in pairs if own != above), 0)
