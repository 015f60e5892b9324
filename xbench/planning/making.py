"""What translations are still to be made, and how long that takes where a rate was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xbench.data import Library, made
from xbench.jobs import Making
from xbench.planning.processes import threads
from xbench.planning.speed import place
from xbench.store.cache import recall, remember
from xbench.store.keys import digest
from xbench.store.translations import Shelf


@dataclass(frozen=True)
class ToMake:
    """Rows to make.

    Attributes:
        making: What they are.
        segments: To translate, those not counted that a kind will ask for only after it has seen others.
        rate: Segments per second on this machine; None if never measured.
    """

    making: Making
    segments: int
    rate: float | None

    @property
    def seconds(self) -> float | None:
        """Estimated; None without a rate."""
        return self.segments / self.rate if self.rate else None if self.segments else 0.0


def to_make(makings: Iterable[Making], library: Library, device: str) -> tuple[ToMake, ...]:
    """What of some rows is not there yet, each once."""
    wanted = {making.digest: making for making in makings}
    # What is asked for first is the same whatever it is translated into.
    asked: dict[Any, Sequence[str]] = {}
    found = []
    for making in (one for key, one in wanted.items() if not made.there(key)):
        translator = making.slice.translator
        assert translator is not None
        place = (making.task.name, making.slice.split, making.slice.limit, translator.source, translator.carry)
        if place not in asked:
            asked[place] = _asked(making, library)
        own = shelf(making, asked[place])
        found.append(ToMake(making, len(own.texts) - own.there(), rate_of(making, device)))
    return tuple(found)


def shelf(making: Making, texts: Sequence[str]) -> Shelf:
    """Where the translations of some texts are, or will be."""
    translator = making.slice.translator
    assert translator is not None
    how = making.direction
    facts = {
        "revision": making.checkpoint.revision,
        "source": translator.source,
        "target": translator.target,
        "told": [how.source, how.start, how.prefix],
        "beams": translator.beams,
        "dtype": translator.dtype,
    }
    return Shelf(making.checkpoint.name, facts, tuple(dict.fromkeys(text for text in texts if text.strip())))


def rate_of(making: Making, device: str) -> float | None:
    """Segments per second that a checkpoint was measured to translate."""
    found = recall("rates", _rate_key(making, device))
    return float(found["translated"]) if found else None


def measured(making: Making, device: str, rate: float) -> None:
    """Keeps a rate that was measured."""
    remember("rates", _rate_key(making, device), {"translated": rate})


def _rate_key(making: Making, device: str) -> str:
    translator = making.slice.translator
    assert translator is not None
    return digest(
        ["translated", place(device, threads()), making.checkpoint.revision, translator.beams, translator.dtype]
    )[:16]


def _asked(making: Making, library: Library) -> Sequence[str]:
    """The texts that the kind asks for first."""
    rows = library.rows(made.original(making.slice), making.kind, making.task).rows
    asked: list[Sequence[str]] = []

    def translate(texts: Sequence[str]) -> list[str | None]:
        asked.append(texts)
        return [None] * len(texts)

    made.carried(making.slice, rows, translate, lambda pairs: [frozenset()] * len(pairs), making.kind, making.task)
    return asked[0] if asked else ()
