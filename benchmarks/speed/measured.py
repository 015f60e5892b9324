"""What was measured, as it is kept: times with their repetitions, goals, and where that was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from xbench.errors import XbenchError
from xbench.store.files import read_json, write_json


@dataclass(frozen=True)
class Timed:
    """How long something took.

    Attributes:
        name: What.
        seconds: Of each repetition.
        limit: Name of what it cannot be faster than; empty where nobody knows.
        computed: Sub-tokens that the first layer computes for each of the texts': above 1 what is padded, below 1 where
            equal texts are computed once. None where nothing was counted.
        peak: KiB, the most that its process ever had; None where that says nothing.
    """

    name: str
    seconds: tuple[float, ...]
    limit: str = ""
    computed: float | None = None
    peak: int | None = None

    @property
    def median(self) -> float:
        """Seconds."""
        return median(self.seconds)


@dataclass(frozen=True)
class Goal:
    """Something that is wanted, and what is so.

    Attributes:
        what: In words.
        value: As measured.
        bound: As wanted.
        least: Whether the bound is the least that is wanted; else the most.
        unit: `×`, `%` or `s`.
    """

    what: str
    value: float
    bound: float
    least: bool
    unit: str

    @property
    def met(self) -> bool:
        """Whether it is as wanted."""
        return self.value >= self.bound if self.least else self.value <= self.bound


@dataclass(frozen=True)
class Point:
    """A workload of another size."""

    languages: int
    tokens: int
    seconds: float
    peak: int


@dataclass(frozen=True)
class Shares:
    """What something consists of.

    Attributes:
        name: What.
        seconds: Of the whole.
        shares: Part -> its share of the whole; they sum to 1.
    """

    name: str
    seconds: float
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Part:
    """A part of the benchmark.

    Attributes:
        name: As it is asked for.
        title: As it is headed.
        about: What was measured on, a sentence.
        timed: In the order in which they are shown.
        against: Name of what the others are compared with, if it took part; empty where there is no such thing.
        goals: In this order.
        remarks: What else was seen, sentences.
        points: Of growth.
        shares: Of the breakdown; all have the same parts.
        work: Floating-point operations of a turn, where they are counted.
        machine: What it was measured on.
    """

    name: str
    title: str
    about: str
    timed: tuple[Timed, ...]
    against: str = ""
    goals: tuple[Goal, ...] = ()
    remarks: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    shares: tuple[Shares, ...] = ()
    work: float = 0.0
    machine: Mapping[str, Any] = field(default_factory=dict)

    def seconds(self, name: str) -> float:
        """Median of what is called so."""
        return next(one.median for one in self.timed if one.name == name)

    def faster(self, one: Timed) -> float | None:
        """How many times as fast something is as what all are compared with; None if that took no part."""
        known = [other.median for other in self.timed if other.name == self.against != one.name]
        return known[0] / one.median if known else None

    def write(self, folder: Path) -> None:
        """Keeps it; what was measured of this part before is replaced."""
        write_json(folder / f"{self.name}.json", asdict(self))


def read(folder: Path, names: Sequence[str]) -> list[Part]:
    """The parts that are kept in a folder, in this order.

    Raises:
        XbenchError: There are none.
    """
    found = [_part(read_json(folder / f"{name}.json")) for name in names if (folder / f"{name}.json").is_file()]
    if not found:
        raise XbenchError(f"{folder} holds nothing that was measured: name what to measure ({', '.join(names)})")
    return found


def _part(facts: Mapping[str, Any]) -> Part:
    return Part(
        **{
            **facts,
            "timed": tuple(Timed(**{**one, "seconds": tuple(one["seconds"])}) for one in facts["timed"]),
            "goals": tuple(Goal(**one) for one in facts["goals"]),
            "remarks": tuple(facts["remarks"]),
            "points": tuple(Point(**one) for one in facts["points"]),
            "shares": tuple(Shares(**one) for one in facts.get("shares", ())),
        }
    )
