"""Gold files in a folder of the user's: dictionaries (`en-de.test.tsv`) and word alignments (`enfr.src-tgt`, `.gold`).

`Data.repo` is the folder: a path inside of `--data DIR`, or an absolute one, such as
`str(Path(__file__).parent / "words")` for files that lie beside their task file. A file is called after configuration
and split with a dot between them, `en-de.test.tsv`; where `Data.splits` has but one split, the configuration alone will
do. The id of a row is its file and line, `en-de.test.tsv:7`.

    .tsv                 a source and a target on a line, with a tab between them: columns `source`, `target`
    .src-tgt and .gold   `source ||| target` and, on the same line of the other file, links: `source`, `target`, `links`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.api import Data
from xbench.errors import Unavailable, XbenchError
from xbench.store.keys import files_digest

if TYPE_CHECKING:
    import pyarrow as pa

_GOLD = ".gold"
_BETWEEN = "|||"

Columns = Mapping[str, list[str]]


class Folder:
    """Reads gold files below a folder.

    Args:
        root: What relative folders lie in; None where nobody said.
    """

    name = "folder"

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def revision(self, data: Data) -> str:
        """`folder:` and a digest of names and contents of the files that can be read.

        Raises:
            Unavailable: There is no such folder.
        """
        folder = self._folder(data)
        files = [path for path in folder.iterdir() if path.suffix in (*_READERS, _GOLD) and path.is_file()]
        return f"folder:{files_digest(files, folder)}"

    def splits(self, data: Data, config: str) -> tuple[str, ...] | None:
        """Splits that have a file.

        Raises:
            Unavailable: There is no such folder.
        """
        folder = self._folder(data)
        return tuple(
            split
            for split in data.splits.values()
            if any((folder / name).is_file() for name in _names(data, config, split))
        )

    def absent(self, data: Data, config: str, split: str) -> str:
        """Why there is no split, with the remedy: what was looked for, and where."""
        names = " nor ".join(f"`{name}`" for name in _names(data, config, split))
        return f"{self._folder(data)} has neither {names}: put the file there, or leave the language out"

    def size(self, data: Data, config: str, split: str) -> int | None:
        """Rows of a split: lines of its file."""
        return len(_lines(self._file(data, config, split)))

    def table(self, data: Data, config: str, split: str) -> pa.Table:
        """All rows of a split.

        Raises:
            Unavailable: There is no such file.
            XbenchError: A line is not what it should be, or two files are not as long as each other.
        """
        import pyarrow as pa

        path = self._file(data, config, split)
        return pa.table(_READERS[path.suffix](path))

    def _file(self, data: Data, config: str, split: str) -> Path:
        folder = self._folder(data)
        found = [path for name in _names(data, config, split) if (path := folder / name).is_file()]
        if not found:
            raise Unavailable(self.absent(data, config, split))
        if len(found) > 1:
            raise XbenchError(f"{found[0]} and {found[1]} are both there: remove the one that is not meant")
        return found[0]

    def _folder(self, data: Data) -> Path:
        """Where the files are; as the user wrote it, which is how errors call it."""
        wanted = Path(data.repo)
        if self._root is None and not wanted.is_absolute():
            raise Unavailable(
                f"{data.repo} is a folder of files that are yours to bring: give the folder that it lies in with "
                f"DATA=<folder> (--data), such that <folder>/{data.repo} is there"
            )
        folder = (self._root or Path()) / wanted
        if not folder.is_dir():
            remedy = (
                "name one that is" if wanted.is_absolute() else f"give the folder that holds {data.repo} with --data"
            )
            raise Unavailable(f"there is no folder {folder}: {remedy}")
        return folder


def _names(data: Data, config: str, split: str) -> list[str]:
    """How the file of a split may be called."""
    stems = [f"{config}.{split}", config] if len(data.splits) == 1 else [f"{config}.{split}"]
    return [f"{stem}{ending}" for stem in stems for ending in _READERS]


def _pairs(path: Path) -> Columns:
    """`source<TAB>target`."""
    sides = [_two(line, "\t", "a tab", path, number) for number, line in _lines(path)]
    return {
        "source": [source for source, _ in sides],
        "target": [target for _, target in sides],
        "id": [f"{path.name}:{number}" for number in range(1, len(sides) + 1)],
    }


def _aligned(path: Path) -> Columns:
    """`source ||| target`, and the links beside it."""
    gold = path.with_suffix(_GOLD)
    if not gold.is_file():
        raise Unavailable(f"{path} has no {gold.name} beside it, with its links on as many lines: put it there")
    sides = [_two(line, _BETWEEN, f"`{_BETWEEN}`", path, number) for number, line in _lines(path)]
    links = [line for _, line in _lines(gold)]
    if len(links) != len(sides):
        raise XbenchError(
            f"{path} has {len(sides)} lines and {gold.name} has {len(links)}: line i of one must be line i of the other"
        )
    return {
        "source": [source for source, _ in sides],
        "target": [target for _, target in sides],
        "links": links,
        # Whatever else is found wrong with a line is wrong with its links.
        "id": [f"{gold.name}:{number}" for number in range(1, len(sides) + 1)],
    }


def _lines(path: Path) -> list[tuple[int, str]]:
    """Lines with their numbers, from 1."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise XbenchError(f"{path} is not UTF-8 ({error}): convert it") from error
    # Not `splitlines`, to which rarer characters end a line too.
    return list(enumerate(text.removesuffix("\n").split("\n"), 1)) if text else []


def _two(line: str, between: str, called: str, path: Path, number: int) -> tuple[str, str]:
    """The two sides of a line, without blanks around them."""
    sides = [side.strip() for side in line.split(between)]
    if len(sides) != 2:
        raise XbenchError(f"{path}:{number}: {line!r} is not two sides with {called} between them: mend the line")
    if not all(sides):
        raise XbenchError(f"{path}:{number}: {line!r} has an empty side: mend the line, or remove it")
    return sides[0], sides[1]


_READERS: Mapping[str, Callable[[Path], Columns]] = {".tsv": _pairs, ".src-tgt": _aligned}
