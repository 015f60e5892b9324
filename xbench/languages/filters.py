"""Choosing languages by what they are like: script, family, branch, resource class, seen in pretraining or not.

The same properties make the groups that averages are over, and what the table does not say is `unknown` in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from xbench.errors import XbenchError, closest
from xbench.languages.facts import Language, language
from xbench.languages.pretraining import Pretraining
from xbench.languages.table import rows

UNKNOWN = "unknown"

SEEN: Mapping[bool | None, str] = MappingProxyType({True: "seen", False: "unseen", None: UNKNOWN})
"""How `Pretraining.seen` reads."""

_TRAITS: Mapping[str, Callable[[Language], str]] = MappingProxyType(
    {
        "script": lambda one: one.script,
        "family": lambda one: one.family,
        "branch": lambda one: one.branch,
        "class": lambda one: "" if one.resource_class is None else str(one.resource_class),
    }
)

TRAITS: tuple[str, ...] = tuple(_TRAITS)
"""What languages are grouped by, whoever was pretrained on them."""


def trait(name: str, tag: str) -> str:
    """A property of a language; `unknown` where the table does not say it, or does not know the language.

    Args:
        name: One of `TRAITS`.
        tag: Canonical tag.

    Example:
        >>> trait("script", "hi"), trait("class", "ajp")
        ('Deva', 'unknown')
    """
    try:
        known = language(tag)
    except XbenchError:
        return UNKNOWN
    return _TRAITS[name](known) or UNKNOWN


@dataclass(frozen=True)
class Filter:
    """Which languages are meant. What is left empty chooses nothing; several values of one property are alternatives.

    Attributes:
        values: Property -> values, any of which a language must have.
        seen_by: Checkpoint or family that must have been pretrained on it; empty for none.
        unseen_by: One that must not have been. Where nobody said, a language is neither.
        pretraining: Who was pretrained on what.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen_by: str = ""
    unseen_by: str = ""
    pretraining: Pretraining = field(default_factory=Pretraining)

    def __bool__(self) -> bool:
        return any(self.values.values()) or bool(self.seen_by or self.unseen_by)

    def __str__(self) -> str:
        """In a sentence: `script Deva or Arab, unseen by mbert`."""
        told = [f"{name} {' or '.join(asked)}" for name, asked in self.values.items() if asked]
        told += [f"seen by {self.seen_by}"] if self.seen_by else []
        return ", ".join([*told, *([f"unseen by {self.unseen_by}"] if self.unseen_by else [])])

    def keeps(self, tag: str) -> bool:
        """Whether a language is meant, by its canonical tag."""
        return (
            all(trait(name, tag) in asked for name, asked in self.values.items() if asked)
            and (not self.seen_by or self.pretraining.seen(self.seen_by, tag) is True)
            and (not self.unseen_by or self.pretraining.seen(self.unseen_by, tag) is False)
        )

    def pick(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Those of some languages that are meant, in their order."""
        return tuple(tag for tag in tags if self.keeps(tag))

    def counts(self, tags: Iterable[str]) -> str:
        """How many languages each property leaves by itself, for when all of them together leave none."""
        known = tuple(tags)
        alone = [replace(self, values={name: asked}, seen_by="", unseen_by="") for name, asked in self.values.items()]
        alone += [replace(self, values={}, unseen_by=""), replace(self, values={}, seen_by="")]
        told = [f"{one} alone has {len(one.pick(known))}" for one in alone if one]
        return "; ".join(told)


def language_filter(
    script: Sequence[str] = (),
    family: Sequence[str] = (),
    branch: Sequence[str] = (),
    resource_class: Sequence[str] = (),
    seen_by: str = "",
    unseen_by: str = "",
    pretraining: Pretraining | None = None,
) -> Filter:
    """A filter of what a user typed, however it is capitalised.

    Args:
        script: ISO 15924 codes.
        family: Top-level families.
        branch: Branches of families.
        resource_class: `0` to `5`. This and all above may be `unknown`, too.
        seen_by: Checkpoint or family; empty for none.
        unseen_by: Likewise.
        pretraining: What is declared; None for what the table lists.

    Raises:
        XbenchError: A value that no language has; the closest one is named.

    Example:
        >>> language_filter(script=["deva"], family=["Dravidian", "indo-european"]).pick(["de", "hi", "ta"])
        ('hi',)
    """
    pretraining = pretraining or Pretraining()
    asked = {"script": script, "family": family, "branch": branch, "class": resource_class}
    values = {name: tuple(dict.fromkeys(_known(name, word) for word in words)) for name, words in asked.items()}
    for option, who in (("seen-by", seen_by), ("unseen-by", unseen_by)):
        if who and all(pretraining.seen(who, tag) is None for tag in rows()):
            raise XbenchError(
                f"--{option} {who}: nobody said what it was pretrained on; declare it (--pretrained {who}=de,fr,… or "
                f"{who}=@FILE), or take one of which it is known: {closest(who, pretraining.known)}"
            )
    return Filter(values, seen_by, unseen_by, pretraining)


def _known(name: str, word: str) -> str:
    valid = {trait(name, tag) for tag in rows()} | {UNKNOWN}
    folded = {one.casefold(): one for one in valid}
    if word.casefold() not in folded:
        raise XbenchError(f"no language of {name} {word!r}: {closest(word, valid)}")
    return folded[word.casefold()]
