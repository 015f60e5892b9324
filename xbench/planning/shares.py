"""Work that takes nothing but time, shared out among as many processes as there are cores."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import current_process, get_context
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from xbench.errors import XbenchError
from xbench.planning.limits import cores

if TYPE_CHECKING:
    from concurrent.futures import Future

_TURN = 1e-4
"""Seconds that Python lets a thread go on while others wait, in place of 5 ms."""

T = TypeVar("T")
R = TypeVar("R")


def shared(work: Callable[[T], R], items: Sequence[T], worth: int) -> list[R]:
    """What becomes of each item, in the order of the items.

    Args:
        work: A function of a module, which another process finds by its name; or one with arguments bound by `partial`.
        items: What it is called with. They, and what becomes of them, are pickled.
        worth: Items for which another process is worth the time that it takes to begin. With fewer than twice as many,
            or on one core, this process does everything.

    Raises:
        XbenchError: The first one, in the order of the items, that `work` raises; or a process was killed.
    """
    # A daemonic process, such as one of a pool, may not start others.
    hands = 1 if current_process().daemon else min(cores(), len(items) // worth)
    if hands < 2:
        return [*map(work, items)]
    # Imported where it is needed: most commands share nothing out.
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # Spawned and not forked: who calls xbench may have threads, such as torch's or Arrow's, whose locks no fork
    # survives. A server that forks would have to import first what so short a work needs.
    pool = ProcessPoolExecutor(hands - 1, get_context("spawn"), _left_alone)
    try:
        with nothing_of_main():
            parts = [pool.submit(work, item) for item in items]
        # This process begins at the end, while the others import what they need: each has something left for it.
        with _giving_way():
            for place in range(len(items) - 1, hands - 2, -1):
                if parts[place].cancel():
                    parts[place] = _done(work, items[place])
        return [part.result() for part in parts]
    except BrokenProcessPool as error:
        raise XbenchError(
            "one of several processes was killed, perhaps for want of memory: make room for it, and run the same "
            "command again"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _done(work: Callable[[T], R], item: T) -> Future[R]:
    """As another process would have done it: an error is kept until those before it are known."""
    from concurrent.futures import Future

    part: Future[R] = Future()
    try:
        part.set_result(work(item))
    except Exception as error:
        part.set_exception(error)
    return part


@contextmanager
def _giving_way() -> Iterator[None]:
    """Work in it lets other threads have their turn at once.

    One of them reads what other processes send, a pipe's 64 KiB at a time, and these go on only when all of it is read.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


@contextmanager
def nothing_of_main() -> Iterator[None]:
    """Processes that are spawned in it begin with nothing of the program that called xbench.

    They would import it once more, and so run a script that has no `if __name__ == "__main__"` once more.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _left_alone() -> None:
    """A Ctrl-C reaches every process of a terminal: it is for the one that waits for the others to deal with."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
