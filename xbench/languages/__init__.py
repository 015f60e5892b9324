"""Languages: canonical tags, facts about them, and the panels that published averages are over."""

from xbench.languages.cldr import CLDR, CLDR_LACKING
from xbench.languages.codes import FLORES_200, NTREX
from xbench.languages.facts import Language, language, languages, seen_in_pretraining
from xbench.languages.filters import SEEN, TRAITS, UNKNOWN, Filter, language_filter, trait
from xbench.languages.panels import XTREME
from xbench.languages.pretraining import Pretraining, declared
from xbench.languages.relatives import relatives
from xbench.languages.selection import select
from xbench.languages.tags import canonical

__all__ = [
    "CLDR",
    "CLDR_LACKING",
    "FLORES_200",
    "NTREX",
    "SEEN",
    "TRAITS",
    "UNKNOWN",
    "XTREME",
    "Filter",
    "Language",
    "Pretraining",
    "canonical",
    "declared",
    "language",
    "language_filter",
    "languages",
    "relatives",
    "seen_in_pretraining",
    "select",
    "trait",
]
