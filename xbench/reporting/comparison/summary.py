"""Comparisons in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.overview import refusals
from xbench.reporting.comparison.words import brief, sentences

_PROSE = 110
"""Characters of a line of brief: longer ones are hard to read, however wide a terminal is."""


def summary(found: Answer, width: int) -> str:
    """Every comparison in brief, and what could not be compared.

    Args:
        found: Comparisons.
        width: Characters that a line may have.
    """
    blocks = [*_comparisons(found, min(width, _PROSE)), *_refused(found, min(width, _PROSE))]
    blocks.append(["*: told apart, by Holm over all languages; [ ]: 95 % interval over examples."])
    return "\n\n".join("\n".join(block) for block in blocks)


def averages(found: Answer, width: int) -> str:
    """The average of every comparison in a sentence, and what could not be compared.

    Args:
        found: Comparisons, maybe none.
        width: Characters that a line may have.
    """
    told = [f"{one.other} on {one.title}: {sentences(one)[0]}" for one in found.comparisons]
    told += [f"not compared: {text}" for text in refusals(found)]
    lines = (line for text in told for line in _wrapped(text, min(width, _PROSE)))
    return "\n".join([f"against {found.checkpoints[0]}", *lines])


def _comparisons(found: Answer, width: int) -> Iterator[list[str]]:
    for one in found.comparisons:
        yield [
            f"{one.other} against {one.first} · {one.title}",
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
