"""What a process among several and the one that waits for it tell each other."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import NoReturn

from xbench.engine.options import Outcome

_PAUSE = 0.1
"""Seconds between two messages about rows. A step of a small model takes less time than to tell of it."""


@dataclass(frozen=True)
class News:
    """What happened since the last news.

    Attributes:
        rows: That were done, of the job that was told of last.
        job: The next one and its rows; None while it goes on with the same.
        free: Whether the process waits to be handed a unit.
        outcome: At the end.
        refusal: At the end, instead: why nothing can be done here.
    """

    rows: int = 0
    job: tuple[str, int] | None = None
    free: bool = False
    outcome: Outcome | None = None
    refusal: str | None = None


class Reporter:
    """Sends news over a pipe, rows of many steps at a time, and is handed units. A `Watcher`.

    Args:
        pipe: This process's end. Each process has its own: one that is killed in the middle of a message can then
            neither garble nor hold up what others say.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._rows = 0
        self._sent = time.monotonic()

    def start(self, job: str, rows: int) -> None:
        """The next job begins."""
        self._send(News(job=(job, rows)))

    def tick(self, rows: int) -> None:
        """Some rows are done."""
        self._rows += rows
        if time.monotonic() - self._sent >= _PAUSE:
            self._send(News())

    def unit(self) -> bytes | None:
        """Asks for a unit: pickled, None if all were handed out."""
        self._send(News(free=True))
        try:
            unit: bytes | None = self._pipe.recv()
        except (EOFError, OSError):
            _leave()
        return unit

    def end(self, outcome: Outcome) -> None:
        """Nothing is left to do."""
        self._send(News(outcome=outcome))

    def refuse(self, why: str) -> None:
        """Nothing can be done here."""
        self._send(News(refusal=why))

    def _send(self, news: News) -> None:
        try:
            self._pipe.send(replace(news, rows=self._rows))
        except OSError:
            _leave()
        self._rows = 0
        self._sent = time.monotonic()


def _leave() -> NoReturn:
    """Whoever waited was killed. The work is worth something only to the next run, which takes it up from here."""
    sys.exit(1)
