"""What generated rows are made from: a version of CLDR, a seed, and a version of the code that makes them."""

from __future__ import annotations

from xbench.data.cldr.frames import SEED, VERSION
from xbench.data.cldr.locales import version


def revision(seed: int) -> str:
    """For people, and for whatever must notice that rows are other ones."""
    return f"{version()}, seed {seed}, frames {VERSION}"


def row_id(split: str, index: int) -> str:
    """The id of a row. The digest of rows is over their ids too: another CLDR or seed is other data, always."""
    return f"{version().replace(' ', '').lower()}-{SEED}-{split}-{index}"
