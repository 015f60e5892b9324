"""What machine translation checkpoints call languages, read back to canonical tags.

No list of languages is kept for a checkpoint: its own vocabulary says which it knows. A language token has one of a
few forms, the code in it is made canonical like any other, and the form says how the token is used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from xbench.errors import Unavailable, XbenchError
from xbench.languages.facts import language
from xbench.languages.relatives import relatives
from xbench.languages.tags import canonical

M2M_100 = tuple(
    """
af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu hy id ig
ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si sk sl so
sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu
""".split()
)
"""The codes of M2M-100 (Fan et al. 2021), which its tokenizer knows without having them in any file."""

_SETS: Mapping[str, tuple[str, ...]] = MappingProxyType({"m2m100": M2M_100})
"""Sets of codes that a tokenizer's configuration calls by name (`language_codes`)."""

_EXCEPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "ns": "nso",  # M2M-100's Northern Sotho
        "sat_Beng": "sat",  # NLLB's token; the text that it learned is in Ol Chiki
    }
)
"""Codes that mean something else, or nothing, as codes of BCP 47."""

_MARIAN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"ja": ("jap", "ja"), "fil": ("tl", "fil"), "nb": ("no", "nb")}
)
"""How names of Marian checkpoints call languages that they call otherwise: `opus-mt-en-jap`."""

_BEFORE_THE_TRANSLATION = (
    re.compile(r"__([a-z]{2,3})__"),  # M2M-100, SeamlessM4T
    re.compile(r"([a-z]{3}_[A-Z][a-z]{3})"),  # NLLB
    re.compile(r"([a-z]{2})_[A-Z]{2}"),  # mBART-50, whose regions are noise (`en_XX`)
)
_BEFORE_THE_TEXT = (
    re.compile(r">>([A-Za-z]{2,3}(?:[_-][A-Za-z]{2,4})?)<<"),  # Marian with several target languages
    re.compile(r"<2([a-z]{2,3}(?:_[A-Za-z]{2,4})?)>"),  # MADLAD-400
)


@dataclass(frozen=True)
class Direction:
    """How a checkpoint is told which languages to translate from and into; empty parts are not told.

    Attributes:
        source: Code that its tokenizer is set to.
        start: Token that every translation is made to begin with.
        prefix: Token that is put before every text.
    """

    source: str = ""
    start: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Spoken:
    """The languages of a checkpoint, as far as its files say.

    Attributes:
        starts: Canonical tag -> token before the translation, of checkpoints that are told both languages so.
        prefixes: Canonical tag -> token before the text, of checkpoints that are told the target so.
        source: Canonical tag of the only source language; empty where nobody says, or it is a group of languages.
        target: Likewise of the only target language.
    """

    starts: Mapping[str, str]
    prefixes: Mapping[str, str]
    source: str = ""
    target: str = ""

    def direction(self, source: str, target: str, named: bool = False) -> Direction:
        """How to translate from one language into another.

        Args:
            source: Canonical tag.
            target: Canonical tag.
            named: Whether the checkpoint was found by a name with these languages in it, which is as good as
                its own word where it says nothing.

        Raises:
            Unavailable: The checkpoint does not know one of them; related ones that it knows are named.
        """
        if self.starts:
            _known(source, self.starts)
            _known(target, self.starts)
            return Direction(source=_code(self.starts[source]), start=self.starts[target])
        if self.source and source != self.source:
            raise Unavailable(f"it translates from {self.source} only, not from `{source}`")
        if self.prefixes:
            _known(target, self.prefixes)
            return Direction(prefix=self.prefixes[target])
        if self.target and target != self.target:
            raise Unavailable(f"it translates into {self.target} only, not into `{target}`")
        if not self.target and not named:
            raise Unavailable(
                "neither language tokens nor its configuration say into which language it translates: write the "
                "language into its name as {language}, such as ./mt-en-{language}"
            )
        return Direction()


def spoken(pieces: Iterable[str], sets: Iterable[str] = (), source: str = "", target: str = "") -> Spoken:
    """What a checkpoint's vocabulary and configuration say of its languages.

    Args:
        pieces: Tokens, of which some may stand for languages.
        sets: Names of sets of codes that it says it knows.
        source: The source language that its configuration states, in its own code; empty if none.
        target: Likewise.

    Example:
        >>> spoken(["eng_Latn", "deu_Latn", "Haus"]).direction("en", "de")
        Direction(source='eng_Latn', start='deu_Latn', prefix='')
        >>> spoken([">>deu<<", ">>nld<<"], source="en").direction("en", "nl")
        Direction(source='', start='', prefix='>>nld<<')
    """
    told = [*pieces, *(f"__{code}__" for name in sets for code in _SETS.get(name, ()))]
    return Spoken(
        _by_tag(told, _BEFORE_THE_TRANSLATION), _by_tag(told, _BEFORE_THE_TEXT), _tag(source) or "", _tag(target) or ""
    )


def may_be_language(piece: str) -> bool:
    """Whether a token has a form that tokens of languages have."""
    return any(form.fullmatch(piece) for form in (*_BEFORE_THE_TRANSLATION, *_BEFORE_THE_TEXT))


def marian_codes(tag: str) -> tuple[str, ...]:
    """What a language may be called in the name of a checkpoint for one direction, the likeliest first.

    Example:
        >>> marian_codes("de"), marian_codes("ja")
        (('de',), ('jap', 'ja'))
    """
    return _MARIAN.get(tag, (tag,))


def _by_tag(pieces: Iterable[str], forms: Iterable[re.Pattern[str]]) -> dict[str, str]:
    """Canonical tag -> token. Of several the one that says least more than the tag: `>>cmn<<` before `>>cmn_Hans<<`."""
    found: dict[str, str] = {}
    forms = tuple(forms)
    for piece in sorted(set(pieces), key=lambda piece: (len(piece), piece)):
        for form in forms:
            if (match := form.fullmatch(piece)) and (tag := _tag(match[1])):
                found.setdefault(tag, piece)
    return found


@lru_cache(maxsize=4096)
def _tag(code: str) -> str | None:
    """The canonical tag of a code; None for what is no language (`mul`, `zle`, `>>back<<`)."""
    try:
        return canonical(_EXCEPTIONS.get(code, code)) if code else None
    except XbenchError:
        return None


def _code(token: str) -> str:
    """What a tokenizer of several source languages is set to: the token without its frame."""
    return token.strip("_")


def _known(tag: str, tokens: Collection[str]) -> None:
    if tag in tokens:
        return
    try:
        name = f"{tag}, {language(tag).name}"
    except XbenchError:
        name = tag
    # In backticks what is particular to the language, so that a report says the rest once for all.
    near = ", ".join(relatives(tag, sorted(tokens)))
    raise Unavailable(f"it knows {len(tokens)} languages, and not `{name}{near and f'; related are {near}'}`")
