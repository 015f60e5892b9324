"""How long a newcomer waits, and what for: `python -m tests.bench_embedded`, or `make bench-embedded`.

Takes options of `xbench run`. Runs the embedded suite with an empty cache and an empty results folder, and prints the
time of its parts and the most memory that all of its processes had at once (proportional set size, so that what they
share counts once; Linux only). Alone on the machine, or the times say nothing.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from xbench.store import predictions
from xbench.store.files import read_json


def main() -> None:
    """Prints the table."""
    with TemporaryDirectory(prefix="xbench-embedded-") as name:
        root = Path(name)
        command = [sys.executable, "-m", "xbench", "run", "--out", str(root / "out"), *sys.argv[1:]]
        environment = {**os.environ, "XBENCH_CACHE": str(root / "cache"), "CI": "1"}
        began = time.time()
        running = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        memory = Memory(running.pid)
        memory.start()
        seen = {said: at - began for said, at in _lines(running)}
        code, ended = running.wait(), time.time() - began
        memory.join()
        if code:
            sys.exit(f"xbench run ended with {code}")
        _print(root / "out", seen, began, ended, memory.peak)


class Memory(threading.Thread):
    """Looks at the memory of a process and its children twice a second, until the process ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid

    def run(self) -> None:
        """Keeps the largest sum, in KiB."""
        while now := sum(map(_share, _family(self._pid))):
            self.peak = max(self.peak, now)
            time.sleep(0.5)


def _family(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


def _share(pid: int) -> int:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0


def _lines(running: subprocess.Popen[str]) -> Iterator[tuple[str, float]]:
    """The first word of what is said while it runs, and when it is first said."""
    assert running.stderr is not None
    known = set()
    for line in running.stderr:
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        if word not in known:
            known.add(word)
            yield word, time.time()


def _print(out: Path, seen: dict[str, float], began: float, ended: float, peak: int) -> None:
    fits = [read_json(path)["seconds"] for path in out.glob("fits/*/fit.json")]
    files = list(out.glob("runs/*/*/*/*/predictions/*.parquet"))
    predicted = [predictions.facts(path)["seconds"] for path in files]
    scored = max(path.stat().st_mtime for path in out.glob("runs/*/*/*/*/scores.json")) - began
    parts = {
        "planning: the rows to learn from are generated": seen["plan"],
        "starting processes": seen["fit"] - seen["plan"],
        "fits, predictions and their scores, side by side": scored - seen["fit"],
        "tables, plots, leaderboard": ended - scored,
        "all": ended,
    }
    for what, seconds in parts.items():
        print(f"{seconds:7.1f} s  {what}")
    print(f"{sum(fits):7.1f} s  of one core in {len(fits)} fits")
    print(f"{sum(predicted):7.1f} s  of one core in {len(files)} files of predictions")
    print(f"{peak / 2**20:7.2f} GiB at most")


if __name__ == "__main__":
    main()
