"""Starting processes that work in parallel, cheaply and with nothing that they should not have."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from xbench.engine.worker import Setup, work
from xbench.planning.processes import threads
from xbench.planning.shares import nothing_of_main

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

_PRELOADED = ["xbench.engine.making", "xbench.model.heads.gradient", "transformers.modeling_utils", "scipy.stats"]
"""What every process needs and takes its time to import."""


@dataclass(frozen=True)
class Worker:
    """A process that works on a device.

    Attributes:
        process: The process.
        pipe: This side's end of its pipe.
        device: Where it works.
    """

    process: BaseProcess
    pipe: Connection
    device: str

    def end(self) -> None:
        """Ends it, wherever it is: what it has left on the disk is whole, or is made again."""
        if self.process.is_alive():
            self.process.terminate()
        if self.process.pid:
            self.process.join()
        self.pipe.close()


class Ahead:
    """The server of processes, started before it is known whether there will be any.

    It imports what they need, which takes seconds, beside what this process does until then.
    """

    def __init__(self) -> None:
        self._processes = 0

    def begin(self, devices: Sequence[str]) -> None:
        """Starts it if several processes would be forked for these devices, and none is there already."""
        if len(devices) > 1 and _may_fork(devices[0]) and not _pid():
            with _inherited(threads(len(devices))):
                _server()
            self._processes = len(devices)

    def end(self, processes: int = 0) -> None:
        """Ends it, unless it was started for so many processes: others have another number of threads."""
        started, self._processes = self._processes, 0
        if started in (0, processes):
            return
        from multiprocessing import forkserver

        # It would notice that nobody wants it when it has imported everything.
        os.kill(_pid(), signal.SIGKILL)
        forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _pid() -> int:
    """Of the server of this process; 0 if there is none."""
    from multiprocessing import forkserver

    return getattr(forkserver._forkserver, "_forkserver_pid", None) or 0


def start(setup: Setup) -> Worker:
    """Starts a process, which asks for its first unit."""
    forks = _may_fork(setup.device)
    with _inherited(setup.threads):
        context = _server() if forks else get_context("spawn")
        here, there = context.Pipe()
        worker = Worker(context.Process(target=work, args=(setup, there)), here, setup.device)
        try:
            # The server is waited for until it has imported everything. That may be interrupted.
            with nullcontext() if forks else _uninterrupted():
                worker.process.start()
        except BaseException:
            worker.end()
            raise
        finally:
            # Only when nobody else holds its end does a pipe say that its process is gone.
            there.close()
    return worker


@contextmanager
def _inherited(threads: int) -> Iterator[None]:
    """What a process begins with: a number of threads, and nothing of the program that called xbench."""
    stated = os.environ.get("OMP_NUM_THREADS")
    # Read by numpy and torch when they are imported.
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        with nothing_of_main():
            yield
    finally:
        del os.environ["OMP_NUM_THREADS"]
        if stated is not None:
            os.environ["OMP_NUM_THREADS"] = stated


def _may_fork(device: str) -> bool:
    """CUDA does not survive a fork, nor do some libraries of macOS; Windows has none."""
    return sys.platform == "linux" and device.startswith("cpu")


def _server() -> ForkServerContext:
    """Processes are forked from one that has imported torch for all of them and done nothing that could break by it."""
    from multiprocessing import forkserver

    context = get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    with _uninterrupted():
        forkserver.ensure_running()
    return context


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keeps a Ctrl-C, which reaches every process of a terminal, from one that begins here, for this one to deal with.

    It would be told of in the middle of the imports.
    """
    # Not on Windows.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # It is started with the first process, and lets signals through again when it has been: here, before they are held.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
