"""Content without a language: what a sentence says, drawn at random from a seed.

Every frame is realised in every language, so that texts are parallel by construction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from functools import lru_cache
from random import Random
from typing import Any, Protocol

from xbench.data.cldr.inventory import SEEN, UNITS, Names
from xbench.data.cldr.realiser import LONG, Realiser

SEED = 2027
"""Of the frames of tasks. It stands in the ids of rows, and so in their digest."""

VERSION = 2
"""Raised when the same CLDR and seed come to other rows, so that none are taken from a cache of older ones."""

_DATES = {"pretrain": range(10), "train": range(10, 15), "validation": range(15, 17), "test": range(17, 20)}
"""Split -> its dates, by their digits modulo 20: no frame is in two splits, whatever else is equal."""


drawn_once = lru_cache(maxsize=4096)
"""For what draws the content of rows, which is the same in every language; those of the longest split all have room."""


class Slot(Protocol):
    """Something that a frame says.

    Attributes:
        label: Of the name in it, for tagging; empty where there is none.
    """

    label: str

    def said(self, voice: Realiser, style: str = LONG) -> str:
        """In a language, in a style; names and times of the day have but one."""

    def contrary(self, other: Any) -> Slot:
        """What contradicts it: the same currency, unit, month or hour, and for the rest another slot of its class."""


@dataclass(frozen=True)
class Place:
    """A territory."""

    code: str
    label = "LOC"

    def said(self, voice: Realiser, style: str = LONG) -> str:
        """Its name."""
        return str(voice.territory(self.code))

    def contrary(self, other: Place) -> Place:
        """Another place."""
        return other


@dataclass(frozen=True)
class Tongue:
    """A language."""

    code: str
    label = "LANG"

    def said(self, voice: Realiser, style: str = LONG) -> str:
        """Its name."""
        return str(voice.language(self.code))

    def contrary(self, other: Tongue) -> Tongue:
        """Another language."""
        return other


@dataclass(frozen=True)
class Day:
    """A date."""

    value: date
    label = ""

    def said(self, voice: Realiser, style: str = LONG) -> str:
        """In the style that is asked for."""
        return str(voice.day(self.value, style))

    def contrary(self, other: Day) -> Day:
        """Another day and year of the same month."""
        return Day(other.value.replace(month=self.value.month))


@dataclass(frozen=True)
class Clock:
    """A time of the day."""

    value: time
    label = ""

    def said(self, voice: Realiser, style: str = LONG) -> str:
        """Hours and minutes."""
        return str(voice.clock(self.value))

    def contrary(self, other: Clock) -> Clock:
        """Other minutes of the same hour."""
        return Clock(other.value.replace(hour=self.value.hour))


@dataclass(frozen=True)
class Price:
    """An amount of money."""

    number: int
    currency: str
    label = "CUR"

    def said(self, voice: Realiser, style: str = LONG) -> str:
        """Digits and the currency."""
        return str(voice.price(self.number, self.currency, style))

    def contrary(self, other: Price) -> Price:
        """Another sum in the same currency."""
        return replace(self, number=other.number)


@dataclass(frozen=True)
class Extent:
    """A length or a duration."""

    number: int
    unit: str
    label = ""

    def said(self, voice: Realiser, style: str = LONG) -> str:
        """Digits and the unit."""
        return str(voice.extent(self.number, self.unit, style))

    def contrary(self, other: Extent) -> Extent:
        """Another number of the same unit."""
        return replace(self, number=other.number)


@dataclass(frozen=True)
class Frame:
    """What can be said of one row: a slot of each class."""

    place: Place
    tongue: Tongue
    day: Day
    clock: Clock
    price: Price
    extent: Extent

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All of them, (SLOTS,)."""
        return self.place, self.tongue, self.day, self.clock, self.price, self.extent

    def exchanged(self) -> Frame:
        """The same with the numbers of price and extent exchanged."""
        price, extent = self.price.number, self.extent.number
        return replace(self, price=replace(self.price, number=extent), extent=replace(self.extent, number=price))

    def numbered(self, other: Frame) -> Frame:
        """The same with the digits of another frame: names, month, currency and unit stay."""
        return replace(
            self,
            day=Day(other.day.value.replace(month=self.day.value.month)),
            clock=other.clock,
            price=replace(self.price, number=other.price.number),
            extent=replace(self.extent, number=other.extent.number),
        )


SLOTS = 6
PLACE, TONGUE, CLOCK, PRICE, EXTENT = 0, 1, 3, 4, 5
"""Places of slots in a frame."""


@dataclass(frozen=True)
class Draw:
    """Draws the frames of a split.

    Attributes:
        split: `pretrain`, `train`, `validation` or `test`.
        names: Codes whose names occur.
        seed: Of every frame.
    """

    split: str
    names: Names = SEEN
    seed: int = SEED

    def randomness(self, task: str, index: int) -> Random:
        """What a row is drawn from: the same in every language."""
        return Random(f"{self.seed}/{task}/{self.split}/{index}")

    def frame(self, random: Random) -> Frame:
        """A frame."""
        return Frame(
            place=Place(random.choice(self.names.territories)),
            tongue=Tongue(random.choice(self.names.languages)),
            day=self._day(random),
            clock=Clock(time(random.randrange(24), random.randrange(0, 60, 5))),
            # Of one range, so that a number does not tell whose it was.
            price=Price(random.randint(2, 60), random.choice(self.names.currencies)),
            extent=Extent(random.randint(2, 60), random.choice(UNITS)),
        )

    def other(self, slot: Slot, index: int, random: Random) -> Slot:
        """Another value for one of the slots of a frame."""
        while (found := self.frame(random).slots[index]) == slot:
            pass
        return found

    def contrary(self, slot: Slot, index: int, random: Random) -> Slot:
        """What contradicts one of the slots of a frame."""
        while (found := slot.contrary(self.frame(random).slots[index])) == slot:
            pass
        return found

    def _day(self, random: Random) -> Day:
        while True:
            # Every month has 28 days.
            found = date(random.randint(1970, 2029), random.randint(1, 12), random.randint(1, 28))
            if (7 * found.year + found.day) % 20 in _DATES[self.split]:
                return Day(found)
