"""Several processes on one plan: how many there are, who does what, and what becomes of one that ends too early."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import Pipe, spawn
from pathlib import Path
from typing import Any

import made_up
import pytest
from made_up import TEST, TRAIN, World, made, refused, tables

from xbench.engine import news, starting
from xbench.engine.lookup import look_up
from xbench.engine.options import Outcome
from xbench.engine.progress import Progress
from xbench.engine.starting import Worker
from xbench.jobs import Checkpoint
from xbench.planning import cost as costs
from xbench.planning.cost import Cost, Left, Rate, Work, rate_key
from xbench.planning.processes import side_by_side, threads
from xbench.planning.request import Request
from xbench.plugins import registry

_EPOCHS = 4
"""Of the made-up recipe."""

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

    def start(share: Any) -> Worker:
        seen.workers.append(starting.start(share))
        return seen.workers[-1]

    monkeypatch.setattr("xbench.planning.processes.cores", lambda: 2)
    monkeypatch.setattr("xbench.planning.devices.cuda_devices", lambda: 0)
    monkeypatch.setattr("xbench.engine.side_by_side.Progress", Looking)
    monkeypatch.setattr("xbench.engine.making.Progress", Looking)
    monkeypatch.setattr("xbench.engine.side_by_side.start", start)
    yield seen
    assert not seen.alive(), "a process was left behind"


# The whole path.


@pytest.mark.e2e
def test_two_processes_make_what_one_makes(world: World, two_cores: Seen, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"tasks": ["topics", "tags"], "protocols": ["zero-shot", "in-language"], "seeds": [1, 2]}
    assert not world.bench(tmp_path / "two", device="auto", **asked).errors
    assert len(two_cores.workers) == 2
    told = [job for job, _ in two_cores.jobs]
    assert max(Counter(told).values()) == 1, "something was done twice"
    # topics zero-shot; tags zero-shot, which is in-language for en too, and de; each with two seeds.
    assert sum(job.startswith("fit ") for job in told) == 2 * 3
    assert sum(two_cores.rows.values()) == two_cores.total

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
    refused(ended, "processes was killed, perhaps for want of memory", "run the same command again", "--device")
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
    assert side_by_side(asked, devices, checkpoints) == devices[:1] * count


@pytest.mark.parametrize(("cores", "processes", "each"), [(8, 1, 8), (8, 3, 2), (2, 2, 1), (2, 4, 1)])
def test_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch, cores: int, processes: int, each: int) -> None:
    monkeypatch.setattr("xbench.planning.processes.cores", lambda: cores)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert threads(processes) == each
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert threads(processes) == 5, "what is said holds"


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


def test_the_time_is_that_of_the_process_that_ends_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "rate_of", {"a": Rate(10, 100), "b": Rate(0, 100)}.__getitem__)
    unit: Any = None

    def seconds(processes: int, *works: Work) -> float | None:
        return Cost(tuple(Left(unit, True, 1, (work,)) for work in works), processes).seconds

    ten = Work("a", trained=90, predicted=100)
    assert seconds(1, ten, ten, ten) == pytest.approx(30)
    assert seconds(2, ten, ten, ten) == pytest.approx(20)
    assert seconds(2, ten, Work("a", trained=40), Work("a", trained=30), Work("b", predicted=200)) == pytest.approx(10)
    assert seconds(2, ten, Work("b", trained=1)) is None, "never measured"
    assert seconds(2, ten, Work("b")) == pytest.approx(10), "nothing is left of it"


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
    refused(ended, "cannot be handed to other processes", "--device cpu")
    assert world.run(tmp_path, "--seeds", "1,2", "--limit", "16", tasks=("local",)).code == 0


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


def test_nobody_works_on_for_a_run_that_is_gone() -> None:
    here, there = Pipe(duplex=False)
    here.close()
    with pytest.raises(SystemExit):
        news.Reporter(there).start("a job", TRAIN * _EPOCHS + TEST)
