"""Which locales name everything in their own language, as the data files that babel ships say.

babel fills what a locale lacks from its parents, and so from English or with the code itself. Here a
locale counts by what stands in its own file: names, units and months. Formats may be those of CLDR's
root, which hold no words (`{0}, {1}`; `y-MM-dd`), and so may plural forms: a currency then has its
own name behind every number.
"""

from __future__ import annotations

import pickle
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from xbench.data.cldr.inventory import HELD_OUT, SEEN, UNITS
from xbench.errors import Unavailable
from xbench.languages import canonical

_BASE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?")
"""A language, or a language in a script: not its regions."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "territories": SEEN.territories + HELD_OUT.territories,
    "languages": SEEN.languages + HELD_OUT.languages,
    "currency_names": SEEN.currencies + HELD_OUT.currencies,
}
_UNITS = {"unit_patterns": UNITS}
_KINDS = {
    "territories": "names of territories",
    "languages": "names of languages",
    "currency_names": "names of currencies",
    "unit_patterns": "units",
}

_A_YEAR = 12


def version() -> str:
    """The CLDR that babel ships, such as `CLDR 47`."""
    from babel.core import get_cldr_version

    return f"CLDR {get_cldr_version()}"


def coverage() -> dict[str, tuple[str, str]]:
    """Canonical tag -> the locale that writes it, and why it is left out (empty if it is not).

    Reads hundreds of files: `xbench/languages/cldr.csv` is what it finds with the babel that is
    pinned, and a test compares the two.
    """
    from babel.localedata import locale_identifiers

    found: dict[str, tuple[str, str]] = {}
    for locale in sorted(locale_identifiers(), key=lambda name: (len(name), name)):
        if _BASE.fullmatch(locale):
            tag, why = canonical(locale), lacking(locale)
            # Two locales may be one language (`nb` and `no`, `zh` and `zh_Hans`): one of them has its names.
            if tag not in found or (found[tag][1] and not why):
                found[tag] = locale, why
    return dict(sorted(found.items()))


def lacking(locale: str) -> str:
    """Why a locale cannot realise every frame in its own language; empty if it can."""
    own = _own(locale)
    missing = [
        f"{len(lost)} of {len(codes)} {_KINDS[field]}"
        for field, codes in {**_NAMES, **_UNITS}.items()
        if (lost := [code for code in codes if code not in own.get(field, {})])
    ]
    if _months(own) < _A_YEAR:
        missing.append(f"{_A_YEAR - _months(own)} of {_A_YEAR} months")
    if missing:
        return f"its file in CLDR lacks {', '.join(missing)}"
    names = Counter(own[field][code].casefold() for field, codes in _NAMES.items() for code in codes)
    if double := [name for name, count in names.items() if count > 1]:
        return f"its file in CLDR has one name for two things: {', '.join(double)}"
    borrowed = [_share_of_english(own, field) for field in _NAMES]
    if locale != "en" and sum(borrowed) / len(borrowed) > 0.5:
        return f"{100 * sum(borrowed) / len(borrowed):.0f} % of its names in CLDR are the English ones"
    return ""


def check(locale: str) -> None:
    """Raises Unavailable where this machine's CLDR cannot realise every frame in a locale."""
    why = lacking(locale)
    if why:
        raise Unavailable(f"`{locale}` is not covered by the {version()} of the installed babel: {why}")


def months(locale: str) -> Mapping[str, Any]:
    """Names of months that stand in a locale's own file: context -> width -> number -> name."""
    found: Mapping[str, Any] = _own(locale)["months"]
    return found


def _months(own: Mapping[str, Any]) -> int:
    """How many months have a name for use in a date."""
    return len(own.get("months", {}).get("format", {}).get("wide") or ())


def _share_of_english(own: Mapping[str, Any], field: str) -> float:
    english = _own("en")[field]
    codes = _NAMES[field]
    return sum(own[field][code] == english[code] for code in codes) / len(codes)


@lru_cache(maxsize=2)
def _own(locale: str) -> Mapping[str, Any]:
    """A locale's own file. `babel.localedata.load` without inheritance would leave it in babel's cache for all."""
    path = files("babel") / "locale-data" / f"{locale}.dat"
    if not path.is_file():
        raise Unavailable(f"the installed babel has no locale `{locale}`: install a newer one")
    with path.open("rb") as file:
        found: Mapping[str, Any] = pickle.load(file)  # babel's own format
    return found
