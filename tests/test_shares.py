"""Work that several processes share: what one does, in its order, and the error that one would have met first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from multiprocessing import parent_process
from pathlib import Path

import pytest

from xbench.errors import Unavailable, XbenchError
from xbench.planning import shares
from xbench.planning.shares import shared

ROOT = Path(__file__).resolve().parents[1]


def where(number: int) -> tuple[int, int]:
    return number, os.getpid()


def meet(pipe: Path) -> int:
    """Ends only when another process is at the other end of the pipe."""
    with pipe.open("w" if parent_process() else "r"):
        return os.getpid()


def refuse(number: int) -> int:
    if number % 4 == 2:
        raise Unavailable(f"{number} is not there: take another")
    return number


def die(pipe: Path) -> None:
    meet(pipe)
    if parent_process():
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "cores", lambda: 2)


@pytest.mark.usefixtures("two")
def test_everything_is_done_once_and_in_order() -> None:
    assert [number for number, _ in shared(where, range(9), 3)] == [*range(9)]


@pytest.mark.usefixtures("two")
def test_this_process_and_another_work_at_the_same_time(pipe: Path) -> None:
    other, own = shared(meet, [pipe, pipe], 1)
    assert own == os.getpid() != other


@pytest.mark.usefixtures("two")
def test_few_items_are_not_worth_a_process() -> None:
    assert shared(where, range(9), 5) == [(number, os.getpid()) for number in range(9)]
    assert shared(where, (), 1) == []


def test_one_core_needs_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "cores", lambda: 1)
    assert shared(where, range(9), 1) == [(number, os.getpid()) for number in range(9)]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("worth", [1, 9])
def test_the_first_error_is_raised_as_it_is(worth: int) -> None:
    with pytest.raises(Unavailable, match="^2 is not there: take another$"):
        shared(refuse, range(9), worth)


@pytest.mark.usefixtures("two")
def test_a_process_that_is_killed_is_said(pipe: Path) -> None:
    with pytest.raises(XbenchError, match="was killed, perhaps for want of memory"):
        shared(die, [pipe, pipe], 1)


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from math import factorial\n"
        "from xbench.planning import shares\n"
        "shares.cores = lambda: 2\n"
        "print(shares.shared(factorial, range(5), 1))\n"
    )
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert (ended.stdout, ended.stderr) == ("[1, 1, 2, 6, 24]\n", "")
