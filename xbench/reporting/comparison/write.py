"""Comparisons as files: tables for programs, a page of Markdown, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.frames import group_frame, language_frame
from xbench.reporting.comparison.gap_plot import gap_lines, gap_plot
from xbench.reporting.comparison.interval_plot import interval_plot
from xbench.reporting.comparison.result import Comparison
from xbench.reporting.comparison.texts import page
from xbench.reporting.files import Picture, save
from xbench.store.files import write_text
from xbench.store.layout import slug


def write_comparison(found: Answer, folder: Path) -> list[Path]:
    """Writes `comparison.csv`, `groups.csv`, `comparison.md`, and pictures in a folder per task.

    Args:
        found: Comparisons.
        folder: Made if it is not there.

    Returns:
        The files.

    Raises:
        XbenchError: The folder cannot be written.
    """
    paths = [folder / "comparison.csv", folder / "groups.csv", folder / "comparison.md"]
    for path, frame in zip(paths[:2], (language_frame(found.comparisons), group_frame(found.comparisons)), strict=True):
        write_text(path, frame.to_csv(index=False, float_format="%.6g"))
    write_text(paths[2], page(found))
    return paths + save(picture for one in found.comparisons for picture in _pictures(one, folder))


def _pictures(one: Comparison, folder: Path) -> Iterator[Picture]:
    parts = (one.other, one.protocol, one.variant)
    stem = folder / slug(one.task) / "-".join(slug(part) for part in parts if part)
    yield Picture(stem, interval_plot, (one,))
    if gap_lines(one):
        yield Picture(stem.with_name(f"{stem.name}-gaps"), gap_plot, (one,))
