"""Comparisons as files: tables for programs, a page of Markdown, pictures."""

from __future__ import annotations

from pathlib import Path

from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.frames import group_frame, language_frame
from xbench.reporting.comparison.gap_plot import gap_plot
from xbench.reporting.comparison.interval_plot import interval_plot
from xbench.reporting.comparison.result import Comparison
from xbench.reporting.comparison.texts import page
from xbench.reporting.files import save
from xbench.store.files import write, write_text
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
    for path, frame in zip(paths, (language_frame(found.comparisons), group_frame(found.comparisons)), strict=False):
        write(path, lambda draft, frame=frame: frame.to_csv(draft, index=False, float_format="%.6g"))
    write_text(paths[2], page(found))
    for one in found.comparisons:
        stem = folder / slug(one.task) / "-".join(filter(None, (slug(one.other), slug(one.protocol), _variant(one))))
        paths += save(lambda one=one: interval_plot(one), repr(one), stem)
        if gap_plot(one):
            paths += save(lambda one=one: gap_plot(one), repr(one), stem.with_name(f"{stem.name}-gaps"))
    return paths


def _variant(one: Comparison) -> str:
    return slug(one.variant) if one.variant else ""
