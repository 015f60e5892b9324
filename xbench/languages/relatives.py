"""Languages that are related to one that is not there."""

from __future__ import annotations

from collections.abc import Sequence

from xbench.languages.facts import language
from xbench.languages.table import rows

_MOST = 3


def relatives(tag: str, valid: Sequence[str]) -> tuple[str, ...]:
    """Languages of the same branch, else of the same family; at most three, those with most resources first.

    Args:
        tag: Canonical tag.
        valid: Canonical tags to choose from.

    Returns:
        An empty tuple where nobody knows the language's family, or nothing valid is of it.

    Example:
        >>> relatives("fil", ["de", "id", "jv", "sw"])
        ('id', 'jv')
    """
    base = tag.partition("-")[0]
    if base not in rows():
        return ()
    own = language(base)
    known = [language(other) for other in valid if other.partition("-")[0] in rows()]
    branch = [one for one in known if own.branch and (one.family, one.branch) == (own.family, own.branch)]
    family = [one for one in known if own.family and one.family == own.family]
    found = sorted(branch or family, key=lambda one: (-(one.resource_class or 0), one.tag))
    return tuple(one.tag for one in found[:_MOST])
