"""Pictures as files, PNG and SVG, drawn only where they would show something else than they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.planning.shares import shared
from xbench.reporting.figure import caption
from xbench.store.files import write
from xbench.store.keys import digest, files_digest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg")

_WORTH = 6
"""Pictures for which another process is worth the second that it takes to begin."""

_DPI = 150
_COLOURS = 128
"""Of a PNG: enough for plots, and a third of the size."""
_HEAD = 4096
"""Bytes at the beginning of a file among which it says what it shows."""


@dataclass(frozen=True)
class Picture:
    """A picture that is still to be drawn.

    Attributes:
        stem: Where it goes, without an ending; a dot in it is part of the name.
        draw: Makes the figure of what follows; a function of a module, which another process finds by its name.
        shown: What it is made of. What reads equal as text is the same picture.
        left_out: Checkpoints that there was no room for, which the picture says.
    """

    stem: Path
    draw: Callable[..., Figure]
    shown: tuple[Any, ...]
    left_out: int = 0

    @property
    def paths(self) -> list[Path]:
        """Its files."""
        return [self.stem.with_name(self.stem.name + ending) for ending in ENDINGS]

    @cached_property
    def mark(self) -> str:
        """What its files say that they show."""
        return digest([_code(), self.draw.__name__, repr(self.shown), self.left_out])

    @property
    def there(self) -> bool:
        """Whether its files show this already."""
        return all(_shows(path, self.mark) for path in self.paths)

    def save(self) -> None:
        """Draws it and writes both files, each whole or not at all."""
        figure = self.draw(*self.shown)
        if self.left_out:
            caption(figure, f"{figure.get_supxlabel()} {self.left_out} checkpoints with lower averages are left out.")
        _png(figure, self.paths[0], self.mark)
        _svg(figure, self.paths[1], self.mark)


def save(pictures: Iterable[Picture]) -> list[Path]:
    """Writes pictures as PNG and as SVG; those whose files show the same already are left alone, and not drawn.

    Many are shared out among as many processes as there are cores: drawing takes nothing but time.

    Returns:
        All files, in the order of the pictures.

    Raises:
        XbenchError: One cannot be written.
    """
    every = list(pictures)
    left = [picture for picture in every if not picture.there]
    shared(Picture.save, left, _WORTH)
    return [path for picture in every for path in picture.paths]


def _png(figure: Figure, path: Path, mark: str) -> None:
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    figure.set_dpi(_DPI)
    canvas = FigureCanvasAgg(figure)
    # Not savefig, which draws a picture twice, the first time for its layout alone.
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    few = drawn.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    # No entry for the software, so that the same scores make the same file whatever the version.
    told = PngInfo()
    told.add_text("Comment", mark)
    write(path, lambda draft: few.save(draft, "PNG", dpi=(_DPI, _DPI), pnginfo=told))


def _svg(figure: Figure, path: Path, mark: str) -> None:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    # Places are known since the picture was drawn; finding them again would take as long as drawing it.
    figure.set_layout_engine("none")
    # Text stays text, which can be searched and read aloud; names are English, so that every font has their letters.
    # The font that was measured and no list of others, which every text would name again.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": mark, "font.sans-serif": ["DejaVu Sans"]}):
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
