"""The worker's side of a contest: a process that readies itself, and then works once whenever it is asked.

For every line that comes in it answers with a line of JSON. So processes with libraries of their own take turns on one
machine, and none of them has to start again. Needs nothing but Python: it runs in the peers' environment too.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any


class Turns:
    """Answers go to the stdout of the process; what libraries print goes to its stderr from then on."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def asked(self) -> bool:
        """Waits until it is this process's turn; False when there will be none any more."""
        return bool(sys.stdin.readline())

    def answer(self, **facts: Any) -> None:
        """Ends a turn; the first answer says that the process is ready. Adds the most memory that it ever had, KiB."""
        facts["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps(facts), file=self._answers, flush=True)

    def serve(self, once: Callable[[], dict[str, Any]], **ready: Any) -> None:
        """Answers with what `once` returns, as often as it is asked."""
        self.answer(**ready)
        while self.asked():
            self.answer(**once())


class Steps:
    """Lets a training loop, ours or another's, take one step whenever it is asked: called after every step.

    The first step is the warm-up, with which the process is ready. A turn lasts from the end of a step to the end of
    the next one, so that what a loop does between steps counts.

    Args:
        turns: Who asks.
        now: A clock, in seconds.
        ready: What the first answer says.
    """

    def __init__(self, turns: Turns, now: Callable[[], float], **ready: Any) -> None:
        self._turns, self._now, self._ready = turns, now, ready
        self._began: float | None = None

    def __call__(self) -> None:
        """Ends a turn, and waits for the next one.

        Raises:
            SystemExit: There is none: the loop ends here, whatever it meant to do.
        """
        if self._began is None:
            self._turns.answer(**self._ready)
        else:
            self._turns.answer(seconds=self._now() - self._began)
        if not self._turns.asked():
            raise SystemExit
        self._began = self._now()
