"""What is known about a language: English name, script, family, resources, and who was trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from xbench.errors import XbenchError, closest
from xbench.languages.table import rows
from xbench.languages.tags import canonical, likely_script

LISTED = frozenset({"mbert"})
"""Families of checkpoints whose languages of pretraining somebody listed: columns of the table."""


@dataclass(frozen=True)
class Language:
    """A language in one script.

    Attributes:
        tag: Canonical BCP 47 tag.
        name: In English, as CLDR has it where it has one.
        script: ISO 15924 code of the script that texts under this tag are written in.
        family: Top-level family; empty where unknown.
        branch: Branch of the family; empty where unknown.
        resource_class: From 0 (left behind) to 5 (winners) as in Joshi et al. 2020; None where unknown.
    """

    tag: str
    name: str
    script: str
    family: str
    branch: str
    resource_class: int | None


@lru_cache(maxsize=4096)
def language(tag: str) -> Language:
    """Looks a language up.

    A tag that adds a script, region or variant to a language of the table, and has no row of its
    own, takes the facts of that language with its own script and a name that says what is added.

    Args:
        tag: Canonical tag; other codes are made canonical first.

    Raises:
        XbenchError: The code is malformed or unknown, or the table has no such language.

    Example:
        >>> language("zh-Hant").script
        'Hant'
    """
    known = canonical(tag)
    if known in rows():
        return _from_row(known)
    base, _, added = known.partition("-")
    if base not in rows():
        raise XbenchError(f"the language table has no row for {tag!r}: {closest(known, rows())}")
    facts = _from_row(base)
    name = f"{facts.name} ({added})"
    return Language(known, name, likely_script(known), facts.family, facts.branch, facts.resource_class)


@lru_cache(maxsize=1)
def languages() -> tuple[Language, ...]:
    """Every language of the table, by tag."""
    return tuple(_from_row(tag) for tag in sorted(rows()))


def names(tag: str) -> tuple[str, ...]:
    """English names of a language, the usual one first; none where the table does not know it."""
    row = rows().get(tag)
    return (row["name"], *filter(None, row["also"].split(";"))) if row else ()


def seen_in_pretraining(family: str, tag: str) -> bool | None:
    """Whether a family of checkpoints was pretrained on text of a language.

    Args:
        family: Of checkpoints, such as `mbert`.
        tag: Canonical tag of the language.

    Returns:
        None where nobody said, which is so for every family whose languages are not in the table.

    Example:
        >>> seen_in_pretraining("mbert", "de"), seen_in_pretraining("mbert", "zu"), seen_in_pretraining("xlmr", "de")
        (True, False, None)
    """
    if family not in LISTED:
        return None
    said = rows().get(canonical(tag), {}).get(family, "")
    return said == "1" if said else None


def _from_row(tag: str) -> Language:
    row = rows()[tag]
    resources = int(row["resource_class"]) if row["resource_class"] else None
    return Language(tag, row["name"], row["script"], row["family"], row["branch"], resources)
