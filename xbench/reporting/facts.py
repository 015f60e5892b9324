"""What is known of languages beside their scores, read from `languages.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from xbench.errors import XbenchError
from xbench.store.signature import series

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from xbench.reporting.columns import Column

_NAMES = ("checkpoint", "task", "protocol", "language", "seen", "signature")
_NUMBERS = (
    "examples", "sub_tokens_per_word", "sub_tokens_per_character", "unknown_share", "unknown_character_share",
    "repeated_share",
)  # fmt: skip

Place = tuple[str, str, str, str]
"""Checkpoint, task, protocol and series: what is a column."""


@dataclass(frozen=True)
class Facts:
    """What is known of a language, for one checkpoint and its test rows; None where nobody said.

    Attributes:
        seen: `seen` in pretraining, `unseen`, or `unknown`.
        examples: Test examples.
        sub_tokens_per_word: Tokenizer fertility; None where the script puts no blanks between words, too.
        sub_tokens_per_character: Likewise, of characters that are no blanks.
        unknown_share: Of sub-tokens, those that are the unknown token, 0 to 1.
        unknown_character_share: Of characters, those that unknown tokens stand for, 0 to 1.
        repeated_share: Of test rows, those that say what a row says that was learned from, 0 to 1.
    """

    seen: str
    examples: float | None
    sub_tokens_per_word: float | None
    sub_tokens_per_character: float | None
    unknown_share: float | None
    unknown_character_share: float | None
    repeated_share: float | None


Known = Mapping[Place, Mapping[str, Facts]]
"""What is a column -> language -> what is known of it."""

NOTHING: Known = MappingProxyType({})
"""For who has no such table."""


def facts(languages: pd.DataFrame) -> dict[Place, dict[str, Facts]]:
    """Sorts a table of languages by the columns that its rows belong to.

    Args:
        languages: As `languages.csv`.

    Raises:
        XbenchError: A column is missing.
    """
    import pandas as pd

    lacking = [name for name in (*_NAMES, *_NUMBERS) if name not in languages.columns]
    if lacking:
        raise XbenchError(
            f"languages.csv lacks {', '.join(lacking)}: it was written by another version or edited; write it again "
            "with `xbench report`"
        )
    texts = [languages[name].astype(object).where(languages[name].notna(), "").astype(str) for name in _NAMES]
    numbers = [pd.to_numeric(languages[name]).astype(object).where(languages[name].notna(), None) for name in _NUMBERS]
    found: dict[Place, dict[str, Facts]] = {}
    for checkpoint, task, protocol, tag, seen, text, *values in zip(*texts, *numbers, strict=True):
        found.setdefault((checkpoint, task, protocol, series(text)), {})[tag] = Facts(seen, *values)
    return found


def read(path: Path) -> dict[Place, dict[str, Facts]]:
    """What a results folder knows of languages; nothing where `languages.csv` was never written.

    Raises:
        XbenchError: It is damaged, or of another version.
    """
    import pandas as pd

    if not path.is_file():
        return {}
    try:
        # `na`, the tag of Nauru, is no missing value.
        empty = {name: [""] for name in _NUMBERS}
        # Whole, not in pieces, of which each would guess the types of its columns anew.
        table = pd.read_csv(path, keep_default_na=False, na_values=empty, low_memory=False)
    except (ValueError, OSError) as error:
        raise XbenchError(f"{path} cannot be read ({error}): write it again with `xbench report`") from error
    return facts(table)


def place(column: Column) -> Place:
    """Where a column's languages are in `Known`."""
    return column.checkpoint, column.task, column.protocol, column.series
