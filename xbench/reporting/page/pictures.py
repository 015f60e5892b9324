"""Plots inside a page, as many as there is room for."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_LARGEST = 4_000_000
"""Bytes of a file that is looked at: a larger plot would leave no room, and take seconds."""


@dataclass(frozen=True)
class Picture:
    """A plot for a page.

    Attributes:
        title: What it shows.
        path: A PNG or SVG file.
    """

    title: str
    path: Path


@dataclass(frozen=True)
class Shown:
    """A plot as the page has it.

    Attributes:
        title: What it shows.
        source: `data:` URI; empty where there was no room.
        link: Address of the file from the page's folder.
    """

    title: str
    source: str
    link: str


def shown(pictures: Iterable[Picture], folder: Path, room: int) -> list[Shown]:
    """Takes pictures into a page, in their order, while there is room.

    Args:
        pictures: The most telling first.
        folder: Where the page will lie.
        room: Bytes that they may take together, encoded.
    """
    found = []
    for picture in pictures:
        source = _source(picture.path, room)
        # The first that does not fit ends it: to try a hundred others would take longer than all the rest of the page.
        room = room - len(source) if source else 0
        found.append(Shown(picture.title, source, address(picture.path, folder)))
    return found


def address(path: Path, folder: Path) -> str:
    """Of a file from a page in a folder."""
    return quote(Path(os.path.relpath(path, folder)).as_posix())


def _source(path: Path, room: int) -> str:
    """The file as a `data:` URI; empty if that is longer than there is room for."""
    if path.stat().st_size > _LARGEST or room <= 0:
        return ""
    kind, content = "svg+xml" if path.suffix == ".svg" else "png", path.read_bytes()
    source = f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"
    return source if len(source) <= room else ""
