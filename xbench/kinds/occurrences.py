"""Where a word occurs in sentences: by characters, or by which of the words it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xbench.api import Task
from xbench.errors import XbenchError
from xbench.kinds import declarations

Occurrence = tuple[str, int, int]
"""Sentence, and begin and end of the word in it, in characters."""


def columns(sides: Sequence[str]) -> list[str]:
    """Columns that say it, of every side."""
    return [f"{side}_{what}" for side in sides for what in ("context", "span", "index")]


def check(task: Task, sides: Sequence[str]) -> None:
    """Raises XbenchError where a declaration does not say where to find contexts, and the words in them."""
    for data in filter(None, (task.data, task.train)):
        for side in sides:
            places = {f"{side}_span", f"{side}_index"} & set(data.columns)
            if f"{side}_context" not in data.columns or len(places) != 1:
                raise XbenchError(
                    f"task {task.name}: contextual vectors need the columns {side}_context, and {side}_span or "
                    f"{side}_index, of {data.repo}: declare them, or take settings.vectors=isolated"
                )


def read(raw: Mapping[str, Any], side: str, task: Task) -> list[Occurrence]:
    """The occurrences of a word.

    Raises:
        XbenchError: There are none, or one is not inside its sentence.
    """
    name = f"{side}_span" if f"{side}_span" in raw else f"{side}_index"
    contexts, places = declarations.listed(raw, f"{side}_context", task), declarations.listed(raw, name, task)
    if not contexts or len(contexts) != len(places):
        raise XbenchError(
            f"task {task.name}: {raw[side]!r} has {len(contexts)} sentences in {side}_context and {len(places)} places "
            f"in {name}: give one for each, and at least one"
        )
    found = []
    for text, place in zip(contexts, places, strict=True):
        span = _word(text, place) if name.endswith("_index") else _characters(text, place)
        if span is None:
            raise XbenchError(
                f"task {task.name}: {raw[side]!r} is not at {place!r} ({name}) of the sentence {text!r}: give "
                f"{'the index of a word, from 0' if name.endswith('_index') else 'begin and end in characters'}"
            )
        found.append((text, *span))
    return found


def _characters(text: Any, place: Any) -> tuple[int, int] | None:
    if not isinstance(text, str) or not isinstance(place, (list, tuple)) or len(place) != 2:
        return None
    begin, end = place
    inside = isinstance(begin, int) and isinstance(end, int) and 0 <= begin < end <= len(text)
    return (begin, end) if inside and text[begin:end].strip() else None


def _word(text: Any, place: Any) -> tuple[int, int] | None:
    if not isinstance(text, str) or not isinstance(place, int):
        return None
    words = [match.span() for match in re.finditer(r"\S+", text)]
    return words[place] if 0 <= place < len(words) else None
