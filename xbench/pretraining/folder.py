"""A corpus of one's own: a folder with a UTF-8 text file per language, one passage per line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from xbench.api import Passages, Split
from xbench.errors import XbenchError
from xbench.languages import canonical
from xbench.store.keys import files_digest

HELD_OUT = 20
"""Of so many lines the last is held out, so that the same lines are in every file; of a short file, two lines."""


@dataclass(frozen=True)
class Folder:
    """Text files called after their languages, such as `de.txt` and `sw.txt`.

    Attributes:
        path: The folder.
        parallel: Whether line i of a file says the same as line i of every other.
    """

    path: Path
    parallel: bool = False

    @property
    def name(self) -> str:
        """As it was given."""
        return str(self.path)

    @property
    def about(self) -> str:
        """Nobody said what the texts are."""
        return "Its licence says what may be done with what was made of it."

    @property
    def languages(self) -> tuple[str, ...]:
        """Canonical tags, sorted.

        Raises:
            XbenchError: No file, or one whose name is no language.
        """
        return tuple(sorted(self._files))

    def revision(self) -> str:
        """Digest of all files."""
        return f"sha256:{files_digest(self._files.values(), self.path)}"

    def passages(self, language: str, split: Split) -> Passages:
        """The lines of a language's file that are learned from, or those that are held out.

        Blank lines are passages of a parallel corpus only, where they are an error.

        Raises:
            XbenchError: The file is empty or not UTF-8, or a parallel corpus has lines of their own in some file.
        """
        lines = _lines(self._files[language])
        if self.parallel:
            self._check_aligned(language, lines)
        every = max(2, min(HELD_OUT, len(lines) // 2))
        kept = (line for i, line in enumerate(lines) if (i % every == every - 1) == (split != "train"))
        return Passages(tuple(line for line in kept if line.strip()))

    @cached_property
    def _files(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for path in sorted(self.path.glob("*.txt")):
            try:
                tag = canonical(path.stem)
            except XbenchError as error:
                raise XbenchError(f"{path} is not called after a language: {error}") from error
            if tag in found:
                raise XbenchError(f"{found[tag]} and {path} are both of the language {tag}: join them, or remove one")
            found[tag] = path
        if not found:
            raise XbenchError(f"{self.path} holds no text: put a file per language there, such as de.txt and sw.txt")
        return found

    @cached_property
    def _counts(self) -> dict[str, int]:
        return {language: len(_lines(path)) for language, path in self._files.items()}

    def _check_aligned(self, language: str, lines: list[str]) -> None:
        for other, count in self._counts.items():
            if count != len(lines):
                raise XbenchError(
                    f"{self._files[language]} has {len(lines)} lines and {self._files[other]} has {count}: in a "
                    "parallel corpus line i of every file says the same; leave --parallel out if they do not"
                )
        blank = next((number for number, line in enumerate(lines, 1) if not line.strip()), None)
        if blank:
            raise XbenchError(
                f"line {blank} of {self._files[language]} is blank: in a parallel corpus every line says something; "
                "remove that line from every file"
            )


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise XbenchError(f"{path} is not UTF-8 (byte {error.start}): convert it, for instance with iconv") from error
    # Not splitlines(), to which a few characters of running text are ends of lines.
    lines = list(_without_end(text))
    if not any(line.strip() for line in lines):
        raise XbenchError(f"{path} is empty: write one passage per line, or remove the file")
    return lines


def _without_end(text: str) -> Iterator[str]:
    lines = text.split("\n")
    yield from (line.rstrip("\r") for line in (lines[:-1] if not lines[-1].strip() else lines))
