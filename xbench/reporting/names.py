"""How a language is called in a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from xbench.errors import XbenchError

NO_SCRIPT = "script unknown"


@dataclass(frozen=True)
class Name:
    """A language as a report shows it.

    Attributes:
        tag: Canonical BCP-47 tag.
        name: English name; the tag where the language table does not know it.
        script: ISO 15924 code, or `NO_SCRIPT`.
    """

    tag: str
    name: str
    script: str

    @property
    def unknown(self) -> bool:
        """Whether the language table does not know it."""
        return self.name == self.tag

    @property
    def label(self) -> str:
        """English name and tag, for an axis."""
        return self.tag if self.unknown else f"{self.name} ({self.tag})"


@cache
def named(tag: str) -> Name:
    """Looks a tag up. A tag of a user's own task that no table knows stands for itself."""
    from xbench.languages import language

    try:
        known = language(tag)
    except XbenchError:
        return Name(tag, tag, NO_SCRIPT)
    return Name(tag, known.name or tag, known.script or NO_SCRIPT)


def some(tags: Iterable[str], most: int = 12) -> str:
    """Tags in a sentence: the first ones of the alphabet, and how many more."""
    known = sorted(tags)
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")


def counted(languages: int) -> str:
    """So many languages, in words.

    Example:
        >>> counted(1), counted(7)
        ('1 language', '7 languages')
    """
    return f"{languages} language{'s' if languages != 1 else ''}"


def by_name(tags: Iterable[str]) -> list[Name]:
    """Names in the alphabet's order."""
    return sorted((named(tag) for tag in set(tags)), key=lambda name: (name.name.casefold(), name.tag))


def by_script(tags: Iterable[str]) -> dict[str, list[Name]]:
    """Script -> its languages by name; the script with most languages first, an unknown one last."""
    groups: dict[str, list[Name]] = {}
    for name in by_name(tags):
        groups.setdefault(name.script, []).append(name)
    order = sorted(groups, key=lambda script: (script == NO_SCRIPT, -len(groups[script]), script))
    return {script: groups[script] for script in order}
