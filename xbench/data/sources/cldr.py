"""Generated data: rows made from the Unicode CLDR that babel ships, and text to pretrain on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xbench.api import Data
from xbench.data.cldr.corpus import CldrCorpus
from xbench.data.cldr.datasets import DATASETS, Made
from xbench.data.cldr.frames import SEED
from xbench.data.cldr.identity import revision
from xbench.errors import XbenchError, closest

if TYPE_CHECKING:
    import pyarrow as pa


class Cldr:
    """Makes rows when they are asked for; only those of the languages that are asked for."""

    name = "cldr"

    def revision(self, data: Data) -> str:
        """What the rows are made from: version of CLDR, seed, version of the frames."""
        return revision(SEED)

    def note(self, data: Data) -> str:
        """That these are other rows than those which published scores are on, where they are."""
        if (own := self.revision(data)) == data.revision:
            return ""
        return (
            f"{data.repo} is made from {own}, and declared as {data.revision}: its scores are not comparable with "
            "published ones (pip install --constraint requirements.lock babel)"
        )

    def splits(self, data: Data, config: str) -> tuple[str, ...] | None:
        """Splits of a data set, which every language has."""
        return tuple(_made(data).sizes)

    def size(self, data: Data, config: str, split: str) -> int | None:
        """Rows of a split."""
        return len(list(_made(data).indices(config, split)))

    def table(self, data: Data, config: str, split: str) -> pa.Table:
        """All rows of a split.

        Raises:
            Unavailable: The CLDR of the installed babel does not cover the language.
        """
        import pyarrow as pa

        return pa.Table.from_pylist(_made(data).rows(config, split))


def _made(data: Data) -> Made:
    if data.repo not in DATASETS:
        raise XbenchError(f"nothing generates {data.repo!r}: {closest(data.repo, DATASETS)}")
    return DATASETS[data.repo]


source = Cldr()
corpus = CldrCorpus()
