"""Parallel text: the same frames in every language.

Rows come in fours that have their digits in common: what a number tells is which four a row is of,
and the words must tell the rest.
"""

from __future__ import annotations

from typing import Any

from xbench.data.cldr.frames import PLACE, SLOTS, TONGUE, Draw, drawn_once
from xbench.data.cldr.realiser import LONG, Realiser
from xbench.data.cldr.restating import Pieces, said

NAME = "parallel"
_FOUR = 4


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set."""
    return {"text": said(_drawn(draw, index), voice).text}


@drawn_once
def _drawn(draw: Draw, index: int) -> Pieces:
    shared = draw.randomness(f"{NAME}/digits", index // _FOUR)
    # Of the same names whoever's row it is: another list of names would draw other digits.
    digits = Draw(draw.split).frame(shared)
    # Place and language are always said: two rows of a four with the same text would have no right answer.
    chosen = shared.sample([PLACE, TONGUE, *shared.sample(range(TONGUE + 1, SLOTS), 2)], 4)
    random = draw.randomness(NAME, index)
    frame = draw.frame(random).numbered(digits)
    return tuple((frame.slots[place], LONG) for place in chosen)
