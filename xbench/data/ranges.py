"""Splits that are rows of another: `test[:1005]`, in the notation of `datasets`, with absolute indices only.

https://huggingface.co/docs/datasets/loading#slice-splits
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from xbench.errors import XbenchError

_FORM = re.compile(r"(?P<split>[^\[\]]+)(\[(?P<start>\d*):(?P<stop>\d*)\])?")


@dataclass(frozen=True)
class Part:
    """Rows of a published split.

    Attributes:
        split: The data set's own name.
        start: The first row, from 0 on.
        stop: The row after the last; None for all that follow.
    """

    split: str
    start: int = 0
    stop: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is the split as published."""
        return self.start == 0 and self.stop is None

    def size(self, rows: int | None) -> int | None:
        """How many rows it has of a split of so many (None: nobody knows).

        Raises:
            XbenchError: The split does not reach as far: it is another version, or incomplete.
        """
        if rows is None:
            return None if self.stop is None else self.stop - self.start
        if rows < max(self.start, self.stop or 0):
            raise XbenchError(
                f"split {self.split} has {rows} rows, and the declaration takes rows {self.start} to "
                f"{'the end' if self.stop is None else self.stop}: the files are incomplete, or of another version"
            )
        return (rows if self.stop is None else self.stop) - self.start

    def meets(self, other: Part) -> bool:
        """Whether a row can be in both."""
        if self.split != other.split:
            return False
        first, second = sorted((self, other), key=lambda part: part.start)
        return first.stop is None or second.start < first.stop


def part(text: str) -> Part:
    """What a declaration says of a split.

    Raises:
        XbenchError: It is of another form, or has no rows.

    Example:
        >>> part("test[:1005]"), part("train")
        (Part(split='test', start=0, stop=1005), Part(split='train', start=0, stop=None))
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise XbenchError(f"{text!r} is no split: write its name, or rows of it as test[1005:1253], counted from 0")
    start, stop = int(found["start"] or 0), int(found["stop"]) if found["stop"] else None
    if stop is not None and stop <= start:
        raise XbenchError(f"the split {text!r} has no rows: write its first row and the row after its last")
    return Part(found["split"], start, stop)


def overlaps(splits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Splits of a declaration that share rows though one is cut out of the other's.

    Two names for one whole split are what the declaration says they are, and not found here.

    Raises:
        XbenchError: A split is of another form.
    """
    parts = {name: part(text) for name, text in splits.items()}
    for (one, its), (other, theirs) in combinations(parts.items(), 2):
        if its.meets(theirs) and not (its.whole and theirs.whole):
            yield one, other
