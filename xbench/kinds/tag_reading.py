"""Tagged sentences that are read in translation: what a model says of the translation's words comes back to their own.

The words are translated as one text (as in `xbench.kinds.tag_carrying`), and aligned with those of the translation.
A sentence then has, beside its own words and tags, the words that are `read` instead and their links to its own.
Markers are no help here: where the names are is what is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from xbench.api import Align, Carried, Translate
from xbench.data.cldr.sentences import placed
from xbench.kinds.carrying import LEFT_OUT
from xbench.kinds.projection import project, tags_of
from xbench.kinds.tag_carrying import NO_WORDS, cut_words
from xbench.metrics.spans import Reading


def read(rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align) -> Carried:
    """All of the rows, with what is read in their place where a translation is fit to be.

    Args:
        rows: Of `words` and `tags`.
        translate: Sentences.
        align: Words of sentences and of their translations.
    """
    texts = translate([placed(row["words"])[0] for row in rows])
    cut = [None if text is None else cut_words(text) for text in texts]
    links = iter(align([(row["words"], own) for row, own in zip(rows, cut, strict=True) if own]))
    found = [
        {**row, "read": {"words": own, "links": [list(link) for link in sorted(next(links))]}} if own else dict(row)
        for row, own in zip(rows, cut, strict=True)
    ]
    lost = Counter(LEFT_OUT if own is None else NO_WORDS for own in cut if not own)
    return Carried(found, dict(lost.most_common()))


def words_of(row: Mapping[str, Any]) -> Sequence[str]:
    """The words of a sentence that a model is given."""
    own: Sequence[str] = row["read"]["words"] if "read" in row else row["words"]
    return own


def labels_of(row: Mapping[str, Any]) -> Sequence[str | None]:
    """The tag of each of these words; None where nobody knows it."""
    return [None] * len(row["read"]["words"]) if "read" in row else row["tags"]


def brought_back(row: Mapping[str, Any], tags: Sequence[str], reading: Reading) -> Sequence[str]:
    """Tags of the words that a model was given, as tags of the sentence's own words.

    A span that none of the sentence's words is linked to is lost, and with it, if it was right, some recall.

    Args:
        row: As `read` made it, or as it was.
        tags: One for each of `words_of`.
        reading: How spans are read from tags.
    """
    if "read" not in row:
        return tags
    spans = sorted(((begin, last + 1), label) for label, begin, last in reading(tags))
    back = project([span for span, _ in spans], [(there, own) for own, there in row["read"]["links"]])
    places = {place: label for place, (_, label) in zip(back, spans, strict=True) if place is not None}
    return tags_of(len(row["words"]), places)
