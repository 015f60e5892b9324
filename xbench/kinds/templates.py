"""Sentences with gaps: a text with names of columns in braces, filled from a row, in which one `{mask}` is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Formatter
from typing import Any

from xbench.errors import XbenchError, closest

MASK = "{mask}"
_MASK = "mask"


def names(template: Any, known: Collection[str], where: str) -> list[str]:
    """What stands in braces in a template, `mask` included.

    Args:
        template: Such as `{source} is {mask} in {language}`.
        known: What may stand in braces besides `mask`.
        where: Whose template it is, for errors.

    Raises:
        XbenchError: It is no text, has unpaired braces, or names something else.

    Example:
        >>> names("{source}: {mask}", ["source"], "here")
        ['source', 'mask']
    """
    try:
        parts = list(Formatter().parse(template))
    except (ValueError, TypeError) as error:
        raise XbenchError(
            f"{where} is {template!r}, no template ({error}): write names in braces, such as {MASK}"
        ) from (error)
    found = []
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in (*known, _MASK) or form or conversion:
            raise XbenchError(f"{where} has {{{name}}}: {closest(name, [*known, _MASK])}")
        found.append(name)
    return found


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its names replaced; braces in what replaces them stay as they are, and so does `{mask}`.

    Example:
        >>> fill("{source}: {mask}", {"source": "{x}"})
        '{x}: {mask}'
    """
    parts = Formatter().parse(template)
    return "".join(text + ("" if name is None else MASK if name == _MASK else values[name]) for text, name, *_ in parts)
