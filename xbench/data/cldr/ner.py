"""Names in text: of places, languages and currencies.

A sentence says four or five slots of a frame in a random order; dates, times and quantities are there
to be left alone, and so are the digits of a sum of money.
"""

from __future__ import annotations

from typing import Any

from xbench.data.cldr.frames import SLOTS, Draw, drawn_once
from xbench.data.cldr.realiser import STYLES, Realiser
from xbench.data.cldr.restating import Pieces, said
from xbench.data.cldr.sentences import Sentence, words

NAME = "ner"


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set."""
    pieces = _drawn(draw, index)
    return tagged(said(pieces, voice), [slot.label for slot, _ in pieces])


@drawn_once
def _drawn(draw: Draw, index: int) -> Pieces:
    random = draw.randomness(NAME, index)
    frame = draw.frame(random)
    chosen = random.sample(range(SLOTS), random.choice((4, 5)))
    return tuple((frame.slots[index], random.choice(STYLES)) for index in chosen)


def tagged(sentence: Sentence, labels: list[str]) -> dict[str, Any]:
    """Words and their tags in IOB2; a word with a letter of a name belongs to the name.

    Where a conjunction is written together with the word behind it, as in Arabic, both are one word.
    """
    found = words(sentence.text)
    tokens = [sentence.text[begin:end] for begin, end in found]
    tags = ["O"] * len(found)
    for (begin, end), label in zip(sentence.spans, labels, strict=True):
        inside = [place for place, (first, last) in enumerate(found) if first < end and last > begin]
        named = [place for place in inside if label and not tokens[place].isdigit()]
        for place in range(named[0], named[-1] + 1) if named else ():
            tags[place] = f"{'B' if place == named[0] else 'I'}-{label}"
    return {"tokens": tokens, "ner_tags": tags}
