"""A dictionary: names of places, languages, currencies, months and units, and lists in which each of them stands.

A row is a word of one language; rows with one id translate each other. Test rows are in turn a name that
also pretraining may know and one of the names that occur nowhere else; training rows are the other seen names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import methodcaller
from random import Random
from typing import Any

from xbench.data.cldr.frames import Draw
from xbench.data.cldr.inventory import SEEN, UNITS, Names
from xbench.data.cldr.realiser import Realiser
from xbench.data.cldr.sentences import joined

NAME = "lexicon"

TESTED = 50
"""Seen names that are tested, and so not trained on; as many as there are of those that are held out."""

_CONTEXTS = 3
"""Lists in which a word stands beside two slots of a frame."""

Term = Callable[[Realiser], str]
"""Says the word in a language."""


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set: `word`, `context`, and where it stands in each, `span`, in characters."""
    word = _terms(draw.names, draw.seed)[index // 2 if draw.split == "test" else TESTED + index](voice)
    random = draw.randomness(NAME, index)
    contexts, spans = [], []
    for _ in range(_CONTEXTS):
        pieces = [slot.said(voice) for slot in random.sample(draw.frame(random).slots, 2)]
        place = random.randrange(3)
        sentence = joined([*pieces[:place], word, *pieces[place:]], voice)
        contexts.append(sentence.text)
        spans.append(list(sentence.spans[place]))
    return {"word": word, "context": contexts, "span": spans}


@cache
def _terms(names: Names, seed: int) -> tuple[Term, ...]:
    """Every name of an inventory, in a random order; months and units belong to the seen ones."""
    found = [methodcaller("territory", code) for code in names.territories]
    found += [methodcaller("language", code) for code in names.languages]
    found += [methodcaller("currency", code) for code in names.currencies]
    if names == SEEN:
        found += [methodcaller("month", number) for number in range(1, 13)]
        found += [methodcaller("unit", code) for code in UNITS]
    return tuple(Random(f"{seed}/{NAME}").sample(found, len(found)))
