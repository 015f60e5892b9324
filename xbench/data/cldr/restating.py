"""The same content in other words: another order, and dates, sums and quantities in another style."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from xbench.data.cldr.frames import Slot
from xbench.data.cldr.realiser import STYLES, Realiser
from xbench.data.cldr.sentences import Sentence, joined

Pieces = tuple[tuple[Slot, str], ...]
"""Slots in the order in which they are said, each with its style."""


def styles(count: int, random: Random) -> list[str]:
    """A style for each of some slots."""
    return [random.choice(STYLES) for _ in range(count)]


def restyled(before: Sequence[str], share: float, random: Random) -> list[str]:
    """Another style for some of the slots, each as likely as `share`; what has but one style stays as it is."""
    return [
        random.choice([other for other in STYLES if other != style]) if random.random() < share else style
        for style in before
    ]


def shuffled(slots: Sequence[Slot], styles: Sequence[str], random: Random) -> Pieces:
    """Slots in their styles, in a random order."""
    return tuple(random.sample(list(zip(slots, styles, strict=True)), len(slots)))


def said(pieces: Pieces, voice: Realiser) -> Sentence:
    """What was drawn, in a language."""
    return joined([slot.said(voice, style) for slot, style in pieces], voice)
