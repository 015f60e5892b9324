"""The server of processes that is started before it is known whether there will be any; each test in a new process."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

HEAD = """
import os
from multiprocessing import forkserver
from xbench.engine import starting
from xbench.engine.starting import Ahead
starting._PRELOADED[:] = []

def pid():
    return forkserver._forkserver._forkserver_pid or 0

def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

ahead = Ahead()
"""


@pytest.mark.parametrize(
    "steps",
    [
        "ahead.end(); ahead.end(2); assert not pid()",
        "ahead.begin(['cpu']); assert not pid()",
        "ahead.begin(['cuda:0', 'cuda:1']); assert not pid()",
        "ahead.begin(['cpu'] * 2); own = pid(); assert alive(own); ahead.end(); assert not pid() and not alive(own)",
        "ahead.begin(['cpu'] * 2); own = pid(); ahead.end(1); assert not pid() and not alive(own)",
        # It is used, and stays when all else is done.
        "ahead.begin(['cpu'] * 2); own = pid(); ahead.end(2); ahead.end(); assert pid() == own and alive(own)",
        # One that was there before is somebody else's.
        "Ahead().begin(['cpu'] * 2); own = pid(); ahead.begin(['cpu'] * 2); ahead.end(); assert pid() == own",
    ],
)
def test_a_server_that_nobody_uses_is_ended(steps: str) -> None:
    done = subprocess.run([sys.executable, "-c", HEAD + steps], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
