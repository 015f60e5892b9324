"""A process among several: it is handed units of a plan, and makes what is missing of them."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Sequence
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
class Share:
    """What a process is given. All are given the same units: locks divide them.

    Attributes:
        units: Pickled, since kinds may be classes of task files, which have to be read before.
        task_files: Python files that declare more than is installed.
        mirror: Folder in the Hub's layout, None for the Hub.
        device: Where this process works.
        threads: How many it may use on a CPU.
        out: Results folder.
        options: How to run.
        environment: A server of processes may have been started in another one.
    """

    units: bytes
    task_files: tuple[Path, ...]
    mirror: Path | None
    device: str
    threads: int
    out: Path
    options: Options
    environment: dict[str, str]


def work(share: Share, pipe: Connection) -> None:
    """Makes what is missing and tells of it over the pipe; the last news hold the outcome."""
    # A Ctrl-C reaches every process of a terminal. The one that waits for this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(share.environment, OMP_NUM_THREADS=str(share.threads))
    reporter = Reporter(pipe)
    try:
        outcome = _make(share, reporter)
    except XbenchError as error:
        outcome = Outcome(errors=[str(error)])
    reporter.end(outcome)


def _make(share: Share, reporter: Reporter) -> Outcome:
    from xbench.engine.execute import execute
    from xbench.engine.making import prepare
    from xbench.model.process import use_threads
    from xbench.stages.inputs import Inputs

    found = registry()
    for path in share.task_files:
        found.add_file(path)
    units: Sequence[Unit] = pickle.loads(share.units)
    use_threads(share.threads)
    machine = prepare(share.device, units[0].fit.dtype, share.options)
    inputs = Inputs(Library(share.mirror, tuple(found.sources.values())))
    return execute(units, share.out, inputs, machine, share.options, reporter)
