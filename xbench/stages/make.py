"""Rows of one language -> the same rows in another: to learn from, or to be read in a test.

Everything goes from files to files in the cache of this machine (`xbench.store.translations`): segments window by
window as they are translated, so that a kill costs one window, then the rows that a kind makes of them. What is
there is not made again, whoever asks for it: no checkpoint under test plays a part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from xbench.api import Links
from xbench.data import Library, made
from xbench.data.translated import Faults
from xbench.errors import XbenchError
from xbench.jobs import Checkpoint, Making
from xbench.planning.making import measured, shelf
from xbench.stages.provenance import versions
from xbench.store.files import forget_drafts
from xbench.store.locks import hold


@dataclass
class Models:
    """What translates and aligns, loaded when it is first needed; the last of each is kept.

    Attributes:
        device: Where they run.
    """

    device: str
    _loaded: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def mt(self, checkpoint: Checkpoint, beams: int, dtype: str) -> Any:
        """A checkpoint that translates."""
        from xbench.model.mt import Mt

        return self._kept(
            "mt", (checkpoint.revision, beams, dtype), lambda: Mt(checkpoint, self._machine(dtype), beams)
        )

    def aligner(self, checkpoint: Checkpoint, layer: int, dtype: str) -> Any:
        """An encoder that aligns words."""
        from xbench.model.aligning import WordAligner

        return self._kept(
            "aligner", (checkpoint.revision, layer, dtype),
            lambda: WordAligner(checkpoint, layer, self._machine(dtype)),
        )  # fmt: skip

    def _machine(self, dtype: str) -> Any:
        from xbench.model.workspace import Machine

        machine = Machine(self.device, dtype)
        machine.check()
        return machine

    def forget(self) -> None:
        """Frees the memory of what was loaded."""
        if self._loaded:
            from xbench.model.process import release

            self._loaded.clear()
            release()

    def _kept(self, role: str, key: Any, load: Callable[[], Any]) -> Any:
        if role not in self._loaded or self._loaded[role][0] != key:
            self._loaded.pop(role, None)
            self._loaded[role] = (key, load())
        return self._loaded[role][1]


def make(making: Making, library: Library, models: Models, tick: Callable[[int], None]) -> made.Made:
    """Makes rows, unless they are there.

    Args:
        making: What.
        library: Where the rows are read that are translated.
        models: What translates.
        tick: Is told of every segment that was translated.

    Returns:
        The rows, and how they were made.

    Raises:
        Unavailable: There are no rows to translate.
        XbenchError: None survived, the checkpoint cannot be loaded, or the cache cannot be written.
    """
    if (known := made.recall(making.digest)) is not None:
        return known
    translator = making.slice.translator
    assert translator is not None
    source = library.rows(made.original(making.slice), making.kind, making.task)
    faults = Faults()

    def translate(texts: Sequence[str]) -> list[str | None]:
        return _translate(making, texts, models, faults, tick)

    def align(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Sequence[Links]:
        if making.aligner is None or translator.aligner is None or translator.aligner.layer is None:
            raise XbenchError(f"kind {making.kind.name} asked for word alignment without having named an aligner")
        links: Sequence[Links] = models.aligner(making.aligner, translator.aligner.layer, translator.dtype)(pairs)
        return links

    carried = made.carried(making.slice, source.rows, translate, align, making.kind, making.task)
    how = {
        "repo": making.slice.data.repo,
        "source": translator.source,
        "target": translator.target,
        "source_rows": len(source.rows),
        "source_digest": source.digest,
        "rows": len(carried.rows),
        "lost": dict(carried.lost),
        "counts": dict(carried.counts),
        **faults.describe(),
        "versions": versions(),
    }
    if sum(carried.lost.values()) == len(source.rows):
        raise XbenchError(
            f"no row of {made.original(making.slice)} survived translation into {translator.target} by "
            f"{making.checkpoint.name} ({reasons(how)}): leave the language out, or take another translator"
        )
    return made.remember(making.digest, carried.rows, how)


def reasons(how: dict[str, Any]) -> str:
    """What was lost, in words: `12 rows: …; segments: 3 empty, 1 copied`."""
    rows = "; ".join(f"{count} rows: {reason}" for reason, count in how["lost"].items())
    segments = ", ".join(f"{count} {reason}" for reason, count in how["left_out"].items())
    return "; ".join(part for part in (rows, segments and f"segments: {segments}") if part) or "nothing was lost"


def _translate(
    making: Making, texts: Sequence[str], models: Models, faults: Faults, tick: Callable[[int], None]
) -> list[str | None]:
    """The translation of each text, None where there is something wrong with it; a blank text is its own."""
    translator = making.slice.translator
    assert translator is not None
    own = shelf(making, texts)
    with hold(own.lock):
        forget_drafts(own.folder)
        for window in own.windows:
            if own.read(window) is None:
                own.begin()
                mt = models.mt(making.checkpoint, translator.beams, translator.dtype)
                began = time.monotonic()
                own.keep(window, mt([own.texts[at] for at in window], making.direction, tick))
                measured(making, models.device, len(window) / max(1e-6, time.monotonic() - began))
        found = own.segments()
    sound = faults.sound(own.texts, found, translator.target)
    return [sound[text] if text.strip() else text for text in texts]
