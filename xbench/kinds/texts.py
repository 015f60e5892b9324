"""What a tokenizer makes of the texts of a slice, and which rows say the same as others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xbench.api import Textual
from xbench.kinds.packing import parts


@dataclass(frozen=True)
class Counts:
    """How long texts are, in three units, and how much of them a tokenizer does not know.

    Attributes:
        characters: Code points that are no blanks.
        words: What stands between blanks and has a letter or a digit: punctuation that stands alone is no word.
        sub_tokens: Of the whole texts, without special tokens, and nothing cut off.
        unknown: Sub-tokens that are the unknown token.
        unknown_characters: Characters that these stand for. Where an unknown token stands for a whole word, as in
            WordPiece, this is the share of unknown words, weighted by their lengths.
    """

    characters: int
    words: int
    sub_tokens: int
    unknown: int
    unknown_characters: int


def counted(texts: Sequence[str], tokenizer: Any) -> Counts:
    """Counts texts, and what a fast tokenizer makes of them."""
    words = [word for text in texts for word in text.split()]
    sub_tokens = unknown = lost = 0
    # Asking for it takes as long as tokenising a word.
    stranger = tokenizer.unk_token_id
    for part in parts(len(texts)):
        own = texts[part]
        batch = tokenizer(
            list(own),
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        for text, ids, encoding in zip(own, batch["input_ids"], batch.encodings, strict=True):
            sub_tokens += len(ids)
            # Byte-level tokenizers have no unknown token; that of others is in few texts, and offsets take time.
            if stranger is not None and stranger in ids:
                spans = [span for span, id in zip(encoding.offsets, ids, strict=True) if id == stranger]
                unknown += len(spans)
                places = {place for start, end in spans for place in range(start, end)}
                lost += sum(not text[place].isspace() for place in places)
    return Counts(
        characters=sum(map(len, words)),
        words=sum(any(map(str.isalnum, word)) for word in words),
        sub_tokens=sub_tokens,
        unknown=unknown,
        unknown_characters=lost,
    )


def identities(rows: Iterable[Mapping[str, Any]], kind: Textual) -> np.ndarray:
    """What rows say, as numbers, uint64, (rows,): equal where all their texts are, whatever blanks stand in them.

    Labels play no part: a text that was learned with another label was seen all the same.
    """
    return np.fromiter((_identity(kind.texts(row)) for row in rows), np.uint64)


def repeated(rows: np.ndarray, learned: np.ndarray) -> int:
    """How many of these rows are among those that were learned from.

    Args:
        rows: Identities, (rows,).
        learned: Identities in ascending order.

    Example:
        >>> repeated(np.array([3, 5, 5, 9], np.uint64), np.array([2, 5, 9], np.uint64))
        3
    """
    if not len(learned):
        return 0
    places = np.minimum(np.searchsorted(learned, rows), len(learned) - 1)
    return int((learned[places] == rows).sum())


def _identity(texts: Sequence[str]) -> int:
    # Sixty-four bits: among ten million rows that were learned from, ten thousand others meet one in 200 million times.
    joined = "\n".join(" ".join(text.split()) for text in texts)
    return int.from_bytes(hashlib.blake2b(joined.encode(), digest_size=8).digest(), "little")
