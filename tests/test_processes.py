"""Several processes on one plan: how many there are, who does what, and what becomes of one that ends too early."""

from __future__ import annotations

import ctypes
import math
import os
import pickle
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from multiprocessing import Pipe, spawn
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any
from unittest import mock

import made_up
import numpy
import pytest
import torch
from made_up import World, made, refused, tables

from xbench.engine import making, news, starting
from xbench.engine.lookup import look_up
from xbench.engine.options import Options, Outcome
from xbench.engine.progress import Progress
from xbench.engine.starting import Worker
from xbench.engine.worker import Setup, work
from xbench.jobs import Checkpoint
from xbench.model.process import keep_memory, limit_threads, use_threads
from xbench.planning import cost as costs
from xbench.planning.cost import Cost, Left, Work
from xbench.planning.processes import device_per_process, threads
from xbench.planning.request import Request
from xbench.planning.speed import Rate, guessed, rate_key
from xbench.plugins import registry
from xbench.store.layout import lock
from xbench.store.locks import hold

# Comes to a halt before the predictions of sw, for as long as a file is there.
_WAITING_KIND = """

import time
from pathlib import Path

from xbench.kinds.classification import Classification


class Waiting(Classification):
    name = "waiting"

    def decode(self, output, rows, features, task, slice):
        while slice.language == "sw" and Path({hold!r}).exists():
            time.sleep(0.01)
        return super().decode(output, rows, features, task, slice)


kind = Waiting()
"""

# Reads no rows, and so cannot be trained.
_FAILING_KIND = """

from xbench.errors import XbenchError
from xbench.kinds.classification import Classification


class Failing(Classification):
    name = "failing"

    def encode(self, rows, tokenizer, task, max_length):
        raise {error}("nothing can be read")


kind = Failing()
"""

# Decodes one of its tasks and has no numbers for another.
_CHOOSY_KIND = """

from xbench.kinds.classification import Classification


class Choosy(Classification):
    name = "choosy"

    def decode(self, output, rows, features, task, slice):
        if task.name == "undecoded":
            raise ValueError("nothing can be decoded")
        return super().decode(output, rows, features, task, slice)

    def measures(self, table, task):
        if task.name == "unscored":
            raise ValueError("nothing can be measured")
        return super().measures(table, task)


kind = Choosy()
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made_up.build(tmp_path_factory.mktemp("world"))


@dataclass
class Seen:
    """What the process that waits was told, and whom it started.

    Attributes:
        jobs: Every job, with the number of its process.
        rows: That were done, by process.
        total: Rows of the whole.
        workers: The processes.
        react: Called at each job with the number of its process.
    """

    jobs: list[tuple[str, int]] = field(default_factory=list)
    rows: Counter[int] = field(default_factory=Counter)
    total: int = 0
    workers: list[Worker] = field(default_factory=list)
    react: Callable[[str, int], None] = lambda job, process: None

    def alive(self) -> list[int]:
        """Processes that the system still knows."""
        return [worker.process.pid for worker in self.workers if worker.process.pid and _exists(worker.process.pid)]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """A machine of two cores without a GPU, whose runs in several processes are looked at."""
    seen = Seen()

    class Looking(Progress):
        def __init__(self, rows: int, processes: int = 1, quiet: bool = False) -> None:
            super().__init__(rows, processes, quiet)
            seen.total = rows

        def start(self, job: str, rows: int, process: int = 0) -> None:
            super().start(job, rows, process)
            seen.jobs.append((job, process))
            seen.react(job, process)

        def tick(self, rows: int, process: int = 0) -> None:
            super().tick(rows, process)
            seen.rows[process] += rows

    def start(setup: Setup) -> Worker:
        seen.workers.append(starting.start(setup))
        return seen.workers[-1]

    monkeypatch.setattr("xbench.planning.processes.cores", lambda: 2)
    monkeypatch.setattr("xbench.planning.processes.memory", lambda: math.inf)
    monkeypatch.setattr("xbench.planning.devices.cuda_devices", lambda: 0)
    monkeypatch.setattr("xbench.engine.parallel.Progress", Looking)
    monkeypatch.setattr("xbench.engine.making.Progress", Looking)
    monkeypatch.setattr("xbench.engine.parallel.start", start)
    yield seen
    assert not seen.alive(), "a process was left behind"


# The whole path.


@pytest.mark.e2e
def test_two_processes_make_what_one_makes(world: World, two_cores: Seen, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"tasks": ["topics", "tags"], "protocols": ["zero-shot", "in-language"], "seeds": [1, 2]}
    # scikit-learn sets it when it is imported.
    environment = {**os.environ, "KMP_DUPLICATE_LIB_OK": "True"}
    assert not world.bench(tmp_path / "two", device="auto", **asked).errors
    assert len(two_cores.workers) == 2
    told = [job for job, _ in two_cores.jobs]
    assert max(Counter(told).values()) == 1, "something was done twice"
    # topics zero-shot; tags zero-shot, which is in-language for en too, and de; each with two seeds.
    assert sum(job.startswith("fit ") for job in told) == 2 * 3
    assert sum(two_cores.rows.values()) == two_cores.total
    assert {**os.environ} == environment

    assert not world.bench(tmp_path / "one", device="cpu", **asked).errors
    assert len(two_cores.workers) == 2, "no more were started for one device"
    one, two = tables(tmp_path / "one"), tables(tmp_path / "two")
    assert one.keys() == two.keys() and all(one[name].equals(two[name]) for name in one)
    assert (tmp_path / "one/scores.csv").read_bytes() == (tmp_path / "two/scores.csv").read_bytes()


@pytest.mark.e2e
def test_a_process_that_is_killed_ends_the_run_with_a_message(world: World, two_cores: Seen, tmp_path: Path) -> None:
    hold, out = tmp_path / "hold", tmp_path / "out"
    hold.touch()
    file = made_up.write_task(world, "waiting", kind="waiting")
    file.write_text(file.read_text() + _WAITING_KIND.format(hold=str(hold)))
    asked = ("--languages", "de,sw", "--seeds", "1,2", "--device", "auto")

    def kill(job: str, process: int) -> None:
        pid = two_cores.workers[process].process.pid
        assert pid
        if job.startswith("predict "):
            os.kill(pid, signal.SIGKILL)

    two_cores.react = kill
    ended = world.run(out, *asked, tasks=("waiting",))
    refused(ended, "processes was killed, perhaps for want of memory", "run the same command again", "--device cpu")
    assert len(two_cores.workers) == 2 and not two_cores.alive()

    hold.unlink()
    two_cores.react = lambda job, process: None
    before = made(out)
    assert world.run(out, *asked, tasks=("waiting",)).code == 0
    assert before.items() <= made(out).items(), "what was finished was made again"
    assert {Path(name).stem for name in tables(out)} == {"de", "sw"} and len(tables(out)) == 4


@pytest.mark.e2e
def test_an_interrupt_ends_all_processes(world: World, two_cores: Seen, tmp_path: Path) -> None:
    def interrupt(job: str, process: int) -> None:
        raise KeyboardInterrupt

    two_cores.react = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.bench(tmp_path, device="auto", seeds=[1, 2])
    assert len(two_cores.workers) == 2 and not two_cores.alive()


@pytest.mark.e2e
def test_an_error_of_a_process_is_the_runs(world: World, two_cores: Seen, tmp_path: Path) -> None:
    results = world.bench(tmp_path, device="auto", protocols=["as-is"], tasks=["topics", "tags"])
    assert len(two_cores.workers) == 2 and len(results.errors) == 2
    assert all("has no trained head" in error for error in results.errors)


@pytest.mark.e2e
@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_what_another_run_works_on_is_waited_for_at_the_end(
    world: World, two_cores: Seen, tmp_path: Path, device: str
) -> None:
    plan = world.bench(tmp_path / "alone", seeds=[1, 2]).plan
    two_cores.jobs.clear()
    with ExitStack() as other:
        assert other.enter_context(hold(lock(tmp_path / "shared" / plan.fits[0].folder), wait=False))
        # It ends without having made anything as soon as nothing else is left to do.
        two_cores.react = lambda job, process: other.close() if job == "predict tiny topics zero-shot seed 2" else None
        assert world.bench(tmp_path / "shared", device=device, seeds=[1, 2]).complete
    assert [job.rpartition(" ")[2] for job, _ in two_cores.jobs] == ["2", "2", "1", "1"]
    assert tables(tmp_path / "shared") == tables(tmp_path / "alone")


@pytest.mark.e2e
@pytest.mark.parametrize("error", ["XbenchError", "RuntimeError"])
def test_what_fails_is_tried_once_and_stops_nothing_else(
    world: World, two_cores: Seen, tmp_path: Path, error: str
) -> None:
    file = made_up.write_task(world, "failing", kind="failing")
    file.write_text(file.read_text() + _FAILING_KIND.format(error=error))
    results = world.bench(tmp_path, device="auto", tasks=["failing", "topics"], seeds=[1, 2])
    assert len(two_cores.workers) == 2
    assert Counter(job.split()[2] for job, _ in two_cores.jobs if job.startswith("fit ")) == {"failing": 2, "topics": 2}
    assert [said.split(": ")[0] for said in results.errors] == [
        f"tiny failing zero-shot seed {seed}" for seed in (1, 2)
    ]
    assert all(said.endswith("nothing can be read") for said in results.errors)
    # Where it came up is of use to whoever wrote it, and to nobody else.
    assert all((file.name in said) == (error == "RuntimeError") for said in results.errors)
    assert {Path(name).parts[2] for name in tables(tmp_path)} == {"topics"} and len(tables(tmp_path)) == 4
    assert {*results.scores["task"]} == {"topics"}


@pytest.mark.e2e
@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_a_run_that_fails_is_named_and_stops_none_of_its_fit(
    world: World, two_cores: Seen, tmp_path: Path, device: str
) -> None:
    file = made_up.write_task(world, "decoded", kind="choosy")
    file.write_text(file.read_text() + _CHOOSY_KIND)
    for name in ("undecoded", "unscored"):
        made_up.write_task(world, name, kind="choosy")
    tasks = ["decoded", "undecoded", "unscored"]
    results = world.bench(tmp_path, device=device, tasks=tasks, seeds=[1, 2])
    assert len(two_cores.workers) == (2 if device == "auto" else 0)
    assert sum(job.startswith("fit ") for job, _ in two_cores.jobs) == 2, "the tasks train alike"
    undecoded, unscored = results.errors[:2], results.errors[2:]
    for seed, (one, other) in enumerate(zip(undecoded, unscored, strict=True), start=1):
        assert one.startswith(f"tiny undecoded zero-shot seed {seed}: ") and one.endswith("nothing can be decoded")
        assert f"/unscored/zero-shot/seed-{seed}-" in other and other.endswith("nothing can be measured")
        assert file.name in one and file.name in other
    assert {*results.scores["task"]} == {"decoded"}
    assert {Path(name).parts[2] for name in tables(tmp_path)} == {"decoded", "unscored"}, "predicted is predicted"


@pytest.mark.e2e
@pytest.mark.slow
def test_where_nothing_can_be_forked_processes_are_started_anew(
    world: World, two_cores: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "_may_fork", lambda device: False)
    assert world.bench(tmp_path / "two", device="auto", seeds=[1, 2]).complete
    assert [type(worker.process).__name__ for worker in two_cores.workers] == ["SpawnProcess"] * 2
    assert world.bench(tmp_path / "one", seeds=[1, 2]).complete
    assert tables(tmp_path / "one") == tables(tmp_path / "two")


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "darwin", reason="there is such a device")
def test_a_device_that_no_process_can_use_is_refused(world: World, two_cores: Seen, tmp_path: Path) -> None:
    ended = world.run(tmp_path, "--devices", "mps,mps", "--seeds", "1,2")
    refused(ended, "cannot use mps")
    assert len(two_cores.workers) == 2 and not two_cores.alive()


@pytest.mark.e2e
def test_one_unit_is_made_in_this_process(world: World, two_cores: Seen, tmp_path: Path) -> None:
    assert world.bench(tmp_path, device="auto", seeds=[1]).complete
    assert world.bench(tmp_path, device="auto", seeds=[1, 2]).complete, "one of two is left"
    assert not two_cores.workers
    assert [job.split()[0] for job, _ in two_cores.jobs] == ["fit", "predict"] * 2


@pytest.mark.e2e
def test_the_largest_unit_is_taken_first(world: World, two_cores: Seen, tmp_path: Path) -> None:
    # On en; on de; on both.
    asked = ["zero-shot", "translate-train", "translate-train-all"]
    assert world.bench(tmp_path, device="cpu", protocols=asked).complete
    fits = [job.split()[3] for job, _ in two_cores.jobs if job.startswith("fit ")]
    assert fits[0] == "translate-train-all"


# How many.


def checkpoint(**config: int) -> Checkpoint:
    return Checkpoint("made-up", "/made-up", "sha256:0", True, config)


SMALL = checkpoint(num_hidden_layers=2, hidden_size=128, vocab_size=10_000)
LARGE = checkpoint(num_hidden_layers=12, hidden_size=768, vocab_size=119_547)
UNKNOWN = checkpoint(vocab_size=10_000)


@pytest.mark.parametrize(
    ("asked", "devices", "checkpoints", "count"),
    [
        (("auto",), ("cpu",), [SMALL], 2),
        (("cpu",), ("cpu",), [SMALL], 1),
        (("auto",), ("cuda:0",), [SMALL], 1),
        (("cpu", "cpu", "cpu"), ("cpu", "cpu", "cpu"), [LARGE], 3),
        (("auto",), ("cpu",), [LARGE], 1),
        (("auto",), ("cpu",), [SMALL, LARGE], 1),
        (("auto",), ("cpu",), [UNKNOWN], 1),
    ],
)
def test_small_checkpoints_get_a_process_per_core(
    two_cores: Seen, asked: tuple[str, ...], devices: tuple[str, ...], checkpoints: list[Checkpoint], count: int
) -> None:
    assert device_per_process(asked, devices, checkpoints) == devices[:1] * count


@pytest.mark.parametrize(
    ("cores", "gib", "stated", "count"),
    [(8, 64, None, 8), (8, 5, None, 4), (8, 0.5, None, 1), (8, 64, "1", 8), (8, 64, "3", 2), (8, 64, "16", 1)],
)
def test_processes_fit_into_memory_and_leave_cores_for_their_threads(
    monkeypatch: pytest.MonkeyPatch, cores: int, gib: float, stated: str | None, count: int
) -> None:
    monkeypatch.setattr("xbench.planning.processes.cores", lambda: cores)
    monkeypatch.setattr("xbench.planning.processes.memory", lambda: gib * (1 << 30))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if stated:
        monkeypatch.setenv("OMP_NUM_THREADS", stated)
    assert device_per_process(("auto",), ("cpu",), [SMALL]) == ("cpu",) * count


@pytest.mark.parametrize(("cores", "processes", "each"), [(8, 1, 8), (8, 3, 2), (2, 2, 1), (2, 4, 1)])
def test_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch, cores: int, processes: int, each: int) -> None:
    monkeypatch.setattr("xbench.planning.processes.cores", lambda: cores)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert threads(processes) == each
    for stated in ("5", "5,2"):
        monkeypatch.setenv("OMP_NUM_THREADS", stated)
        assert threads(processes) == 5, "what is said holds"
    for nothing in ("0", "many", ""):
        monkeypatch.setenv("OMP_NUM_THREADS", nothing)
        assert threads(processes) == each


@pytest.mark.e2e
def test_there_are_no_more_processes_than_units(world: World, tmp_path: Path) -> None:
    def processes(*seeds: int) -> int:
        known = look_up(
            Request(
                (str(world.checkpoint),), ("topics",), protocols=("zero-shot",), languages=("en", "de"), seeds=seeds,
                mirror=world.mirror, task_files=(world.file("topics"),), devices=("cpu",) * 3,
            )
        )  # fmt: skip
        return known.cost(tmp_path).processes

    registry.cache_clear()
    assert [processes(1), processes(1, 2), processes(1, 2, 3, 4)] == [1, 2, 3]
    world.bench(tmp_path, seeds=[1, 2])
    registry.cache_clear()
    assert [processes(1, 2), processes(1, 2, 3), processes(2, 3, 4)] == [1, 1, 2]
    registry.cache_clear()


# What it costs.


def price(processes: int, *works: Work) -> Cost:
    unit: Any = None
    return Cost(tuple(Left(unit, True, 1, (work,)) for work in works), processes)


def test_the_time_is_that_of_the_process_that_ends_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "rate_of", {"a": Rate(10, 100), "b": Rate(0, 100)}.__getitem__)
    ten = Work("a", trained=90, predicted=100)
    assert price(1, ten, ten, ten).seconds == pytest.approx(30)
    assert price(2, ten, ten, ten).seconds == pytest.approx(20)
    four = (ten, Work("a", trained=40), Work("a", trained=30), Work("b", predicted=200))
    assert price(2, *four).seconds == pytest.approx(10) and price(2, *four).measured
    assert price(2, ten, Work("b")).measured, "nothing is left of it"


def test_what_was_never_measured_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "rate_of", {"none": Rate(), "half": Rate(0, 300)}.__getitem__)
    # A row of training costs three of prediction.
    work = Work("none", guess=30, trained=100, predicted=300)
    assert price(1, work, work).seconds == pytest.approx(40)
    assert price(2, work, work).seconds == pytest.approx(20) and not price(2, work, work).measured
    # What was measured is the better ground.
    half = price(1, Work("half", guess=30, trained=100))
    assert half.seconds == pytest.approx(1) and not half.measured
    assert price(2, work, Work("none", trained=1)).seconds is None, "nothing to guess from"


@pytest.mark.e2e
def test_a_guess_says_that_it_is_one_until_several_processes_have_measured(
    world: World, two_cores: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path / "cache"))
    asked = ("--seeds", "1,2", "--device", "auto")
    before = world.run(tmp_path / "one", *asked, "--dry-run").out
    assert re.search(r"in 2 processes; time: about \d+ s, a guess until", before)
    assert world.run(tmp_path / "one", *asked).code == 0 and len(two_cores.workers) == 2
    after = world.run(tmp_path / "other", *asked, "--dry-run").out
    assert re.search(r"in 2 processes; time: about \d+ s;", after)


@pytest.mark.e2e
def test_a_guess_is_of_the_order_of_what_was_measured(world: World, tmp_path: Path) -> None:
    # The embedded checkpoints on one thread: 500 to 2300 rows a second, by the task.
    fit = replace(world.bench(tmp_path, limit=16).plan.fits[0], checkpoint=SMALL)
    assert 200 < guessed(fit, "cpu", 1) < 20_000
    assert guessed(fit, "cpu", 4) == 4 * guessed(fit, "cpu", 1)
    assert guessed(fit, "cuda:0", 1) > guessed(fit, "cpu", 16)
    assert guessed(replace(fit, checkpoint=UNKNOWN), "cpu", 1) == 0


@pytest.mark.e2e
def test_a_rate_belongs_to_a_number_of_threads(world: World, tmp_path: Path) -> None:
    fit = world.bench(tmp_path, limit=16).plan.fits[0]
    assert rate_key(fit, "cpu", 1) != rate_key(fit, "cpu", 2)
    assert rate_key(fit, "cuda:0", 1) == rate_key(fit, "cuda:1", 2)


# What processes are given, and what they tell.


def test_whatever_is_installed_can_be_handed_to_a_process() -> None:
    found = registry()
    for task in found.tasks.values():
        assert pickle.loads(pickle.dumps(task)) == task
    for kind in found.kinds.values():
        assert type(pickle.loads(pickle.dumps(kind))) is type(kind)


def test_what_cannot_be_handed_over_is_refused(world: World, two_cores: Seen, tmp_path: Path) -> None:
    file = made_up.write_task(world, "local", kind="local")
    file.write_text(
        f"{file.read_text()}\n\ndef made():\n    from xbench.kinds.classification import Classification\n\n"
        "    class Local(Classification):\n        name = 'local'\n\n    return Local()\n\n\nkind = made()\n"
    )
    ended = world.run(tmp_path, "--seeds", "1,2", "--device", "auto", tasks=("local",))
    named = re.search(
        r"in one process \(--device (\S+), and no --devices\)", refused(ended, "cannot be handed to other")
    )
    assert named is not None
    ended = world.run(tmp_path, "--seeds", "1,2", "--device", named[1], "--limit", "16", tasks=("local",))
    assert ended.code == 0 and not two_cores.workers


def test_a_process_has_the_environment_of_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # That of the server is what it was when the first run of a program started it.
    monkeypatch.setenv("OF_AN_EARLIER_RUN", "1")
    seen: dict[str, str] = {}

    def make(setup: Setup, reporter: news.Reporter) -> Outcome:
        seen.update(os.environ)
        return Outcome()

    here, there = Pipe()
    setup = Setup((), None, "cpu", "fp32", 3, tmp_path, Options(), {"HERE": "2", "OMP_NUM_THREADS": "8"})
    with monkeypatch.context() as patch, mock.patch.dict(os.environ):
        patch.setattr("xbench.engine.worker._make", make)
        patch.setattr(signal, "signal", lambda *_: None)
        work(setup, there)
    assert seen == {"HERE": "2", "OMP_NUM_THREADS": "3"}
    assert here.recv().outcome == Outcome()


@pytest.mark.parametrize("stated", [None, "3"])
def test_a_process_begins_with_its_threads_and_without_the_script(
    monkeypatch: pytest.MonkeyPatch, stated: str | None
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if stated:
        monkeypatch.setenv("OMP_NUM_THREADS", stated)
    main = sys.modules["__main__"]
    with starting._inherited(2):
        assert os.environ["OMP_NUM_THREADS"] == "2"
        assert not {"init_main_from_name", "init_main_from_path"} & spawn.get_preparation_data("made-up").keys()
    assert os.environ.get("OMP_NUM_THREADS") == stated
    assert sys.modules["__main__"] is main


@pytest.mark.skipif(sys.platform != "linux", reason="processes are not forked")
def test_no_interrupt_reaches_what_processes_are_forked_from() -> None:
    # In a process of its own, since nothing of multiprocessing may run yet.
    code = """
from multiprocessing import forkserver
from pathlib import Path
from xbench.engine import starting
starting._PRELOADED = []
starting._server()
print(Path(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read_text())
print(Path("/proc/self/status").read_text())
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    server, this = re.findall(r"^SigBlk:\s*(\w+)", said, re.MULTILINE)
    interrupt = 1 << (signal.SIGINT - 1)
    assert int(server, 16) & interrupt and not int(this, 16) & interrupt


def test_nothing_is_imported_that_windows_lacks() -> None:
    code = """
import multiprocessing.context, signal, sys
del multiprocessing.context.ForkServerContext, signal.pthread_sigmask
sys.modules["multiprocessing.forkserver"] = sys.modules["multiprocessing.resource_tracker"] = None
from xbench.engine import parallel, starting
sys.platform = "win32"
assert not starting._may_fork("cpu")
with starting._uninterrupted():
    pass
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("library", [OSError(), SimpleNamespace(), SimpleNamespace(mallopt=lambda *_: 1)])
def test_memory_is_kept_where_that_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, library: Any) -> None:
    monkeypatch.setattr(ctypes, "CDLL", mock.Mock(side_effect=[library]))
    keep_memory()


@pytest.mark.parametrize(("device", "kept"), [("cpu", 1), ("cuda:0", 0), ("mps", 0)])
def test_memory_is_kept_on_the_cpu_only(monkeypatch: pytest.MonkeyPatch, device: str, kept: int) -> None:
    keep = mock.Mock()
    monkeypatch.setattr(making, "keep_memory", keep)
    monkeypatch.setattr(making.Machine, "check", lambda self: None)
    making.prepare(device, "fp32", Options())
    assert keep.call_count == kept


@pytest.mark.parametrize(("stated", "found"), [(None, "4"), ("20", "20")])
def test_numpys_threads_let_go_of_their_cores_at_once(
    monkeypatch: pytest.MonkeyPatch, stated: str | None, found: str
) -> None:
    """Set before numpy is loaded, and inherited by other processes; what somebody says stays."""
    name = "OPENBLAS_THREAD_TIMEOUT"
    monkeypatch.delenv(name, raising=False)
    if stated:
        monkeypatch.setenv(name, stated)
    code = f"import sys, os, xbench; print(os.environ[{name!r}], 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [found, "False"]
    libraries = list(Path(numpy.__file__).parents[1].glob("numpy.libs/*openblas*"))
    if not libraries:
        pytest.skip("this numpy brings no OpenBLAS")
    assert all(name.encode() in path.read_bytes() for path in libraries), "OpenBLAS does not know it any more"


def test_threads_are_limited_and_never_more() -> None:
    before = torch.get_num_threads()
    try:
        use_threads(3)
        limit_threads(8)
        assert torch.get_num_threads() == 3
        limit_threads(2)
        assert torch.get_num_threads() == 2
    finally:
        use_threads(before)


def test_many_small_steps_are_few_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    # A hundredth of the pause between two looks at the clock.
    monkeypatch.setattr(news.time, "monotonic", lambda: next(clock) * news._PAUSE / 100)
    here, there = Pipe(duplex=False)
    reporter = news.Reporter(there)
    reporter.start("one", 8000)
    for _ in range(1000):
        reporter.tick(8)
    reporter.start("two", 8)
    reporter.tick(8)
    reporter.end(Outcome(errors=["none"]))
    told = []
    while here.poll():
        told.append(here.recv())
    assert len(told) <= 1000 / 100 + 4
    jobs = [place for place, message in enumerate(told) if message.job]
    assert [told[place].job for place in jobs] == [("one", 8000), ("two", 8)]
    # What is told together with a job was done before it.
    assert sum(message.rows for message in told[: jobs[1] + 1]) == 8000
    assert sum(message.rows for message in told[jobs[1] + 1 :]) == 8
    assert told[-1].outcome == Outcome(errors=["none"])


@pytest.mark.parametrize("tell", [lambda reporter: reporter.start("a job", 8), lambda reporter: reporter.unit()])
def test_nobody_works_on_for_a_run_that_is_gone(tell: Callable[[news.Reporter], object]) -> None:
    here, there = Pipe()
    here.close()
    with pytest.raises(SystemExit):
        tell(news.Reporter(there))


def test_nobody_waits_for_a_unit_of_a_run_that_is_gone() -> None:
    here, there = Pipe()
    waiting = Thread(target=lambda: (here.recv(), here.close()))
    waiting.start()
    with pytest.raises(SystemExit):
        news.Reporter(there).unit()
    waiting.join()
