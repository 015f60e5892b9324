"""What generated text speaks of: codes of territories, languages, currencies and units, and dates.

A code is here if nearly every language that CLDR covers well has a name of its own for it, and no
other code has the same name in any of them: a country and its language often share one (ไทย is
Thailand and Thai), and no reader could tell which is meant, so such countries are not here. The
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
        "AE AF AR AT AU AZ BA BB BE BG BH BN BO BR BT BW CA CH CI CL CO CR CU CY DZ EC EG ET GA GB GH HN HT IL IQ IR "
        "JO KE KG KH KR KZ LA LB LK MA MC MD ME ML MR MT MU MX MY NA NG NI NO OM PA PE PK RW SA SG SK TN TZ UG US UZ "
        "VE ZA ZW".split()
    ),
    languages=tuple(
        "ar bn cs da de el en es et fa fi fr he hi hu id it ja ko lt nl pl pt ro ru sv th tr uk vi zh".split()
    ),
    currencies=tuple("USD EUR JPY GBP CNY INR RUB BRL KRW TRY ZAR MXN EGP THB VND".split()),
)
HELD_OUT = Names(
    territories=tuple("AO BY CM DO ER FJ GT HR JM KW LU LY MG MM MZ NE NZ PH PY QA RS SN SO SV SY UY YE ZM".split()),
    languages=tuple("ca eu ga hy is ka lv mn ne sa sl sq ur".split()),
    currencies=tuple("AUD CAD CHF IDR ILS KES NGN PLN SEK".split()),
)
UNITS = (
    "length-meter", "duration-second", "duration-minute", "duration-hour", "duration-day", "duration-week",
    "duration-month",
)  # fmt: skip
"""CLDR's names of units."""
