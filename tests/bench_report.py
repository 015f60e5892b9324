"""How long the reports of a large results folder take: `python -m tests.bench_report`, or `make bench-report`.

Writes a folder of 100 checkpoints x 4 tasks x 176 languages x 3 seeds (or finds the one that --folder names), makes its
reports from the files of the runs on, without plots, and prints of each the time and the processors' time of all
processes, and of the whole the most memory that all of them had at once. Alone on the machine, or times say nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.many_results import options, write

_PROC = Path("/proc")
_EVERY = 0.1
"""Seconds between two looks at the memory."""


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    options(parser)
    parser.add_argument("--folder", type=Path, help="Written if it is not there, and kept.")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="xbench-report-") as name:
        root = given.folder or Path(name) / "results"
        if not root.is_dir():
            write(root, given.checkpoints, given.languages, given.seeds, predicted=given.predicted)
        command = [sys.executable, "-m", "tests.bench_report", "--measure", str(root)]
        # A session of its own is known by its number, however many processes it has.
        with subprocess.Popen(command, start_new_session=True) as process:
            most = 0
            while process.poll() is None:
                most = max(most, resident(process.pid))
                time.sleep(_EVERY)
    if process.returncode:
        sys.exit(process.returncode)
    print(f"{most / 2**30:7.2f} GiB at most, of all processes together: their PSS, looked at every {_EVERY} s")


def resident(session: int) -> int:
    """Bytes of the processes of a session; what several of them share is counted once (proportional set size)."""
    return sum(_resident(int(folder.name)) for folder in _PROC.glob("[0-9]*") if _session(folder) == session)


def _session(folder: Path) -> int | None:
    try:
        # Behind the name, which may have blanks and brackets: state, parent, group, session.
        return int((folder / "stat").read_text().rpartition(")")[2].split()[3])
    except OSError:
        # It has ended in the meantime.
        return None


def _resident(process: int) -> int:
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def measure(root: Path) -> None:
    """Makes every report once, one after the other."""
    began, used = time.monotonic(), worked()
    from xbench.planning.garbage import not_collected
    from xbench.plugins import registry
    from xbench.reporting.columns import columns
    from xbench.reporting.leaderboard import write_leaderboard
    from xbench.reporting.page import write_page
    from xbench.reporting.tables import write_tables
    from xbench.stages.publish import publish
    from xbench.store.layout import Store

    store, plugins = Store(root), registry()
    say("imports", began, used)
    scores = said("scores.csv, from the scores of all runs", lambda: publish(store, plugins))
    every = said("its columns", lambda: columns(scores))
    # As `xbench.engine.report` makes them.
    with not_collected():
        said("leaderboard", lambda: write_leaderboard(every, store.leaderboard))
        said("tables", lambda: write_tables(scores, every, store.tables))
        said("page", lambda: write_page(store.page, every))
    say(f"all: {len(scores)} rows", began, used)


def said(what: str, make: Callable[[], Any]) -> Any:
    """Makes something, and says how long that took."""
    began, used = time.monotonic(), worked()
    found = make()
    say(what, began, used)
    return found


def say(what: str, began: float, used: float) -> None:
    """Prints how long something took."""
    print(f"{time.monotonic() - began:7.1f} s {worked() - used:7.1f} s of processors  {what}", flush=True)


def worked() -> float:
    """Seconds of processors that this process and those that it has waited for have had."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        main()
