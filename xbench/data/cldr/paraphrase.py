"""Paraphrase: do two sentences say the same?

Both say three or four slots, the second in another order and most of its dates in another style, so
that shared words tell little. In a negative pair one slot has another value. Where a sentence has a
price and a quantity, half of its negatives exchange their two numbers instead: every word is there
twice, only who has which number differs.
"""

from __future__ import annotations

from random import Random
from typing import Any

from xbench.data.cldr.frames import EXTENT, PRICE, SLOTS, Draw, Frame, Slot, drawn_once
from xbench.data.cldr.realiser import Realiser
from xbench.data.cldr.restating import Pieces, restyled, said, shuffled, styles

NAME = "paraphrase"
LABELS = ("0", "1")

_RESTYLED = {"0": 0.3, "1": 0.8}
"""Label -> how likely a slot is to be given another style in the second sentence; names and times have but one.

A slot in other words shares as little as another slot: more of them in paraphrases makes up for what negatives have
of the latter, so that to count shared words tells little.
"""


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set; the label 1 is a paraphrase."""
    first, second, label = _drawn(draw, index)
    return {"sentence1": said(first, voice).text, "sentence2": said(second, voice).text, "label": int(label)}


@drawn_once
def _drawn(draw: Draw, index: int) -> tuple[Pieces, Pieces, str]:
    """Both sentences and the label."""
    random = draw.randomness(NAME, index)
    frame = draw.frame(random)
    # What is said is drawn before the label, so that no choice of slots tells it.
    chosen = random.sample(range(SLOTS), random.choice((3, 4)))
    # In turn, so that every label has its share of few rows too.
    label = LABELS[index % len(LABELS)]
    before = styles(len(chosen), random)
    first = [frame.slots[index] for index in chosen]
    if label == "1":
        second, after = first, restyled(before, _RESTYLED["1"], random)
    else:
        second, after = _changed(frame, chosen, draw, random), restyled(before, _RESTYLED["0"], random)
    return shuffled(first, before, random), shuffled(second, after, random), label


def _changed(frame: Frame, chosen: list[int], draw: Draw, random: Random) -> list[Slot]:
    exchangeable = {PRICE, EXTENT} <= set(chosen) and frame.price.number != frame.extent.number
    if exchangeable and random.random() < 0.5:
        return [frame.exchanged().slots[index] for index in chosen]
    changed = random.choice(chosen)
    return [
        draw.other(frame.slots[index], index, random) if index == changed else frame.slots[index] for index in chosen
    ]
