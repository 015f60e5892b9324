"""Starting processes that work side by side, cheaply and with nothing that they should not have."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from types import ModuleType

from xbench.engine.worker import Share, work

_PRELOADED = ["xbench.engine.making", "xbench.model.heads.gradient", "transformers.modeling_utils", "scipy.stats"]
"""What every process needs and takes its time to import."""


@dataclass(frozen=True)
class Worker:
    """A process that was started.

    Attributes:
        process: The process.
        pipe: The end of its pipe that its news come out of.
    """

    process: BaseProcess
    pipe: Connection

    def end(self) -> None:
        """Ends it, wherever it is: what it has left on the disk is whole, or is made again."""
        if self.process.is_alive():
            self.process.terminate()
        self.process.join()
        self.pipe.close()


def start(share: Share) -> Worker:
    """Starts a process on its share of the work."""
    with _inherited(share.threads):
        context = _context(share.device)
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(share, there))
        process.start()
    # Only when nobody else can write to it does a pipe say that its process is gone.
    there.close()
    return Worker(process, here)


@contextmanager
def _inherited(threads: int) -> Iterator[None]:
    """What a process begins with: a number of threads, and nothing of the program that called xbench."""
    stated, main = os.environ.get("OMP_NUM_THREADS"), sys.modules["__main__"]
    # Read by numpy and torch when they are imported.
    os.environ["OMP_NUM_THREADS"] = str(threads)
    # It would be imported once more, and so a script that has no `if __name__ == "__main__"` be run once more.
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        del os.environ["OMP_NUM_THREADS"]
        if stated is not None:
            os.environ["OMP_NUM_THREADS"] = stated


def _context(device: str) -> ForkServerContext | SpawnContext:
    """How a process is started.

    On the CPU it is forked from a server that has imported torch once for all of them, and has done nothing else that
    could break by it. CUDA does not survive a fork, nor do some libraries of macOS.
    """
    if sys.platform != "linux" or not device.startswith("cpu"):
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    # A Ctrl-C reaches every process of a terminal; the server would tell of it in the middle of its imports.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context
