"""Inference: does the second sentence follow from the first, contradict it, or neither?

A premise says four slots of a frame, a hypothesis two. Both are in the premise: entailment. One of
them has another value there: contradiction (13 euros for 12 euros). One of them is not there at all:
neutral. Which slots a premise or a hypothesis has, and their values, are drawn alike for all three
labels, so that neither sentence tells the label by itself.
"""

from __future__ import annotations

from typing import Any

from xbench.data.cldr.frames import SLOTS, Draw, drawn_once
from xbench.data.cldr.realiser import Realiser
from xbench.data.cldr.restating import Pieces, restyled, said, shuffled, styles

NAME = "nli"
LABELS = ("entailment", "neutral", "contradiction")

_RESTYLED = 0.5
"""How likely a slot is to be given another style in the hypothesis; names and times of the day have but one."""


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set."""
    premise, hypothesis, label = _drawn(draw, index)
    return {"premise": said(premise, voice).text, "hypothesis": said(hypothesis, voice).text, "label": label}


@drawn_once
def _drawn(draw: Draw, index: int) -> tuple[Pieces, Pieces, str]:
    """Premise, hypothesis and label."""
    random = draw.randomness(NAME, index)
    slots = list(draw.frame(random).slots)
    # In turn, so that every label has its share of few rows too.
    label = LABELS[index % len(LABELS)]
    # The first two are the hypothesis's; of the premise's four, a neutral one lacks the second of these.
    order = random.sample(range(SLOTS), SLOTS)
    premise = [order[0], *order[2:5]] if label == "neutral" else order[:4]
    first = [slots[index] for index in premise]
    if label == "contradiction":
        slots[order[1]] = draw.contrary(slots[order[1]], order[1], random)
    second = [slots[index] for index in order[:2]]
    before = styles(SLOTS, random)
    after = restyled(before, _RESTYLED, random)
    return (
        shuffled(first, [before[index] for index in premise], random),
        shuffled(second, [after[index] for index in order[:2]], random),
        label,
    )
