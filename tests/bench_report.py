"""How long the reports of a large results folder take: `python -m tests.bench_report`, or `make bench-report`.

Writes a folder of 100 checkpoints x 4 tasks x 176 languages x 3 seeds (or finds the one that --folder names), and
prints time, processor's time and peak memory of each report, from the files of the runs on, in a process of its own.
Alone on the machine, or the times say nothing.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.many_results import options, write


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
        # What was written by this process would count as its memory.
        subprocess.run([sys.executable, "-m", "tests.bench_report", "--measure", str(root)], check=True)


def measure(root: Path) -> None:
    """Makes every report once, one after the other."""
    began, used = time.monotonic(), time.process_time()
    from xbench.plugins import registry
    from xbench.reporting.columns import columns
    from xbench.reporting.leaderboard import write_leaderboard
    from xbench.reporting.page import write_page
    from xbench.reporting.tables import write_tables
    from xbench.stages.publish import publish
    from xbench.store.layout import Store

    store, plugins = Store(root), registry()
    parts: dict[str, Callable[[Any], Any]] = {
        "scores.csv, from the scores of all runs": lambda _: publish(store, plugins),
        "leaderboard": lambda scores: write_leaderboard(columns(scores), store.leaderboard),
        "tables": lambda scores: write_tables(scores, columns(scores), store.tables),
        "page, without plots": lambda scores: write_page(store.page, columns(scores)),
    }
    print(f"{time.monotonic() - began:7.1f} s {time.process_time() - used:7.1f} s of one core  imports")
    scores: Any = None
    for what, make in parts.items():
        start, spent = time.monotonic(), time.process_time()
        found = make(scores)
        scores = found if scores is None else scores
        print(f"{time.monotonic() - start:7.1f} s {time.process_time() - spent:7.1f} s of one core  {what}")
    print(f"{time.monotonic() - began:7.1f} s {time.process_time() - used:7.1f} s of one core  all: {len(scores)} rows")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:7.2f} GiB at most")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        main()
