"""Whether a text is written in the script of its language, and whether that puts blanks between words."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from xbench.errors import XbenchError
from xbench.languages.facts import language

_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Adlm": ("ADLAM",),
        "Arab": ("ARABIC",),
        "Armn": ("ARMENIAN",),
        "Beng": ("BENGALI",),
        "Cakm": ("CHAKMA",),
        "Cans": ("CANADIAN",),
        "Cher": ("CHEROKEE",),
        "Copt": ("COPTIC",),
        "Cyrl": ("CYRILLIC",),
        "Deva": ("DEVANAGARI",),
        "Ethi": ("ETHIOPIC",),
        "Geor": ("GEORGIAN",),
        "Grek": ("GREEK",),
        "Gujr": ("GUJARATI",),
        "Guru": ("GURMUKHI",),
        "Hans": ("CJK",),
        "Hant": ("CJK",),
        "Hebr": ("HEBREW",),
        "Jpan": ("CJK", "HIRAGANA", "KATAKANA"),
        "Khmr": ("KHMER",),
        "Knda": ("KANNADA",),
        "Kore": ("HANGUL", "CJK"),
        "Laoo": ("LAO",),
        "Latn": ("LATIN", "FULLWIDTH LATIN"),
        "Mlym": ("MALAYALAM",),
        "Mymr": ("MYANMAR",),
        "Nkoo": ("NKO",),
        "Olck": ("OL CHIKI",),
        "Orya": ("ORIYA",),
        "Sinh": ("SINHALA",),
        "Syrc": ("SYRIAC",),
        "Taml": ("TAMIL",),
        "Telu": ("TELUGU",),
        "Tfng": ("TIFINAGH",),
        "Thaa": ("THAANA",),
        "Thai": ("THAI",),
        "Tibt": ("TIBETAN",),
        "Yiii": ("YI",),
    }
)
"""ISO 15924 code -> how Unicode's names of its letters begin. A script that is not here is not judged."""

_UNSPACED = frozenset("Hans Hant Jpan Bopo Yiii Thai Laoo Khmr Mymr Lana Tale Talu Tavt Tibt Bali Java Cham".split())
"""Scripts whose texts have no blanks between words: where lines break, according to Unicode's UAX 14, between any two
ideographs (class ID), by dictionary (SA), by syllable (AK, and Tibetan)."""


def spaced(tag: str) -> bool:
    """Whether texts of a language have blanks between words, so that words can be counted.

    Args:
        tag: Canonical; of a language that no table knows it is taken to be so.

    Example:
        >>> spaced("de"), spaced("ko"), spaced("th"), spaced("zh-Hant")
        (True, True, False, False)
    """
    try:
        return language(tag).script not in _UNSPACED
    except XbenchError:
        return True


def share_in_script(text: str, script: str) -> float | None:
    """The share of a text's letters that belong to a script.

    Args:
        text: Any; digits, marks and punctuation do not count.
        script: ISO 15924 code.

    Returns:
        None where the text has no letters, or nobody knows the script's.

    Example:
        >>> share_in_script("Мир 2020, ok", "Cyrl")
        0.6
    """
    names = _NAMES.get(script)
    letters = [letter for letter in text if unicodedata.category(letter)[0] == "L"]
    if names is None or not letters:
        return None
    # Letters that all scripts share, such as ª, are nobody's.
    return sum(_name(letter).startswith(names) for letter in letters) / len(letters)


@cache
def _name(letter: str) -> str:
    return unicodedata.name(letter, "")
