"""A small benchmark from end to end, as a user would run it: `python -m tests.bench_small` (make bench-small).

Made-up data, a tiny checkpoint with random weights, every kind under two protocols, and then every
command that reads results. Says what it does and ends with a code other than 0 if anything is amiss.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

# The helpers import each other as pytest has them do, by their bare names.
sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

TASKS = {"topics": "classification", "tags": "tagging", "pairs": "translation"}
PROTOCOLS = ("zero-shot", "translate-train-all")
LANGUAGES = ("en", "de")
SEEDS = 2
FILES = (
    "report.html", "leaderboard.csv", "tables/overview.md", "plots/heatmap-tiny.png",
    *(f"tables/{task}.{ending}" for task in TASKS for ending in ("csv", "md", "tex")),
    "plots/pairs/layers-zero-shot.png",
    *(f"plots/{task}/bars-{protocol}.png" for task in TASKS for protocol in PROTOCOLS),
)  # fmt: skip


def main() -> None:
    """Runs all of it in a temporary folder."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="xbench-small-") as name:
        root = Path(name)
        os.environ["XBENCH_CACHE"] = str(root / "cache")
        arguments = _made_up(root)
        out = root / "results"
        _xbench(0, "run", *arguments, "--languages", ",".join(LANGUAGES), "--out", out)
        rows = _check_scores(out)
        _check_files(out)
        before = (out / "scores.csv").read_bytes()
        _xbench(0, "score", "--out", out)
        _expect((out / "scores.csv").read_bytes() == before, "scores from predictions are the run's")
        _xbench(0, "report", "--out", out)
        _expect("tiny" in _xbench(0, "leaderboard", "--out", out), "the leaderboard has the checkpoint")
        _expect("versions" in _xbench(0, "why", "topics", "zero-shot", "de", "--out", out), "a number has an origin")
        _xbench(3, "run", *arguments, "--languages", "en,de,yo", "--out", out)
        again = _read(out)
        _expect([row for row in again if row["language"] in LANGUAGES] == rows, "what was there stays as it is")
        _expect(any(row["status"] == "unavailable" for row in again), "what is not there is said to be so")
    print(f"bench-small: all well after {time.monotonic() - began:.0f} s")


def _made_up(root: Path) -> list[str | Path]:
    """Writes data, tasks and checkpoint; the arguments of `xbench run` that name them."""
    from made_up import build, write_task

    world = build(root)
    # As published, the tags have no translations: here they are said to be some, for the second protocol.
    write_task(
        world, "tags", kind="tagging", repo="made-up/tags", configs={"en": "en", "de": "de"}, labels=("A", "D"),
        columns={"words": "words", "tags": "tags"}, made_by={"train": "published-mt"},
    )  # fmt: skip
    files = [part for task in TASKS for part in ("--task-file", world.file(task))]
    asked = ["--protocols", ",".join(PROTOCOLS), "--seeds", str(SEEDS), "--device", "cpu"]
    return ["--model", world.checkpoint, "--data", world.mirror, *files, *asked]


def _xbench(code: int, *arguments: str | Path) -> str:
    """The command; what it wrote to stdout. Ends this program if its exit code is another."""
    command: Sequence[str] = [sys.executable, "-m", "xbench", *map(str, arguments)]
    print(f"$ xbench {arguments[0]} … (exit code {code} expected)", flush=True)
    done = subprocess.run(command, capture_output=True, text=True)
    _expect(done.returncode == code, f"exit code {done.returncode}", done.stdout + done.stderr)
    return done.stdout


def _check_scores(out: Path) -> list[dict[str, str]]:
    """Every language of every task under every protocol has its main score, with its seeds; those rows."""
    rows = [row for row in _read(out) if row["language"] in LANGUAGES]
    main_rows = [row for row in rows if row["main"] == "True"]
    for task, kind in TASKS.items():
        # English is one side of every pair, and a frozen encoder has no seeds.
        languages, seeds = (LANGUAGES[1:], "0") if kind == "translation" else (LANGUAGES, str(SEEDS))
        for protocol in PROTOCOLS:
            found = [row for row in main_rows if (row["task"], row["protocol"]) == (task, protocol)]
            _expect(sorted({row["language"] for row in found}) == sorted(languages), f"{task} {protocol}: languages")
            _expect(all(0 <= float(row["score"]) <= 100 and row["seeds"] == seeds for row in found), f"{task}: scores")
            _expect(all(f"|kind:{kind}." in row["signature"] for row in found), f"{task}: kind {kind}")
    return rows


def _check_files(out: Path) -> None:
    for name in FILES:
        _expect((out / name).is_file() and (out / name).stat().st_size > 0, name)


def _read(out: Path) -> list[dict[str, str]]:
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _expect(good: bool, what: str, more: str = "") -> None:
    print(f"  {'ok' if good else 'FAILED'}: {what}", flush=True)
    if not good:
        sys.exit(f"{more}\nbench-small: {what}")


if __name__ == "__main__":
    main()
