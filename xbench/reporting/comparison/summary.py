"""Comparisons in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.overview import refusals
from xbench.reporting.comparison.result import Comparison
from xbench.reporting.comparison.words import brief, lacking, sentences

_PROSE = 110
"""Characters of a line of brief: longer ones are hard to read, however wide a terminal is."""


def summary(found: Answer, width: int) -> str:
    """Every comparison in brief, and what could not be compared.

    Args:
        found: Comparisons.
        width: Characters that a line may have.
    """
    blocks = [*_comparisons(found, min(width, _PROSE)), *_refused(found, min(width, _PROSE))]
    blocks.append(
        [
            f"+: higher than {found.checkpoints[0]}; [ ]: 95 % interval over examples; "
            "*: told apart, by Holm over all languages."
        ]
    )
    return _joined(blocks)


def left_out(found: Answer, width: int) -> str:
    """What could not be compared, and why; empty if everything could.

    Args:
        found: Comparisons.
        width: Characters that a line may have.
    """
    own = min(width, _PROSE)
    short = [one for one in found.comparisons if one.missing]
    blocks = [[_title(one), *(line for text in lacking(one) for line in _wrapped(text, own))] for one in short]
    return _joined([*blocks, *_refused(found, own)])


def _joined(blocks: Iterable[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks)


def averages(found: Answer, width: int) -> str:
    """The average of every comparison in a sentence, and what could not be compared.

    Args:
        found: Comparisons, maybe none.
        width: Characters that a line may have.
    """
    told = [f"{one.other} on {one.title}: {' '.join([sentences(one)[0], *lacking(one)])}" for one in found.comparisons]
    told += [f"not compared: {text}" for text in refusals(found)]
    lines = (line for text in told for line in _wrapped(text, min(width, _PROSE)))
    return "\n".join([f"against {found.checkpoints[0]}", *lines])


def _title(one: Comparison) -> str:
    return f"{one.other} against {one.first} · {one.title}"


def _comparisons(found: Answer, width: int) -> Iterator[list[str]]:
    for one in found.comparisons:
        yield [
            _title(one),
            *(line for text in brief(one) for line in _wrapped(text, width)),
        ]


def _refused(found: Answer, width: int) -> Iterator[list[str]]:
    for other, several in found.refused.items():
        if several:
            head = f"not compared: {other} against {found.checkpoints[0]}"
            texts = (f"{one.task} {one.protocol}: {one.reason}" for one in several)
            yield [head, *(line for text in texts for line in _wrapped(text, width))]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
