"""Pictures as files, PNG and SVG, drawn only where they would show something else than they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.store.files import write
from xbench.store.keys import digest, files_digest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg")

_DPI = 150
_COMPRESSION = 3
"""Of zlib: higher is slower, and no smaller for pictures like these."""
_HEAD = 4096
"""Bytes at the beginning of a file among which it says what it shows."""


def save(draw: Callable[[], Figure], shown: str, stem: Path) -> list[Path]:
    """Writes a picture as PNG and as SVG, each whole or not at all.

    Files say by a digest what they show. Where both show this already, they are left alone and nothing is drawn.

    Args:
        draw: Makes the figure.
        shown: What it is made of: equal for pictures that would be equal.
        stem: Path without an ending; a dot in it is part of the name.

    Returns:
        Both files.
    """
    paths = [stem.with_name(stem.name + ending) for ending in ENDINGS]
    mark = digest([_code(), shown])
    if not all(_shows(path, mark) for path in paths):
        figure = draw()
        _png(figure, paths[0], mark)
        _svg(figure, paths[1], mark)
    return paths


def _png(figure: Figure, path: Path, mark: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    figure.set_dpi(_DPI)
    canvas = FigureCanvasAgg(figure)
    # Not savefig, which draws a picture twice, the first time for its layout alone.
    canvas.draw()
    # No Software entry, so that the same scores make the same file whatever the version.
    entries: dict[str, Any] = {
        "metadata": {"Software": None, "Comment": mark}, "pil_kwargs": {"compress_level": _COMPRESSION}
    }  # fmt: skip
    write(path, lambda draft: imsave(draft, canvas.buffer_rgba(), format="png", dpi=_DPI, **entries))


def _svg(figure: Figure, path: Path, mark: str) -> None:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    # Places are known since the picture was drawn; finding them again would take as long as drawing it.
    figure.set_layout_engine("none")
    # Text stays text, which can be searched and read aloud; names are English, so that every font has their letters.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": mark}):
        canvas = FigureCanvasSVG(figure)
        told = {"Date": None, "Creator": None, "Description": mark}
        write(path, lambda draft: canvas.print_svg(str(draft), metadata=told))


def _shows(path: Path, mark: str) -> bool:
    try:
        with path.open("rb") as file:
            return mark.encode() in file.read(_HEAD)
    except OSError:
        return False


@cache
def _code() -> list[str]:
    """What draws: with another version of it, pictures of the same scores look otherwise."""
    folder = Path(__file__).parent
    return [version("matplotlib"), files_digest(folder.rglob("*.py"), folder)]
