"""Text to pretrain on: frames of their own, said twice in every language."""

from __future__ import annotations

from xbench.api import Passages, Split
from xbench.data.cldr.frames import Draw
from xbench.data.cldr.identity import revision
from xbench.data.cldr.realiser import realiser
from xbench.data.cldr.restating import restyled, said, shuffled, styles
from xbench.errors import XbenchError, closest
from xbench.languages import CLDR

_SEED = 2026
"""Not that of the tasks, so that new rows for them need no new checkpoint."""

_RESTYLED = 0.7
"""How likely a slot is to be restated in another style; names and times of the day have but one."""

_PASSAGES = {"train": range(6000), "dev": range(6000, 6200)}
"""Split -> indices of its frames, none of which a task's rows are made from."""


class CldrCorpus:
    """Three to five slots of a frame, and the same in another order and with dates in another style."""

    name = "cldr"
    parallel = True
    about = (
        "Generated from Unicode CLDR (Unicode License v3): lists of places, languages, dates, times, sums of money and "
        "quantities, the same in every language. What learns from it is a demonstration that fits into a repository: "
        "it knows no running text, and is no stand-in for mBERT or any other encoder."
    )

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that CLDR covers."""
        return tuple(CLDR)

    def revision(self) -> str:
        """What the passages are made from: version of CLDR, seed, version of the frames."""
        return revision(_SEED)

    def passages(self, language: str, split: Split) -> Passages:
        """The passages of a language.

        Raises:
            XbenchError: CLDR does not cover it, or there is no such split.
        """
        if language not in CLDR:
            raise XbenchError(f"CLDR does not cover {language}: {closest(language, CLDR)}")
        if split not in _PASSAGES:
            raise XbenchError(f"the corpus {self.name} has no split {split}: {closest(split, _PASSAGES)}")
        voice, draw = realiser(CLDR[language]), Draw("pretrain", seed=_SEED)
        texts, restated = [], []
        for index in _PASSAGES[split]:
            random = draw.randomness("corpus", index)
            slots = random.sample(draw.frame(random).slots, random.choice((3, 4, 5)))
            before = styles(len(slots), random)
            after = restyled(before, _RESTYLED, random)
            texts.append(said(shuffled(slots, before, random), voice).text)
            restated.append(said(shuffled(slots, after, random), voice).text)
        return Passages(tuple(texts), tuple(restated))
