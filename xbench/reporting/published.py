"""Published scores beside one's own: reference rows, which stand apart from everything that was run here.

`published.csv` holds facts that were read in the sources it names. Nobody published a signature with them, so none is
ever ranked, and none stands in a column of the leaderboard. Where a checkpoint of the same name was run on the same
task, protocol, metric and languages, its number is compared: `Compared.noise` says how far apart seeds alone can put
the two, and what lies further away is worth a look at recipe, data and metric.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.metrics.intervals import t_half_width
from xbench.reporting.averages import values
from xbench.reporting.columns import Column
from xbench.store.files import write
from xbench.store.signature import parse

if TYPE_CHECKING:
    import pandas as pd

NOISE = 1.5
"""Points: standard deviation of one language's score over seeds, as published runs show it."""
AVERAGE_NOISE = 1.3
"""Points: of a macro average over many languages, the upper end of what published runs show (0.5 to 1.3)."""

_ROUNDING = 0.05
"""Points: published scores have one digit behind the point."""


@dataclass(frozen=True)
class Published:
    """A row of `published.csv`.

    Attributes:
        checkpoint: Its name on the Hub.
        task, protocol, metric: As xbench calls them, installed or not.
        language: Canonical tag; empty for an average.
        panel: What an average is over; empty for a language's own score.
        languages: Canonical tags of the panel; empty where the source does not say them.
        score: 0 to 100.
        seeds: Number of runs that it is the mean of.
        differs: Why it is another measure than xbench's; empty if it is the same.
        source: Where it was read.
    """

    checkpoint: str
    task: str
    protocol: str
    metric: str
    language: str
    panel: str
    languages: tuple[str, ...]
    score: float
    seeds: int
    differs: str
    source: str


@dataclass(frozen=True)
class Compared:
    """A published score, and what was measured here.

    Attributes:
        published: The score.
        label: Of the column that it is compared with; empty if there is none.
        score: What was measured here; None where there is nothing to compare.
        sd: Standard deviation over seeds of that; None with fewer than two.
        seeds: Number of seeds of that.
        noise: Points by which seeds alone may put the two apart; None where nothing is compared.
        why: Why nothing is compared; empty if something is.
    """

    published: Published
    label: str
    score: float | None
    sd: float | None
    seeds: int
    noise: float | None
    why: str

    @property
    def far(self) -> bool:
        """Whether the two lie further apart than noise explains."""
        return self.score is not None and self.noise is not None and abs(self.score - self.published.score) > self.noise


@lru_cache(maxsize=1)
def published() -> tuple[Published, ...]:
    """All of them."""
    with Path(__file__).with_name("published.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_read(row) for row in csv.DictReader(file))


def _read(row: dict[str, str]) -> Published:
    numbers = {"score": float(row["score"]), "seeds": int(row["seeds"]), "languages": tuple(row["languages"].split())}
    return Published(**{**row, **numbers})  # type: ignore[arg-type]


def compared(every: Sequence[Column]) -> list[Compared]:
    """Every published score on a task and protocol of these columns, with each column that it can be compared with."""
    boards = {(column.task, column.protocol) for column in every}
    own: dict[tuple[str, str, str, str], list[Column]] = {}
    for column in every:
        if _comparable(column):
            own.setdefault((_last(column.checkpoint), column.task, column.protocol, column.metric), []).append(column)
    return [
        one
        for known in published()
        if (known.task, known.protocol) in boards
        for one in _with(known, own.get((_last(known.checkpoint), known.task, known.protocol, known.metric), ()))
    ]


def noise(sd: float | None, seeds: int, theirs: int, average: bool) -> float:
    """How far apart two means of the same thing may lie by their seeds alone, at 95 %, in points.

    With at least two seeds of one's own, a prediction interval by Student's t for a mean of as many runs as were
    published, whose spread is taken to be the same. With one, twice the spread that published runs show instead.

    Args:
        sd: Standard deviation over one's own seeds; None with fewer than two.
        seeds: How many these are; 0 where chance takes no part.
        theirs: Runs behind the published score.
        average: Whether it is an average over languages.

    Example:
        >>> round(noise(None, 1, 1, False), 2), round(noise(0.5, 3, 5, True), 2), noise(None, 0, 1, False)
        (4.21, 1.62, 0.05)
    """
    if not seeds:
        return _ROUNDING
    if sd is not None and seeds > 1:
        return _ROUNDING + t_half_width(sd, seeds) * (1 / seeds + 1 / theirs) ** 0.5
    spread = AVERAGE_NOISE if average else NOISE
    return float(_ROUNDING + 1.96 * spread * (1 + 1 / theirs) ** 0.5)


def _with(known: Published, own: Sequence[Column]) -> Iterator[Compared]:
    """A published score with the columns of its checkpoint, task, protocol and metric."""
    if known.differs:
        yield _alone(known, known.differs)
    elif not own:
        yield _alone(known, "this checkpoint was not run here in this way")
    else:
        yield from (_beside(known, column) for column in own)


def _last(name: str) -> str:
    """The same checkpoint has other owners on the Hub over time, and none in a folder."""
    return name.rpartition("/")[2]


def _comparable(column: Column) -> bool:
    """Whether it was made as published scores are: from English, on whole slices, with published translations."""
    return column.source == "en" and bool(column.scored) and not {"limit", "translator"} & parse(column.series).keys()


def _beside(known: Published, column: Column) -> Compared:
    cell = column.cells.get(known.language)
    if not known.language:
        return _average(known, column)
    if cell is None or cell.score is None:
        return _alone(known, f"{known.language} has no score here", column.label)
    width = noise(cell.sd, cell.seeds, known.seeds, average=False)
    return Compared(known, column.label, cell.score, cell.sd, cell.seeds, width, "")


def _average(known: Published, column: Column) -> Compared:
    if not known.languages:
        return _alone(known, "its source does not say its languages", column.label)
    own = values(column).over(known.languages)
    if not own.complete:
        return _alone(known, f"another panel: here {' '.join(own.missing)} are missing", column.label)
    width = noise(own.sd, own.seeds, known.seeds, average=True)
    return Compared(known, column.label, own.score, own.sd, own.seeds, width, "")


def _alone(known: Published, why: str, label: str = "") -> Compared:
    return Compared(known, label, None, None, 0, None, why)


def published_frame(found: Sequence[Compared]) -> pd.DataFrame:
    """For programs: a row per published score and column that it is compared with."""
    import pandas as pd

    names = ("checkpoint", "task", "protocol", "metric", "language", "panel")
    return pd.DataFrame(
        [
            {
                **{name: getattr(one.published, name) for name in names},
                "published": one.published.score,
                "published seeds": one.published.seeds,
                "column": one.label,
                "here": one.score,
                "here sd": one.sd,
                "here seeds": one.seeds if one.score is not None else None,
                "difference": None if one.score is None else one.score - one.published.score,
                "noise": one.noise,
                "verdict": one.why or ("further away than noise explains" if one.far else "within noise"),
                "languages": " ".join(one.published.languages),
                "source": one.published.source,
            }
            for one in found
        ]
    )


def write_published(found: Sequence[Compared], path: Path) -> Path | None:
    """Writes them as CSV, if there are any.

    Returns:
        The path; None if nothing was written.
    """
    if not found:
        path.unlink(missing_ok=True)
        return None
    frame = published_frame(found)
    write(path, lambda draft: frame.to_csv(draft, index=False, float_format="%.4g"))
    return path
