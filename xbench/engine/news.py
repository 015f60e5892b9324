"""What a process among several tells the one that waits for it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from xbench.engine.options import Outcome

_PAUSE = 0.1
"""Seconds between two messages about rows. A step of a small model takes less time than to tell of it."""


@dataclass(frozen=True)
class News:
    """What happened since the last news.

    Attributes:
        rows: That were done, of the job that was told of last.
        job: The next one and its rows; None while it goes on with the same.
        outcome: At the end.
    """

    rows: int = 0
    job: tuple[str, int] | None = None
    outcome: Outcome | None = None


class Reporter:
    """Sends news over a pipe, rows of many steps at a time. A `Watcher`.

    Args:
        pipe: The end that is written to. Each process has its own: one that is killed in the middle of a message can
            then neither garble nor hold up what others say.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._rows = 0
        self._sent = time.monotonic()

    def start(self, job: str, rows: int) -> None:
        """The next job begins."""
        self._send(job=(job, rows))

    def tick(self, rows: int) -> None:
        """Some rows are done."""
        self._rows += rows
        if time.monotonic() - self._sent >= _PAUSE:
            self._send()

    def end(self, outcome: Outcome) -> None:
        """Nothing is left to do."""
        self._send(outcome=outcome)

    def _send(self, job: tuple[str, int] | None = None, outcome: Outcome | None = None) -> None:
        try:
            self._pipe.send(News(self._rows, job, outcome))
        except BrokenPipeError:
            # Whoever waited was killed. The work is worth something only to the next run, which takes it up from here.
            sys.exit(1)
        self._rows = 0
        self._sent = time.monotonic()
