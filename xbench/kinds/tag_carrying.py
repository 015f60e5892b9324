"""Tagged sentences through translation: the words are translated as one text, and the spans found in it again.

A sentence is written as its words with blanks between them (none between two of a script that puts no blanks between
words), and its translation is cut into words at blanks and punctuation, in scripts without blanks letter by letter.
Spans come along by markers around them (`xbench.kinds.markers`), by word alignment (`xbench.kinds.projection`), or
by alignment where markers failed. A sentence of which any span is lost is left out: kept, it would teach that a name
is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xbench.api import Align, Carried, Translate
from xbench.data.cldr.sentences import placed, words
from xbench.kinds.carrying import LEFT_OUT
from xbench.kinds.markers import Span, mark, markable, unmark
from xbench.kinds.projection import project, spans_of, tags_of

BRACKETS = "brackets of its own, which could be taken for markers"
MARKERS = "markers that translation swallowed, doubled or broke"
UNALIGNED = "a name that no run of words is aligned to"
NO_WORDS = "no words in the translation"


@dataclass(frozen=True)
class Tagged:
    """A sentence in the other language.

    Attributes:
        words: Of its text.
        tags: In IOB2.
    """

    words: list[str]
    tags: list[str]


def carry_tags(rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align, method: str) -> Carried:
    """Rows of `words` and `tags` into another language.

    Args:
        rows: With tags in IOB2, or IOB.
        translate: Sentences.
        align: Words of sentences and of their translations.
        method: `markers`, `alignment`, or `both`: the second for sentences that the first loses.
    """
    spans = [spans_of(row["tags"]) for row in rows]
    named = [at for at, own in enumerate(spans) if own]
    found: dict[int, Tagged | str] = {}
    # Sentences without names need neither; they are translated with whatever is translated first.
    bare = [at for at, own in enumerate(spans) if not own]
    by_markers = named if method in ("markers", "both") else []
    found.update(_by_markers(rows, spans, [*bare, *by_markers], translate))
    marked = sum(len(spans[at]) for at in by_markers if isinstance(found[at], Tagged))
    left = [at for at in named if not isinstance(found.get(at), Tagged)] if method in ("alignment", "both") else []
    found.update(_by_alignment(rows, spans, left, translate, align))
    lost = Counter(outcome for outcome in found.values() if isinstance(outcome, str))
    carried = [
        {**row, "words": outcome.words, "tags": outcome.tags}
        for at, row in enumerate(rows)
        if isinstance(outcome := found[at], Tagged)
    ]
    aligned = sum(len(spans[at]) for at in left if isinstance(found[at], Tagged))
    counts = {"names": sum(map(len, spans)), "names_by_markers": marked, "names_by_alignment": aligned}
    return Carried(carried, dict(lost.most_common()), counts)


def _by_markers(
    rows: Sequence[Mapping[str, Any]], spans: Sequence[Sequence[tuple[Span, str]]], places: Sequence[int],
    translate: Translate,
) -> dict[int, Tagged | str]:  # fmt: skip
    """Place of a row -> its translation, or why there is none."""
    found: dict[int, Tagged | str] = {}
    asked = [at for at in places if not spans[at] or markable(rows[at]["words"])]
    found.update({at: BRACKETS for at in places if at not in set(asked)})
    texts = translate([placed(mark(rows[at]["words"], [span for span, _ in spans[at]]))[0] for at in asked])
    for at, text in zip(asked, texts, strict=True):
        labels = [label for _, label in spans[at]]
        found[at] = LEFT_OUT if text is None else _unmarked(text, labels) if labels else _tagged(text, {})
    return found


def _unmarked(text: str, labels: Sequence[str]) -> Tagged | str:
    plain = unmark(text, len(labels))
    if plain is None:
        return MARKERS
    cut = words(plain.text)
    places: dict[Span, str] = {}
    for number, (begin, end) in sorted(plain.spans.items()):
        inside = [at for at, (first, last) in enumerate(cut) if first < end and last > begin]
        # Two names in one word, or a name of no word, cannot both be tagged.
        if not inside or any(inside[0] < taken[1] and inside[-1] >= taken[0] for taken in places):
            return MARKERS
        places[inside[0], inside[-1] + 1] = labels[number - 1]
    return _tagged(plain.text, places)


def _by_alignment(
    rows: Sequence[Mapping[str, Any]], spans: Sequence[Sequence[tuple[Span, str]]], places: Sequence[int],
    translate: Translate, align: Align,
) -> dict[int, Tagged | str]:  # fmt: skip
    if not places:
        return {}
    found: dict[int, Tagged | str] = {}
    texts = translate([placed(rows[at]["words"])[0] for at in places])
    found.update({at: LEFT_OUT for at, text in zip(places, texts, strict=True) if text is None})
    cut = {at: cut_words(text) for at, text in zip(places, texts, strict=True) if text is not None}
    found.update({at: NO_WORDS for at, target in cut.items() if not target})
    asked = [at for at, target in cut.items() if target]
    links = align([(rows[at]["words"], cut[at]) for at in asked])
    for at, own in zip(asked, links, strict=True):
        projected = project([span for span, _ in spans[at]], own)
        labels = [label for _, label in spans[at]]
        pairs = {span: label for span, label in zip(projected, labels, strict=True) if span is not None}
        found[at] = Tagged(cut[at], tags_of(len(cut[at]), pairs)) if len(pairs) == len(labels) else UNALIGNED
    return found


def _tagged(text: str, places: Mapping[Span, str]) -> Tagged | str:
    cut = cut_words(text)
    return Tagged(cut, tags_of(len(cut), places)) if cut else NO_WORDS


def cut_words(text: str) -> list[str]:
    """Words of a translation: between blanks and punctuation, in scripts without blanks letter by letter."""
    return [text[begin:end] for begin, end in words(text)]
