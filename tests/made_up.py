"""A small made-up world: a mirror, task files and a checkpoint on which the whole path takes a second.

`build` writes it. `World.bench` and `World.cli` run in this process; `child` and `command` in another.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from data_helpers import Tables, write_repo
from tiny_checkpoints import build as build_checkpoint

from xbench.store.keys import file_digest

# What fixes a made-up task's data to one repository, with what the tests change about it.
_TASK = '''"""Made up."""

from xbench.api import Data, Recipe, Task

task = Task(
    name={name!r},
    version=1,
    kind={kind!r},
    data=Data(
        repo={repo!r},
        revision="main",
        configs={configs!r},
        columns={columns!r},
        licence="CC0",
        citation="made up",
        join={join!r},
    ),
    labels={labels!r},
    recipe={recipe},
    train_languages={train_languages!r},
    max_length=32,
    splits=("train", "dev", "test"),
    made_by={made_by!r},
    panels={panels!r},
)
'''
_RECIPE = "Recipe(learning_rate=5e-3, epochs=4, batch_size=8)"

# What a run imports on its way and takes seconds of every process otherwise.
_PRELOADED = [
    "xbench.engine.making", "xbench.model.heads.gradient", "torch._dynamo", "transformers.models.bert.modeling_bert",
    "datasets", "pandas", "scipy.stats", "matplotlib.figure",
]  # fmt: skip

LABELS = ("arts", "sports")
TRAIN, DEV, TEST = 64, 32, 40
"""Rows of every split of the data set of topics."""


@dataclass(frozen=True)
class Ended:
    """A command that came to its end."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class World:
    """Where the made-up things are.

    Attributes:
        root: Everything is below it.
        mirror: Data sets: `made-up/topics` in en, de, sw, th (yo is declared, but not there) and
            `made-up/tags` in en and de. Training rows of topics: en original, de and sw published-mt, th none.
        checkpoint: A BERT, 16 wide, with random weights.
    """

    root: Path
    mirror: Path
    checkpoint: Path

    def file(self, name: str) -> Path:
        """Its task file."""
        return self.root / "tasks" / f"{name}.py"

    def bench(self, out: Path, tasks: Sequence[str] = ("topics",), **more: Any) -> Any:
        """`xbench.bench` on made-up tasks, zero-shot with seed 1 unless told otherwise."""
        from xbench.engine.bench import bench

        asked = {
            "model": self.checkpoint, "tasks": tasks, "protocols": ["zero-shot"], "languages": ["en", "de"],
            "seeds": [1], "data": self.mirror, "device": "cpu", "task_files": [self.file(name) for name in tasks],
            "reports": False,
        } | more  # fmt: skip
        with _plugins_of_its_own():
            return bench(asked.pop("model"), out=out, **asked)

    def arguments(self, out: Path, *more: str, tasks: Sequence[str] = ("topics",)) -> list[str]:
        """`xbench run …` on made-up tasks; what is given last holds."""
        files = [part for name in tasks for part in ("--task-file", str(self.file(name)))]
        return [
            "run", "--model", str(self.checkpoint), "--data", str(self.mirror), *files, "--tasks", ",".join(tasks),
            "--protocols", "zero-shot", "--languages", "en,de", "--seeds", "1", "--device", "cpu",
            "--out", str(out), *more,
        ]  # fmt: skip

    def run(self, out: Path, *more: str, tasks: Sequence[str] = ("topics",)) -> Ended:
        """`xbench run …` on made-up tasks, in this process."""
        return cli(*self.arguments(out, *more, tasks=tasks))


def build(root: Path) -> World:
    """Writes the mirror, the task files and the checkpoint; from then on torch uses one thread.

    Threads gain nothing on encoders this small, and lose a factor of twenty where cores are shared.
    """
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    mirror = root / "mirror"
    write_repo(mirror / "made-up" / "topics", _topics())
    write_repo(mirror / "made-up" / "tags", _tags())
    world = World(root, mirror, build_checkpoint(root / "tiny"))
    write_task(world, "topics")
    write_task(world, "topics-again")
    write_task(
        world, "tags", kind="tagging", repo="made-up/tags", configs={"en": "en", "de": "de"}, labels=("A", "D"),
        columns={"words": "words", "tags": "tags"}, made_by={},
    )  # fmt: skip
    write_task(
        world, "pairs", kind="translation", join="item", labels=(), recipe=None, panels={},
        columns={"source": "sentence", "target": "sentence", "id": "item"},
        made_by={"train": "human", "dev": "human", "test": "human"},
    )  # fmt: skip
    return world


def write_task(world: World, file: str, **changes: Any) -> Path:
    """Writes a task file: that of the topics, with changes."""
    fields: dict[str, Any] = {
        "name": file,
        "kind": "classification",
        "repo": "made-up/topics",
        "configs": {tag: tag for tag in ("en", "de", "sw", "th", "yo")},
        "columns": {"text": "sentence", "label": "topic", "id": "item"},
        "join": None,
        "labels": LABELS,
        "recipe": _RECIPE,
        "train_languages": (),
        "made_by": {"train": "published-mt", "dev": "human", "test": "human"},
        "panels": {"published": ("de", "sw", "yo")},
    }
    path = world.file(file)
    path.parent.mkdir(exist_ok=True)
    path.write_text(_TASK.format(**fields | changes), encoding="utf-8")
    return path


def sentences(language: str, split: str, count: int) -> tuple[list[str], list[str]]:
    """Sentences and their topics: arts is told in words of a and b, sports in words of d and e."""
    random = np.random.default_rng([*language.encode(), *split.encode()])
    topics = [LABELS[int(place)] for place in random.integers(2, size=count)]
    texts = []
    for topic in topics:
        letters = list("abc" if topic == "arts" else "dec")
        words = ["".join(random.choice(letters, random.integers(1, 4))) for _ in range(random.integers(3, 8))]
        texts.append(" ".join([letters[0], *words]))
    return texts, topics


def _topics() -> Tables:
    tables: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for language in ("en", "de", "sw", "th"):
        counts = {"train": TRAIN, "validation": DEV, "test": TEST}
        if language == "th":
            del counts["train"]
        for split, count in counts.items():
            texts, topics = sentences(language, split, count)
            items = [f"{split}-{place}" for place in range(count)]
            tables.setdefault(language, {})[split] = {"item": items, "sentence": texts, "topic": topics}
    return tables


def _tags() -> Tables:
    """The tag of a word is A or D, after its first letter."""
    tables: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for language in ("en", "de"):
        for split, count in (("train", 48), ("validation", 24), ("test", 24)):
            random = np.random.default_rng([*b"tags", *language.encode(), *split.encode()])
            rows = [
                [str(random.choice(list("ad"))) + str(random.choice(list("bce"))) for _ in range(random.integers(2, 7))]
                for _ in range(count)
            ]
            tags = [[word[0].upper() for word in words] for words in rows]
            tables.setdefault(language, {})[split] = {"words": rows, "tags": tags}
    return tables


@contextlib.contextmanager
def _plugins_of_its_own() -> Iterator[None]:
    """Made-up tasks are registered for as long as a command lasts, and in no other test."""
    from xbench.plugins import registry

    registry.cache_clear()
    try:
        yield
    finally:
        registry.cache_clear()


def cli(*arguments: str) -> Ended:
    """The command `xbench` as the entry point runs it, in this process. A traceback is the test's failure."""
    from xbench.cli import main

    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    with (
        _plugins_of_its_own(),
        mock.patch.object(sys, "argv", ["xbench", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return Ended(code, out.getvalue(), err.getvalue())


def refused(ended: Ended, *parts: str) -> str:
    """Checks that bad input ended as it should: code 2, a message with these parts, no traceback."""
    assert ended.code == 2, ended
    assert "Traceback" not in ended.err
    for part in parts:
        assert part in ended.err, f"{part!r} is not in {ended.err}"
    return ended.err


def command(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    """The real command in a process of its own, which takes seconds to import torch."""
    return subprocess.Popen(
        [sys.executable, "-m", "xbench", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


def child(log: Path, *arguments: str, largest: int = 0) -> BaseProcess:
    """The command in a process of its own that starts at once: it is forked from one that knows torch.

    Args:
        log: What it writes to stderr and stdout, line by line.
        *arguments: Of the command.
        largest: Size that a file of its may have, in bytes; 0 for any.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    work = (log, arguments, os.environ["XBENCH_CACHE"], largest)
    process = context.Process(target=_in_child, args=work, name=str(log), daemon=True)
    process.start()
    return process


def _in_child(log: Path, arguments: Sequence[str], cache: str, largest: int) -> None:
    from xbench.cli import main

    os.environ["XBENCH_CACHE"] = cache
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    # Never closed: the interpreter still writes to it when it ends.
    sys.stdout = sys.stderr = log.open("a", buffering=1)
    sys.argv = ["xbench", *arguments]
    main()


def kill_when(process: BaseProcess, reached: Callable[[], bool], within: float = 120.0) -> None:
    """Sends SIGKILL as soon as something on the disk is so.

    Raises:
        AssertionError: The process ended before, or it never came about.
    """
    deadline = time.monotonic() + within
    while not reached():
        assert process.is_alive(), f"ended by itself with {process.exitcode}: {Path(process.name).read_text()}"
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.001)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL, "the process ended before it could be killed"


def snapshot(folder: Path, *patterns: str) -> dict[str, tuple[int, int, str]]:
    """File -> inode, time of the last change and digest: equal for files that nobody wrote again."""
    paths = sorted(path for pattern in patterns or ("**/*",) for path in folder.glob(pattern) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns, file_digest(path))
        for path in paths
        if not path.name.startswith(".")
    }


def made(folder: Path) -> dict[str, tuple[int, int, str]]:
    """The snapshot of what costs time: predictions and finished fits."""
    return snapshot(folder, "runs/**/*.parquet", "fits/*/fit.json")


def tables(folder: Path) -> dict[str, pa.Table]:
    """Predictions of a results folder: file -> its rows, without what the file says of itself."""
    return {
        path.relative_to(folder).as_posix(): pq.read_table(path).replace_schema_metadata()
        for path in sorted(folder.glob("runs/**/*.parquet"))
    }


def same_predictions(one: Path, other: Path) -> None:
    """Checks that two results folders hold the same predictions: labels exactly, logits within 1e-4."""
    mine, theirs = tables(one), tables(other)
    assert mine.keys() == theirs.keys()
    assert mine
    for name, table in mine.items():
        assert table.schema == theirs[name].schema
        for column in table.column_names:
            left, right = table[column], theirs[name][column]
            if pa.types.is_list(left.type) and pa.types.is_floating(left.type.value_type):
                np.testing.assert_allclose(*(side.combine_chunks().flatten().to_numpy() for side in (left, right)),
                                           atol=1e-4)  # fmt: skip
            elif not pa.types.is_floating(left.type):
                assert left.equals(right), f"{name}: {column}"
