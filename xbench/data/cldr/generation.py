"""Text to translate in words: two or three slots of a frame, in one order and one style in every language."""

from __future__ import annotations

from typing import Any

from xbench.data.cldr.frames import SLOTS, Draw, drawn_once
from xbench.data.cldr.realiser import LONG, Realiser
from xbench.data.cldr.restating import Pieces, said

NAME = "generation"
LEARNED = dict.fromkeys(("ar", "de", "ru", "zh"), 1000)
"""Locales that a decoder learns from first, and how many training rows they have."""


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set."""
    return {"text": said(_drawn(draw, index), voice).text}


@drawn_once
def _drawn(draw: Draw, index: int) -> Pieces:
    random = draw.randomness(NAME, index)
    frame = draw.frame(random)
    chosen = random.sample(range(SLOTS), random.choice((2, 3)))
    return tuple((frame.slots[place], LONG) for place in chosen)
