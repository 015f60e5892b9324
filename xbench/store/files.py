"""Reading and writing files so that nothing half-written is ever read."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from xbench.errors import XbenchError

_DRAFT = ".draft"


def write(path: Path, fill: Callable[[Path], None], flushed: bool = True) -> None:
    """Writes a file beside `path`, flushes it to the disk and puts it in place in one step.

    Args:
        path: Where the file appears, whole or not at all. Its folder is made.
        fill: Writes the content to the path that it is given.
        flushed: Whether it is on the disk before it is in place, and so whole after a power cut too. That costs
            milliseconds, and is not for what is checked when it is read and made anew where it is not whole.

    Raises:
        XbenchError: The folder cannot be written, or the disk is full.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}{_DRAFT}")
    try:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            fill(draft)
            if flushed:
                with draft.open("rb+") as file:
                    os.fsync(file.fileno())
            draft.replace(path)
    except BaseException:
        _forget(draft)
        raise


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns a failure to write `path` into an error that says what to do."""
    try:
        yield
    except XbenchError:
        raise
    except Exception as error:
        number = _number(error)
        if number is None:
            raise
        raise _readable(number, path) from error


def _number(error: BaseException | None) -> int | None:
    """The system's number of an error. torch hides it in the error's context, safetensors in its text."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        if stated := re.search(r"\(os error (\d+)\)", str(error)):
            return int(stated[1])
        error = error.__cause__ or error.__context__
    return None


def forget_drafts(folder: Path) -> None:
    """Removes what a killed process left half-written in a folder; its lock must be held."""
    for draft in folder.glob(f".*{_DRAFT}"):
        _forget(draft)


def _forget(draft: Path) -> None:
    # Where the folder itself is at fault there is nothing to remove, and the first error is the one to show.
    with contextlib.suppress(OSError):
        draft.unlink(missing_ok=True)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Writes what is at hand in pieces, whole or not at all."""

    def fill(draft: Path) -> None:
        with draft.open("wb") as file:
            file.writelines(pieces)

    write(path, fill)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text, whole or not at all."""
    write_pieces(path, [text.encode()])


def write_json(path: Path, value: Any) -> None:
    """Writes JSON for people (indented, in the order given), whole or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path, without: str = "", remedy: str = "run the same command again") -> Any:
    """Reads JSON.

    Args:
        path: The file.
        without: Key of a list of numbers at the top that nobody wants: it is left empty, and need not be parsed.
        remedy: What to do when it was deleted.

    Raises:
        XbenchError: It is not JSON: the file is named.
    """
    text = path.read_bytes()
    if without:
        # As `write_json` writes it; elsewhere it is parsed like all the rest.
        key, opened, rest = text.partition(f'\n "{without}": ['.encode())
        text = key + opened + rest[max(0, rest.find(b"]")) :] if opened else text
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise XbenchError(f"{path} is damaged ({error}): delete it and {remedy}") from error


def check_writable(folder: Path) -> None:
    """Tries a small write before any work is done.

    Raises:
        XbenchError: The folder cannot be made or written.
    """
    probe = folder / ".probe"
    write_text(probe, "")
    probe.unlink(missing_ok=True)


def _readable(number: int, path: Path) -> XbenchError:
    why = os.strerror(number)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return XbenchError(
            f"no space left for {path} ({why}): make room (xbench clean --weights removes weights of fits) and run the "
            "same command again; what is finished is kept"
        )
    if number == errno.EFBIG:
        return XbenchError(
            f"cannot write {path} ({why}): raise the limit on the size of files (ulimit -f), or choose a folder on "
            "another file system with --out; what is finished is kept"
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT):
        return XbenchError(f"cannot write {path} ({why}): choose another folder with --out")
    return XbenchError(f"cannot write {path}: {why}")
