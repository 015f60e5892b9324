"""How long the command takes where there is nothing to compute."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed import contest
from benchmarks.speed.contest import Answer
from benchmarks.speed.measured import Goal, Part, Timed
from benchmarks.speed.settings import Settings
from xbench.errors import XbenchError

_COMMANDS = {
    "xbench --help": 0.3,
    "xbench tasks": 0.5,
    "xbench run, whose results all exist": 2.0,
}
"""Seconds that are wanted."""
_ROUNDS = 3
"""For each round of the others: these are short."""


@dataclass(frozen=True)
class Command:
    """A process from start to end."""

    arguments: Sequence[str]
    environment: dict[str, str]
    every: int = 1

    def turn(self) -> Answer:
        """See `Turn`."""
        began = time.perf_counter()
        done = subprocess.run(self.arguments, capture_output=True, text=True, env=self.environment, check=False)
        seconds = time.perf_counter() - began
        if done.returncode:
            raise XbenchError(f"{' '.join(self.arguments)} ended with {done.returncode}: {done.stderr[-500:]}")
        return {"seconds": seconds}


def measure(settings: Settings) -> Part:
    """Three commands in turn, after one of each that does not count."""
    program = str(Path(sys.executable).with_name("xbench"))
    environment = {**os.environ, "XBENCH_CACHE": str(settings.folder / "cache")}
    # A small run: what matters is that everything is there already.
    asked = "--model embedded --tasks cldr-paraphrase --protocols zero-shot --languages en,de,th --limit 32".split()
    run = ["run", *asked, "--set", "recipe.epochs=1", "--out", str(settings.folder / "results")]
    arguments = (["--help"], ["tasks"], run)
    commands = {name: Command([program, *given], environment) for name, given in zip(_COMMANDS, arguments, strict=True)}
    contest.alternate(commands, 1)
    answers = contest.alternate(commands, _ROUNDS * settings.repeat)
    timed = tuple(Timed(name, tuple(one["seconds"] for one in found)) for name, found in answers.items())
    goals = tuple(Goal(one.name, one.median, _COMMANDS[one.name], False, "s") for one in timed)
    about = "Processes from start to end, everything in the system's cache"
    return Part("startup", "Start-up", about, timed, goals=goals)
