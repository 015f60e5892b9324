"""Content to text of one language, as its locale writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cached_property, lru_cache

from xbench.data.cldr.locales import check, months
from xbench.errors import XbenchError

LONG, MEDIUM, SHORT = STYLES = ("long", "medium", "short")
"""How full a date, a sum or a quantity is written: `March 5, 2021`, `Mar 5, 2021`, `3/5/21`; `12 euros`, `€12`."""

_ZEROS: Mapping[str, int] = {
    "latn": 0x30, "arab": 0x660, "arabext": 0x6F0, "deva": 0x966, "beng": 0x9E6, "mymr": 0x1040, "cakm": 0x11136,
    "adlm": 0x1E950,
}  # fmt: skip
"""The digit 0 of the numbering systems that some locale writes by default; the other nine follow it in Unicode."""


class Realiser:
    """Writes names, numbers and dates of one locale. What was written once is remembered.

    Args:
        locale: CLDR's name of it, such as `sr_Latn`.

    Raises:
        Unavailable: CLDR does not cover the locale, or babel lacks it.

    Example:
        >>> Realiser("de").price(12, "EUR", LONG), Realiser("de").day(date(2021, 3, 5), LONG)
        ('12 Euro', '5. März 2021')
    """

    def __init__(self, locale: str) -> None:
        from babel import Locale

        check(locale)
        self._locale = Locale.parse(locale)
        self.territory = lru_cache(maxsize=None)(self._territory)
        self.language = lru_cache(maxsize=None)(self._language)
        self.price = lru_cache(maxsize=None)(self._price)
        self.extent = lru_cache(maxsize=None)(self._extent)
        self.day = lru_cache(maxsize=None)(self._day)
        self.clock = lru_cache(maxsize=None)(self._clock)
        self.between = lru_cache(maxsize=None)(self._between)

    def _territory(self, code: str) -> str:
        """The name of a territory."""
        return str(self._locale.territories[code])

    def _language(self, code: str) -> str:
        """The name of a language."""
        return str(self._locale.languages[code])

    def currency(self, code: str) -> str:
        """The name of a currency, without a number."""
        return str(self._locale.currencies[code])

    def month(self, number: int) -> str:
        """The name of a month by itself where the locale has one, else as it stands in a date.

        From the locale's own file: where babel follows an alias, it gives the month of whichever language it was
        asked for first.
        """
        own = months(str(self._locale))
        return str((own.get("stand-alone", {}).get("wide") or own["format"]["wide"])[number])

    def unit(self, code: str) -> str:
        """The name of a unit as it stands beside a 5: few locales have one for it alone."""
        return re.sub(r"\d+", "", self.extent(5, code, LONG)).strip()

    def _price(self, number: int, currency: str, style: str) -> str:
        """An amount of money: with the currency's name, or with its symbol where the style is not long."""
        from babel.numbers import format_currency

        if style == LONG:
            text = format_currency(
                number, currency, locale=self._locale, format_type="name", currency_digits=False,
                decimal_quantization=False,
            )  # fmt: skip
        else:
            text = format_currency(number, currency, self._whole, locale=self._locale, currency_digits=False)
        return self._own_digits(text)

    def _extent(self, number: int, unit: str, style: str) -> str:
        """A quantity: with the unit's name, or its abbreviation where the style is not long.

        babel silently returns the unit's id where a length of name is missing: another length is taken.
        """
        from babel.units import format_unit

        for length in (LONG, SHORT, "narrow") if style == LONG else (SHORT, LONG, "narrow"):
            text = format_unit(number, unit, length=length, locale=self._locale)  # type: ignore[arg-type]
            if unit not in text:
                return self._own_digits(text)
        raise XbenchError(f"babel has no words for {unit} in {self._locale}")

    def _day(self, day: date, style: str) -> str:
        """A date in a style."""
        from babel.dates import format_date

        text = format_date(day, style, locale=self._locale)
        if "M0" in text or "M1" in text:
            raise XbenchError(f"babel has no name for the month of {day} in {self._locale}")
        return self._own_digits(text)

    def _clock(self, clock: time) -> str:
        """A time of the day."""
        from babel.dates import format_time

        return self._own_digits(format_time(clock, "short", locale=self._locale))

    def _between(self, count: int) -> tuple[str, ...]:
        """What a list of so many items has before, between and behind them, (count + 1,)."""
        from babel.lists import format_list

        marks = [chr(0xE000 + place) for place in range(count)]
        rest = format_list(marks, locale=self._locale)
        parts = []
        for mark in marks:
            before, _, rest = rest.partition(mark)
            parts.append(before)
        return (*parts, rest)

    def _own_digits(self, text: str) -> str:
        """Babel writes Latin digits everywhere; a locale that has others by default gets them here."""
        return text.translate(self._digits)

    @cached_property
    def _whole(self) -> str:
        """The locale's pattern of a sum of money, without decimals."""
        return re.sub(r"(?<=[0#])\.0+", "", str(self._locale.currency_formats["standard"].pattern))

    @cached_property
    def _digits(self) -> dict[int, str]:
        system = self._locale.default_numbering_system
        if system not in _ZEROS:
            raise XbenchError(f"{self._locale} writes numbers in {system!r}, whose digits xbench does not know")
        return {ord(str(digit)): chr(_ZEROS[system] + digit) for digit in range(10)}


@lru_cache(maxsize=256)
def realiser(locale: str) -> Realiser:
    """The realiser of a locale, made once."""
    return Realiser(locale)
