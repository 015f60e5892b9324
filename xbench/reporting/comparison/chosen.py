"""Which checkpoints are meant by what a user typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xbench.errors import XbenchError, closest
from xbench.reporting.comparison.reading import Run, revision


@dataclass(frozen=True)
class Chosen:
    """A checkpoint of a results folder.

    Attributes:
        name: As the results call it.
        revision: Eight characters of it.
        label: The name, with the revision where the name alone could be another one.
    """

    name: str
    revision: str
    label: str


def choose(words: Sequence[str], runs: Iterable[Run], gaps: Iterable[str]) -> list[Chosen]:
    """The checkpoints that words stand for: a name, its end behind a `/` or its beginning, each also with @revision.

    Args:
        words: At least two.
        runs: All that there are.
        gaps: Names of checkpoints of which something was asked that cannot be had.

    Raises:
        XbenchError: A word stands for none, or for several, or two for the same.

    """
    known = _known(runs)
    if len(words) < 2:
        valid = ", ".join(sorted(known)) or "none"
        raise XbenchError(f"a comparison needs two checkpoints or more: name them. In this folder: {valid}")
    without = set(gaps) - set(known)
    for word in words:
        if word in without:
            raise XbenchError(
                f"{word} has no predictions in these results, since all that was asked of it cannot be had: "
                f"`xbench report` says why; those that have some: {', '.join(sorted(known)) or 'none'}"
            )
    found = [_one(word, known) for word in words]
    for place, pair in enumerate(found):
        if pair in found[:place]:
            raise XbenchError(
                f"{words[place]!r} and {words[found.index(pair)]!r} are the same checkpoint: name another one"
            )
    return labelled(found)


def rivals(word: str, runs: Iterable[Run]) -> list[Chosen]:
    """The checkpoint that a word stands for, and behind it every other one, by name.

    Args:
        word: As for `choose`.
        runs: All that there are.

    Raises:
        XbenchError: It stands for none, or for several, or there is no other.
    """
    known = _known(runs)
    first = _one(word, known)
    others = [(name, own) for name in sorted(known) for own in sorted(known[name]) if (name, own) != first]
    if not others:
        raise XbenchError(f"{first[0]} is the only checkpoint of these results: run another one to compare it with")
    return labelled([first, *others])


def labelled(found: Sequence[tuple[str, str]]) -> list[Chosen]:
    """Names and revisions, with the revision in the label where a name stands for several."""
    names = [name for name, _ in found]
    return [Chosen(name, own, f"{name}@{own}" if names.count(name) > 1 else name) for name, own in found]


def _known(runs: Iterable[Run]) -> dict[str, set[str]]:
    """Name -> revisions."""
    known: dict[str, set[str]] = {}
    for _, run in runs:
        known.setdefault(run["checkpoint"]["name"], set()).add(revision(run))
    return known


def _one(word: str, known: dict[str, set[str]]) -> tuple[str, str]:
    name, _, asked = word.partition("@")
    names = [name] if name in known else _completed(name, known)
    if not names:
        raise XbenchError(f"no checkpoint {word!r} in these results: {closest(name, known)}")
    if len(names) > 1:
        raise XbenchError(f"{word!r} could be {' or '.join(sorted(names))}: write more of it")
    revisions = sorted(one for one in known[names[0]] if one.startswith(asked.removeprefix("sha256:")[:8]))
    if not revisions:
        raise XbenchError(f"{names[0]} has no revision {asked!r} in these results: {closest(asked, known[names[0]])}")
    if len(revisions) > 1:
        several = " or ".join(f"{names[0]}@{one}" for one in revisions)
        raise XbenchError(f"{names[0]} is there in {len(revisions)} revisions, which are no one checkpoint: {several}?")
    return names[0], revisions[0]


def _completed(word: str, known: dict[str, set[str]]) -> list[str]:
    """Names that end in a word behind their owner's, else those that begin with it."""
    folded = word.casefold()
    ends = [name for name in known if name.casefold().rpartition("/")[2] == folded]
    return ends or [
        name
        for name in known
        if folded and any(part.startswith(folded) for part in (name.casefold(), name.casefold().rpartition("/")[2]))
    ]
