"""What is written in the background: all of it, in order, and no error is lost."""

from __future__ import annotations

import contextlib
import gc
import threading
import weakref
from collections.abc import Callable
from functools import partial

import pytest

from xbench.store.behind import Behind


def test_everything_is_done_in_order_when_the_block_is_left() -> None:
    done: list[int] = []
    with Behind() as behind:
        for place in range(50):
            behind(done.append, place)
    assert done == list(range(50))


def test_it_goes_on_while_a_call_waits_and_no_more_than_one_is_ahead() -> None:
    gate, done = threading.Event(), []

    def wait() -> None:
        assert gate.wait(60)
        done.append("written")

    with Behind() as behind:
        behind(wait)
        assert not done, "the block goes on before the call has ended"
        gate.set()
        behind(done.append, "next")
        assert done[0] == "written"
    assert done == ["written", "next"]


def fail() -> None:
    raise OSError("the disk is full")


def block(*calls: Callable[[], object], error: Exception | None = None) -> None:
    with Behind() as behind:
        for call in calls:
            behind(call)
        if error:
            raise error


def test_what_a_call_raises_is_raised_by_the_next_and_stops_the_rest() -> None:
    done: list[str] = []
    with pytest.raises(OSError, match="full"):
        block(fail, lambda: done.append("later"))
    assert not done


def test_what_the_last_call_raises_is_not_lost() -> None:
    with pytest.raises(OSError, match="full"):
        block(fail)


def test_an_error_of_the_block_is_shown_and_what_was_begun_is_finished() -> None:
    done: list[str] = []
    with pytest.raises(KeyError):
        block(lambda: done.append("first"), error=KeyError())
    assert done == ["first"]
    with pytest.raises(KeyError):
        block(fail, error=KeyError())


def test_an_error_that_was_raised_holds_nothing() -> None:
    """Nor the file that was being written: a folder that is still open cannot be removed everywhere."""

    class File:
        pass

    file = File()
    left = weakref.ref(file)

    def fill(file: File) -> None:
        raise OSError("the disk is full")

    gc.disable()
    try:
        with contextlib.suppress(OSError):
            block(partial(fill, file))
        del file
        assert left() is None
    finally:
        gc.enable()
