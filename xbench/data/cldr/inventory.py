"""What generated text speaks of: codes of territories, languages, currencies and units, and dates.

A code is here if nearly every language that CLDR covers well has a name of its own for it. The
names of the `HELD_OUT` codes occur in test rows alone: not in pretraining, not in training, not in
dev, and not in the text that a vocabulary is learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """Codes whose names a frame may hold.

    Attributes:
        territories: ISO 3166.
        languages: ISO 639.
        currencies: ISO 4217.
    """

    territories: tuple[str, ...]
    languages: tuple[str, ...]
    currencies: tuple[str, ...]


SEEN = Names(
    territories=tuple(
        "AE AF AL AM AR AT AU AZ BD BE BG BO BR CA CH CI CL CN CO CR CU CY CZ DE DK DZ EC EG ES ET FI FR GB GE GH GR "
        "HU ID IE IL IN IQ IR IS IT JO JP KE KH KR KZ LB LK LT MA MX MY NG NL NO NP PE PK PL PT RO RU SA SE TH TN TR "
        "UA US UZ VN ZA".split()
    ),
    languages=tuple(
        "ar bn cs da de el en es et fa fi fr he hi hu id it ja ko lt nl pl pt ro ru sv th tr uk vi zh".split()
    ),
    currencies=tuple("USD EUR JPY GBP CNY INR RUB BRL KRW TRY ZAR MXN EGP THB VND".split()),
)
HELD_OUT = Names(
    territories=tuple("AO BY CM DO EE GT HR JM KW LU LV LY MG MM MN MZ NE NZ PH PY QA RS SN SO SY UY YE ZM".split()),
    languages=tuple("ca eu ga hy is ka lv mn ne sa sl sq ur".split()),
    currencies=tuple("AUD CAD CHF IDR ILS KES NGN PLN SEK".split()),
)
UNITS = (
    "length-meter", "duration-second", "duration-minute", "duration-hour", "duration-day", "duration-week",
    "duration-month",
)  # fmt: skip
"""CLDR's names of units."""
