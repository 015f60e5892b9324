"""The steps of a training as they are shown: losses, and how long is left; plain lines where nobody watches."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from types import TracebackType

from tqdm import tqdm

_EVERY = 30.0
"""Seconds between two plain lines."""
_MEMORY = 0.95
"""Of the losses that are shown: a step's own jumps too much to be read."""


class Steps:
    """Shows steps with their losses.

    Args:
        steps: Of the whole.
        done: Of them, before this process.
        quiet: Nothing is shown.
    """

    def __init__(self, steps: int, done: int = 0, quiet: bool = False) -> None:
        watched = sys.stderr.isatty() and not os.environ.get("CI")
        self._bar = tqdm(total=steps, initial=done, unit="step", disable=quiet or not watched, leave=False)
        self._lines = not (quiet or watched)
        self._steps, self._done = steps, done
        self._began, self._before = time.monotonic(), done
        self._said = self._began
        self._losses: dict[str, float] = {}

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def tick(self, losses: Mapping[str, float]) -> None:
        """A step is done."""
        self._done += 1
        for name, loss in losses.items():
            old = self._losses.get(name, loss)
            self._losses[name] = _MEMORY * old + (1 - _MEMORY) * loss
        said = " · ".join(f"{name} {loss:.3f}" for name, loss in self._losses.items())
        self._bar.set_postfix_str(said, refresh=False)
        self._bar.update(1)
        if self._lines and time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            rate = (self._done - self._before) / (self._said - self._began)
            left = (self._steps - self._done) / rate / 60
            self.say(f"step {self._done} of {self._steps} · {said} · {rate:.2f} steps/s · {left:.0f} min left")

    def say(self, line: str) -> None:
        """A line of its own."""
        if self._lines:
            print(line, file=sys.stderr, flush=True)
        elif not self._bar.disable:
            self._bar.write(line, file=sys.stderr)
