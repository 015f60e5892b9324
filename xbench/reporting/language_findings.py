"""What the texts of a language say about its score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from xbench.reporting.columns import Column, places
from xbench.reporting.facts import Facts, Known, place
from xbench.reporting.finding import NOISE, Finding
from xbench.reporting.names import named, some

_MOSTLY = 0.5
_HALF = 10.0
"""Points: half of an interval that is too wide to say anything."""


def unknown_words(every: Iterable[Column], known: Known) -> Iterator[Finding]:
    """Languages of whose text the tokenizer does not know more than half."""
    for (told, _), own in _where(every, known, lambda facts: _above(facts.unknown_character_share, _MOSTLY)).items():
        yield Finding(
            "mostly unknown words",
            f"{places(own)}: the tokenizer has no piece for most of the text in {told}",
            "these scores are guesses: take a checkpoint whose vocabulary has the script; if this one is said to read "
            "the language, another tokenizer than its own was loaded",
        )


def learned_from(every: Iterable[Column], known: Known) -> Iterator[Finding]:
    """Test rows that stand among the rows that were learned from, so many that it shows in the score."""
    for (told, _), own in _where(every, known, lambda facts: _above(facts.repeated_share, NOISE / 100)).items():
        yield Finding(
            "test rows learned from",
            f"{places(own)}: training rows stand among the test rows of {told}; where such a row is right for having "
            "been seen, the score is too high by its share",
            "take these rows out of one split and raise the version of the task, or state the share beside the score",
        )


def too_few(every: Iterable[Column], known: Known) -> Iterator[Finding]:
    """Languages with so few test examples that chance alone moves a score further than most checkpoints differ."""
    whole = [column for column in every if not column.limited]
    for (told, _), own in _where(whole, known, _few).items():
        yield Finding(
            "too few examples",
            f"{places(own)}: {told} have few test examples: with n of them the 95 % interval of a share reaches up to "
            f"98 / √n points to either side, here {_HALF:.0f} and more",
            "say nothing of these languages one by one: leave them out of comparisons, or report averages",
        )


def unknown_tags(every: Iterable[Column]) -> Iterator[Finding]:
    """Languages of a task that the language table does not know: a slip, or a language of the user's own."""
    found: dict[tuple[str, ...], list[Column]] = {}
    for column in every:
        if tags := tuple(tag for tag in column.cells if named(tag).unknown):
            found.setdefault(tags, []).append(column)
    for tags, own in found.items():
        yield Finding(
            "unknown language",
            f"{places(own)}: no language is known by {some(tags)}: it counts in averages over all, and has no script, "
            "family, branch or resource class",
            "if it is a slip, write the language's own tag into the task's configs (xbench languages lists them)",
        )


def _where(
    every: Iterable[Column], known: Known, sign: Callable[[Facts], str]
) -> dict[tuple[str, frozenset[str]], list[Column]]:
    """What is to be told of which languages -> the columns where it is so."""
    found: dict[tuple[str, frozenset[str]], list[Column]] = {}
    for column in every:
        facts = known.get(place(column), {})
        told = {tag: text for tag in column.scored if tag in facts and (text := sign(facts[tag]))}
        if told:
            words = some(f"{tag} {text}" for tag, text in told.items())
            found.setdefault((words, frozenset(told)), []).append(column)
    return found


def _above(share: float | None, limit: float) -> str:
    return f"({share:.0%})" if share is not None and share > limit else ""


def _few(facts: Facts) -> str:
    if facts.examples is None or 98 / max(1.0, facts.examples) ** 0.5 <= _HALF:
        return ""
    return f"({facts.examples:.0f})"
