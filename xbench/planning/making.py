"""What translations are still to be made, and how long that takes where a rate was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xbench.data import Library, made
from xbench.jobs import Making, TrainSet
from xbench.planning.processes import threads
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


def to_make(sets: Iterable[TrainSet], library: Library, device: str) -> tuple[ToMake, ...]:
    """What of some training sets has to be made first, each once."""
    makings = {part.making.digest: part.making for part in sets if part.making is not None}
    return tuple(
        ToMake(one, _segments(one, library), rate_of(one, device))
        for key, one in makings.items()
        if not made.there(key)
    )


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
    kind = device.split(":")[0]
    place = [kind, threads() if kind == "cpu" else 0]
    return digest(["translated", place, making.checkpoint.revision, translator.beams, translator.dtype])[:16]


def _segments(making: Making, library: Library) -> int:
    """Texts that the kind asks for first, apart from those that are translated."""
    translator = making.slice.translator
    assert translator is not None
    rows = library.rows(made.original(making.slice), making.kind, making.task).rows
    asked: list[Sequence[str]] = []

    def translate(texts: Sequence[str]) -> list[str | None]:
        asked.append(texts)
        return [None] * len(texts)

    made.carrier(making.kind).carry(rows, translate, lambda pairs: [frozenset()] * len(pairs), making.task, translator)
    found = shelf(making, asked[0] if asked else ())
    return len(found.texts) - found.there()
