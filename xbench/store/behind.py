"""Files that are written while the next thing is computed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any


class Behind:
    """Calls functions in the background, one after the other and no more than one ahead.

    To flush a file to the disk takes milliseconds in which a processor has nothing to do. What a call raises is raised
    by the next one, or at the end; when the block is left, all is done.

    Example:
        >>> with Behind() as behind:
        ...     behind(print, "written")
        written
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._last: Future[Any] | None = None

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Waits for the call before, and begins this one."""
        self._wait()
        self._last = self._pool.submit(function, *arguments)

    def __enter__(self) -> Behind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()
        # What was raised in the block came first, and is what to show.
        if error is None:
            self._wait()

    def _wait(self) -> None:
        last, self._last = self._last, None
        try:
            if last is not None:
                last.result()
        finally:
            # An error holds this frame, which would hold the error for good: with it, the file that was being written.
            del last
