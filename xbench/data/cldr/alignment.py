"""Word alignment: one frame said twice, in English and in another language, with links between the words.

Each side has an order and styles of its own. Where a script puts no spaces between words, letters that follow each
other within a slot are one word. Who writes a list knows which words say which slot, and so which belong together:

- **sure**: within a slot, two words that say the same number, where it stands once on either side; and two words
  with letters or a sign of a currency that are the only ones of the slot on either side, beside as many numbers
  (`Canada` and `Kanada`; `12 euros` and `12 Euro`). Not so in times of the day: one language says which half of the
  day it is where another says `o'clock`.
- **possible**: whatever else is within one slot (either word of `Sierra Leone` and 塞拉利昂); and what stands between
  slots, commas and the word for `and`, with what stands between slots.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random
from typing import Any

from xbench.data.cldr.frames import CLOCK, PLACE, SLOTS, TONGUE, Draw, Frame
from xbench.data.cldr.realiser import Realiser, realiser
from xbench.data.cldr.restating import restyled, styles
from xbench.data.cldr.sentences import joined, words

NAME = "alignment"

_SOURCE = "en"
_RESTYLED = 0.5
"""How likely a slot is to be given another style on the other side; names and times of the day have but one."""

Link = tuple[int, int]
"""Word of the source and word of the target, from 0."""


@dataclass(frozen=True)
class Side:
    """A sentence as words.

    Attributes:
        words: Without the blanks between them.
        slots: Place of a slot in the frame -> its words.
        between: Words of no slot.
    """

    words: tuple[str, ...]
    slots: Mapping[int, tuple[int, ...]]
    between: tuple[int, ...]


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set: words with blanks between them, and links as Pharaoh writes them, counted from 0."""
    random = draw.randomness(NAME, index)
    frame = draw.frame(random)
    # Names are always said: numbers alone would be aligned by their looks.
    chosen = [PLACE, TONGUE, *random.sample(range(TONGUE + 1, SLOTS), 2)]
    before = styles(len(chosen), random)
    after = restyled(before, _RESTYLED, random)
    source = said(frame, dict(zip(chosen, before, strict=True)), realiser(_SOURCE), random)
    target = said(frame, dict(zip(chosen, after, strict=True)), voice, random)
    sure, possible = links(source, target)
    marked = [f"{s}-{t}" for s, t in sorted(sure)] + [f"{s}p{t}" for s, t in sorted(possible)]
    return {"source": " ".join(source.words), "target": " ".join(target.words), "links": " ".join(marked)}


def said(frame: Frame, styles: Mapping[int, str], voice: Realiser, random: Random) -> Side:
    """Some slots of a frame, each in its style, in a random order; a word with a letter of a slot belongs to it."""
    order = random.sample(sorted(styles), len(styles))
    sentence = joined([frame.slots[place].said(voice, styles[place]) for place in order], voice)
    spans = dict(zip(order, sentence.spans, strict=True))
    found: list[tuple[str, int, frozenset[int]]] = []
    for begin, end in words(sentence.text):
        word = sentence.text[begin:end]
        own = frozenset(place for place, (first, last) in spans.items() if begin < last and end > first)
        # Digits are numbers of their own, whatever is written together with them.
        if found and found[-1][1:] == (end - len(word), own) and found[-1][0][0].isalpha() and word[0].isalpha():
            word = found.pop()[0] + word
        found.append((word, end, own))
    return Side(
        tuple(word for word, _, _ in found),
        {place: tuple(i for i, (_, _, own) in enumerate(found) if place in own) for place in order},
        tuple(i for i, (_, _, own) in enumerate(found) if not own),
    )


def links(source: Side, target: Side) -> tuple[set[Link], set[Link]]:
    """Sure links, and the possible ones that are not sure."""
    sure: set[Link] = set()
    possible = set(product(source.between, target.between))
    for place, own in source.slots.items():
        other = target.slots[place]
        named, counted = _sorted(source.words, own)
        their_named, their_counted = _sorted(target.words, other)
        sure.update(_same(counted, their_counted))
        as_many = sum(map(len, counted.values())) == sum(map(len, their_counted.values()))
        if place != CLOCK and as_many and len(named) == len(their_named) == 1:
            sure.add((named[0], their_named[0]))
        possible.update(product(own, other))
    return sure, possible - sure


def _same(counted: Mapping[int, Sequence[int]], others: Mapping[int, Sequence[int]]) -> Iterator[Link]:
    """Links between words of one number that stands once on either side."""
    for number in counted.keys() & others.keys():
        if len(counted[number]) == len(others[number]) == 1:
            yield counted[number][0], others[number][0]


def _sorted(words: Sequence[str], own: Sequence[int]) -> tuple[list[int], dict[int, list[int]]]:
    """Of some words, those that name something, and those that are numbers, by value."""
    named: list[int] = []
    counted: dict[int, list[int]] = {}
    for place in own:
        if words[place].isdigit():
            counted.setdefault(int(words[place]), []).append(place)
        elif _names(words[place]):
            named.append(place)
    return named, counted


@cache
def _names(word: str) -> bool:
    """Whether a word has letters or is a sign, such as €; what has neither is punctuation."""
    return any(unicodedata.category(letter)[0] in "LS" for letter in word)
