"""A process among several: it is handed one unit of a plan after the other, and makes what is missing of it."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from xbench.data import Library
from xbench.engine.news import Reporter
from xbench.engine.options import Options, Outcome
from xbench.errors import XbenchError
from xbench.planning.units import Unit
from xbench.plugins import registry


@dataclass(frozen=True)
class Setup:
    """What a process is given before its first unit.

    Attributes:
        task_files: Python files that declare more than is installed.
        mirror: Folder in the Hub's layout, None for the Hub.
        device: Where this process works.
        dtype: One for all fits of a plan.
        threads: How many it may use on a CPU.
        out: Results folder.
        options: How to run.
        environment: A server of processes may have been started in another one.
    """

    task_files: tuple[Path, ...]
    mirror: Path | None
    device: str
    dtype: str
    threads: int
    out: Path
    options: Options
    environment: dict[str, str]


def work(setup: Setup, pipe: Connection) -> None:
    """Makes the units that it is handed and tells of it over the pipe; the last news hold the outcome."""
    # A Ctrl-C reaches every process of a terminal. The one that waits for this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(setup.environment, OMP_NUM_THREADS=str(setup.threads))
    reporter = Reporter(pipe)
    try:
        reporter.end(_make(setup, reporter))
    except XbenchError as error:
        reporter.refuse(str(error))


def _make(setup: Setup, reporter: Reporter) -> Outcome:
    from xbench.engine.execute import Executor
    from xbench.engine.making import prepare
    from xbench.model.process import use_threads
    from xbench.stages.inputs import Inputs

    found = registry()
    # Before the first unit: its kind may be a class of one of these.
    for path in setup.task_files:
        found.add_file(path)
    use_threads(setup.threads)
    machine = prepare(setup.device, setup.dtype, setup.options)
    inputs = Inputs(Library(setup.mirror, tuple(found.sources.values())))
    return Executor(setup.out, found, inputs, machine, setup.options, reporter).execute(_handed(reporter))


def _handed(reporter: Reporter) -> Iterator[Unit]:
    while (unit := reporter.unit()) is not None:
        yield pickle.loads(unit)
