"""Names to fill in: a list of facts, and the same list with a gap for the name of a place or a language."""

from __future__ import annotations

from typing import Any

from xbench.data.cldr.frames import PLACE, SLOTS, TONGUE, Draw
from xbench.data.cldr.realiser import LONG, Realiser
from xbench.data.cldr.sentences import joined

NAME = "cloze"
GAP = "{mask}"


def row(draw: Draw, voice: Realiser, index: int) -> dict[str, Any]:
    """A row of the data set: the name, the list, and the list with a gap."""
    random = draw.randomness(NAME, index)
    frame = draw.frame(random)
    asked = (PLACE, TONGUE)[index % 2]
    chosen = random.sample([asked, *random.sample([slot for slot in range(SLOTS) if slot != asked], 2)], 3)
    pieces = [frame.slots[place].said(voice, LONG) for place in chosen]
    gapped = [GAP if place == asked else piece for place, piece in zip(chosen, pieces, strict=True)]
    return {
        "word": frame.slots[asked].said(voice, LONG),
        "text": joined(pieces, voice).text,
        "gap": joined(gapped, voice).text,
    }
