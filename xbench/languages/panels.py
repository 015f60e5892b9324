"""The languages that XTREME averages over, by its own list and by task (Hu et al. 2020)."""

from __future__ import annotations

_ALL = (
    "af ar bg bn de el en es et eu fa fi fil fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th tr ur vi"
    " yo zh"
)

XTREME: tuple[str, ...] = tuple(_ALL.split())
"""Canonical tags of its 40 languages, which are also those of its named-entity task."""

_CODES = {"fil": "tl"}


def xtreme_code(tag: str) -> str:
    """What XTREME calls a language: by its canonical tag, but for Filipino.

    Example:
        >>> xtreme_code("de"), xtreme_code("fil")
        ('de', 'tl')
    """
    return _CODES.get(tag, tag)
