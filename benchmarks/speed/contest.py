"""Several processes that work in turn, so that whatever else a machine does meets all of them alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from benchmarks.speed.settings import ROOT, Settings
from xbench.errors import XbenchError

Answer = Mapping[str, Any]


class Turn(Protocol):
    """Whoever can be asked to work once."""

    @property
    def every(self) -> int:
        """Takes part in every round, every other one, and so on."""
        ...

    def turn(self) -> Answer:
        """Works once, and says how it went."""
        ...


@dataclass(frozen=True)
class Entry:
    """Somebody who takes part.

    Attributes:
        name: What the tables call it.
        module: Worker of `benchmarks.speed`.
        given: What it is told.
        python: Interpreter of its environment.
        every: Takes part in every round, every other one, and so on.
    """

    name: str
    module: str
    given: Mapping[str, Any]
    python: Path = field(default_factory=lambda: Path(sys.executable))
    every: int = 1


@dataclass(frozen=True)
class Worker:
    """A process.

    Attributes:
        entry: What it is.
        process: With pipes.
        log: What it says besides its answers.
        ready: What it said when it was ready.
    """

    entry: Entry
    process: subprocess.Popen[str]
    log: Path
    ready: Answer = field(default_factory=dict)

    @property
    def every(self) -> int:
        """See `Turn`."""
        return self.entry.every

    def turn(self) -> Answer:
        """See `Turn`."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        return self.answer()

    def answer(self) -> Answer:
        """Waits for its next answer.

        Raises:
            XbenchError: It ended instead.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            said = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
            raise XbenchError("\n  ".join([f"{self.entry.name} ended before it answered; it last said:", *said]))
        found: Answer = json.loads(line)
        return found


def order(contestants: Mapping[str, Turn], turn: int) -> list[str]:
    """Who works in a round, and after whom: another one begins each round, so that none always follows the same."""
    names = [name for name, one in contestants.items() if turn % one.every == 0]
    start = turn % len(names)
    return names[start:] + names[:start]


def alternate(contestants: Mapping[str, Turn], rounds: int) -> dict[str, list[Answer]]:
    """Asks everybody in turn.

    Returns:
        Name -> its answers, one for each round that it took part in.
    """
    found: dict[str, list[Answer]] = {name: [] for name in contestants}
    for turn in range(rounds):
        for name in order(contestants, turn):
            found[name].append(contestants[name].turn())
            seconds = f" {found[name][-1]['seconds']:.2f} s" if "seconds" in found[name][-1] else ""
            print(f"  round {turn + 1} of {rounds}: {name}{seconds}", file=sys.stderr, flush=True)
    return found


@contextmanager
def workers(entries: Sequence[Entry], settings: Settings) -> Iterator[dict[str, Worker]]:
    """Starts processes, and waits until all of them are ready."""
    with ExitStack() as stack:
        started = [stack.enter_context(_started(entry, settings)) for entry in entries]
        yield {worker.entry.name: replace(worker, ready=worker.answer()) for worker in started}


def alone(entry: Entry, settings: Settings) -> Answer:
    """The first answer of a process, which then ends."""
    with workers([entry], settings) as ready:
        return ready[entry.name].ready


@contextmanager
def _started(entry: Entry, settings: Settings) -> Iterator[Worker]:
    folder = settings.folder / "".join(letter if letter.isalnum() else "-" for letter in entry.name)
    folder.mkdir(exist_ok=True)
    log = folder / "log.txt"
    given = {"device": settings.device, "folder": str(folder), **entry.given}
    # Nobody asks the Hub for anything while it is timed.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    if settings.threads:
        environment["OMP_NUM_THREADS"] = str(settings.threads)
    command = [str(entry.python), "-m", f"benchmarks.speed.{entry.module}", json.dumps(given)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    try:
        yield Worker(entry, process, log)
    finally:
        # The end of its input is what tells a worker that it is asked no more.
        with suppress(BrokenPipeError):
            process.stdin.close()  # type: ignore[union-attr]
        process.wait()
