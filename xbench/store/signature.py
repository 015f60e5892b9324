"""Signatures in sacreBLEU's manner: `key:value|key:value`, everything that would change a number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_ROW = frozenset({"data", "own", "seeds", "ci", "layer", "direction", "xbench", "languages"})
"""Keys that belong to a row."""
_OWN = _ROW | {"metric", "mode", "tok"}
"""Those too that a metric may be told by before its name. Behind the name stands whatever a metric calls its modes.
All other keys tell apart series, which never share a column or an average."""


def signature(parts: Mapping[str, Any]) -> str:
    """Writes a signature; parts without a value are left out.

    Example:
        >>> signature({"task": "xnli", "limit": None, "seeds": 3})
        'task:xnli|seeds:3'
    """
    kept = {key: value for key, value in parts.items() if value is not None and value != ""}
    return "|".join(f"{key}:{str(value).replace('|', '/')}" for key, value in kept.items())


def parse(text: str) -> dict[str, str]:
    """The parts of a signature."""
    return dict(part.split(":", 1) for part in text.split("|") if ":" in part)


def series(text: str) -> str:
    """What rows must share to stand in one column.

    Example:
        >>> series("task:wikiann|dtype:fp32|metric:accuracy|over:words|seeds:1")
        'task:wikiann|dtype:fp32'
    """
    return _shared(text.partition("|metric:")[0])


# A table has thousands of rows and a handful of series.
@lru_cache(maxsize=1024)
def _shared(text: str) -> str:
    return signature({key: value for key, value in parse(text).items() if key not in _OWN})


def neutral(direction: str, language: str) -> str:
    """A direction with `xx` for the language in question, so that one of every language is the same.

    Example:
        >>> neutral("en→de", "de")
        'en→xx'
    """
    return "→".join("xx" if side == language else side for side in direction.split("→")) if direction else ""


def mode(text: str) -> str:
    """How a row's metric is computed, as its declaration pins it.

    Example:
        >>> mode("task:tatoeba|metric:bleu|tok:13a|layer:8|seeds:1")
        'tok:13a'
    """
    # The digest of the rows is different in every language, and stands behind all that a metric says of itself.
    return _mode(text.partition("|metric:")[2].partition("|data:")[0])


@lru_cache(maxsize=1024)
def _mode(text: str) -> str:
    behind = text.partition("|")[2]
    return signature({key: value for key, value in parse(behind).items() if key not in _ROW})


def part(text: str, key: str) -> str:
    """One part of a signature, empty if it has none.

    Example:
        >>> part("task:xnli|data:1a2b3c4d|seeds:1", "data")
        '1a2b3c4d'
    """
    return f"|{text}".partition(f"|{key}:")[2].partition("|")[0]
