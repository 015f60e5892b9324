"""The generated data sets: how many rows each split has, and how a row is made."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xbench.data.cldr import alignment, cloze, generation, lexicon, ner, nli, parallel, paraphrase
from xbench.data.cldr.frames import Draw
from xbench.data.cldr.identity import row_id
from xbench.data.cldr.inventory import HELD_OUT, SEEN
from xbench.data.cldr.realiser import Realiser, realiser

Row = Callable[[Draw, Realiser, int], dict[str, Any]]
"""Draw, language and index -> the row; the same content in every language."""


@dataclass(frozen=True)
class Made:
    """A generated data set.

    Attributes:
        row: Makes a row.
        sizes: Split -> number of rows.
        translated: Training rows that a language other than English has; None for all of them. Each
            has other rows of the English ones, so that the union of many languages stays small.
        held_out_every: One test row in so many has names that occur in no other split.
        more: Locales that have more of them, and how many.
    """

    row: Row
    sizes: Mapping[str, int]
    translated: int | None = None
    held_out_every: int = 5
    more: Mapping[str, int] = field(default_factory=dict)

    def indices(self, locale: str, split: str) -> Iterable[int]:
        """Which rows a language has."""
        size = self.sizes[split]
        if split != "train" or locale == "en" or self.translated is None:
            return range(size)
        first = zlib.crc32(locale.encode()) % size
        return sorted((first + step) % size for step in range(self.more.get(locale, self.translated)))

    def rows(self, locale: str, split: str) -> list[dict[str, Any]]:
        """The rows of a language.

        Raises:
            Unavailable: CLDR does not cover it.
        """
        voice = realiser(locale)
        return [self._row(voice, split, index) for index in self.indices(locale, split)]

    def _row(self, voice: Realiser, split: str, index: int) -> dict[str, Any]:
        held_out = split == "test" and index % self.held_out_every == self.held_out_every - 1
        draw = Draw(split, HELD_OUT if held_out else SEEN)
        group = "unseen" if held_out else "seen"
        return {"id": row_id(split, index), **self.row(draw, voice, index), "group": group}


DATASETS: Mapping[str, Made] = {
    f"cldr/{nli.NAME}": Made(nli.row, {"train": 3000, "validation": 300, "test": 100}, translated=60),
    f"cldr/{paraphrase.NAME}": Made(paraphrase.row, {"train": 3000, "validation": 300, "test": 100}, translated=45),
    f"cldr/{ner.NAME}": Made(ner.row, {"train": 3000, "validation": 300, "test": 100}, translated=45),
    f"cldr/{cloze.NAME}": Made(cloze.row, {"validation": 60, "test": 60}),
    f"cldr/{generation.NAME}": Made(
        generation.row, {"train": 4000, "validation": 40, "test": 20}, translated=30, more=generation.LEARNED
    ),
    f"cldr/{parallel.NAME}": Made(parallel.row, {"train": 160, "validation": 120, "test": 120}),
    f"cldr/{lexicon.NAME}": Made(lexicon.row, {"train": 90, "test": 2 * lexicon.TESTED}, held_out_every=2),
    f"cldr/{alignment.NAME}": Made(alignment.row, {"train": 60, "test": 100}),
}
"""By the name that task files give as their repository."""
