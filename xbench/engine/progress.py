"""Bars: one for the whole run and one for the current job of each process, with estimates of what is left."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol

from tqdm import tqdm


class Watcher(Protocol):
    """Is told of the work of one process."""

    def start(self, job: str, rows: int) -> None:
        """The next job begins, of so many rows."""

    def tick(self, rows: int) -> None:
        """Some rows are done."""


class Progress:
    """Counts rows. Plain lines where nobody watches (CI, a log file).

    Args:
        rows: Rows of the whole, training rows counted per epoch.
        processes: How many work on it.
        quiet: Nothing is shown.
        unit: What is counted, where it is not rows.
    """

    def __init__(self, rows: int, processes: int = 1, quiet: bool = False, unit: str = "row") -> None:
        watched = sys.stderr.isatty() and not os.environ.get("CI")
        hidden = quiet or not watched
        self._jobs = [tqdm(total=1, unit=unit, position=i, disable=hidden, leave=False) for i in range(processes)]
        self._whole = tqdm(total=rows, unit=unit, desc="all", position=processes, disable=hidden, leave=False)
        self._silent = quiet or watched
        self._unit = unit

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bar in (*self._jobs, self._whole):
            bar.close()

    def start(self, job: str, rows: int, process: int = 0) -> None:
        """The next job of a process begins."""
        self._jobs[process].reset(total=rows)
        self._jobs[process].set_description(job)
        if not self._silent:
            print(f"{job} ({rows} {self._unit}s)", file=sys.stderr, flush=True)

    def tick(self, rows: int, process: int = 0) -> None:
        """A process is done with some rows."""
        self._jobs[process].update(rows)
        self._whole.update(rows)
