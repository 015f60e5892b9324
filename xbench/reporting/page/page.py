"""The page itself: template, style and scripts of this folder with the data of a results folder in them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xbench
from xbench.languages import Pretraining
from xbench.reporting.columns import Column
from xbench.reporting.facts import NOTHING, Known
from xbench.reporting.findings import findings
from xbench.reporting.leaderboard import reference
from xbench.reporting.markup import Texts
from xbench.reporting.page.comparison import Compared, section
from xbench.reporting.page.data import Seen, page_data
from xbench.reporting.page.pictures import Picture, shown
from xbench.reporting.published import compared as published_beside
from xbench.store.files import write_text

if TYPE_CHECKING:
    from jinja2 import Environment

_SEEN: Seen = Pretraining().seen
_SCRIPTS = (
    "elements", "data", "tested", "state", "average", "compare", "details", "grid", "sorting", "pickers", "controls",
    "overview", "cells", "scores", "dots", "main",
)  # fmt: skip
"""In the order in which they are read: each uses only what stands before it, or what runs later."""

_STYLES = ("base", "controls", "tables", "details", "pictures", "paper")

_SIZE = 4_700_000
"""Bytes of data and plots; plots for which this leaves no room stay files beside the page."""
_COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}


def write_page(
    path: Path,
    every: Sequence[Column],
    pictures: Sequence[Picture] = (),
    tables: Sequence[Texts] = (),
    seen: Seen = _SEEN,
    known: Known = NOTHING,
    compared: Compared | None = None,
    only: str = "",
) -> Path:
    """Writes a page that needs nothing else: no network, no server, no other file.

    Args:
        path: Of the page.
        every: The columns of all tasks.
        pictures: Plots to show in it, the most telling first.
        tables: Further tables to show in it.
        seen: Checkpoint and tag -> whether it was pretrained on that language, None where nobody said.
        known: What is known of languages beside their scores.
        compared: What was tested against a checkpoint.
        only: Which part of the results it is of; empty for all.

    Raises:
        XbenchError: The page cannot be written, or a plot not be read.
    """
    write_text(path, render(every, path.parent, pictures, tables, seen, known, compared, only))
    return path


def render(
    every: Sequence[Column],
    folder: Path,
    pictures: Sequence[Picture] = (),
    tables: Sequence[Texts] = (),
    seen: Seen = _SEEN,
    known: Known = NOTHING,
    compared: Compared | None = None,
    only: str = "",
) -> str:
    """The page as text; `folder` is where it will lie, so that it can point to files beside it."""
    style = "\n".join(_text(f"{name}.css") for name in _STYLES)
    script = "\n".join(_text(f"{name}.js") for name in _SCRIPTS)
    page = {
        "findings": findings(every, known),
        "tables": tables,
        "script": script,
        "style": style,
        "digest": b64encode(sha256(script.encode()).digest()).decode("ascii"),
        "version": xbench.__version__,
        "counts": _counts(every),
        "only": only,
        "comparison": section(compared, folder) if compared else None,
        "published": reference(published_beside(every)),
    }
    from jinja2.utils import htmlsafe_json_dumps

    # It escapes <, >, & and ' too, so that no name can end the script that the data stand in.
    data = htmlsafe_json_dumps(page_data(every, seen, compared.found if compared else None), json.dumps, **_COMPACT)
    inside = shown(pictures, folder, _SIZE - len(data.encode()))
    return _environment().get_template("report.html").render(page, data=data, pictures=inside)


def _counts(every: Sequence[Column]) -> list[tuple[int, str]]:
    """What there is, in the order of the heading."""
    many = {
        "checkpoint": {column.checkpoint for column in every},
        "task": {column.task for column in every},
        "language": {tag for column in every for tag in column.asked},
    }
    return [(len(found), name if len(found) == 1 else f"{name}s") for name, found in many.items()]


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        autoescape=True, loader=FunctionLoader(_text), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
