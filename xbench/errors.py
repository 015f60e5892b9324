"""Errors that a user can mend: each names the fault and the remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


class XbenchError(Exception):
    """Bad input. The command line prints the message and exits with 2, without a traceback."""


class Unavailable(XbenchError):
    """Something that a plan asked for does not exist (a split, a language, a translation).

    Caught where a plan is made and where slices are read: it becomes a row with status
    `unavailable` and this message as its reason, and nothing else stops.
    """


class Inapplicable(Unavailable):
    """A protocol that makes no sense for a task, as against one whose data are not there.

    Where nobody asked for that protocol by name, nothing is missing.
    """


def closest(name: str, valid: Iterable[str]) -> str:
    """Ends an error message: the closest valid name, and the way to see them all.

    Example:
        >>> closest("xnil", ["xnli", "pawsx"])
        'did you mean xnli? Valid: pawsx, xnli'
    """
    names = sorted(valid)
    listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    folded = {candidate.lower(): candidate for candidate in names}
    near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    return (f"did you mean {folded[near[0]]}? " if near else "") + f"Valid: {listed or 'none'}"


def general(reason: str) -> str:
    """A reason without what is particular to one language, which messages put into backticks.

    Example:
        >>> general("the mirror has no configuration `isl_Latn` of Davlan/sib200")
        'the mirror has no configuration … of Davlan/sib200'
    """
    return re.sub(r"`[^`]*`", "…", reason)
