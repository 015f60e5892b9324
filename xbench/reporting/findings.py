"""What scores say about the run that made them, by name and with a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from xbench.reporting.columns import Cell, Column, places
from xbench.reporting.facts import NOTHING, Facts, Known, place
from xbench.reporting.finding import NOISE, Finding
from xbench.reporting.language_findings import learned_from, too_few, unknown_tags, unknown_words
from xbench.reporting.names import NO_SCRIPT, named, some
from xbench.reporting.published import Compared, compared

__all__ = ["NOISE", "Finding", "findings"]

_SHARE = 0.8
_FEWEST = 5
_MOST = 8
"""Pairs of numbers that are told one by one."""


def findings(every: Sequence[Column], known: Known = NOTHING) -> list[Finding]:
    """Looks for the signs of known faults in scores.

    Args:
        every: Columns of all tasks.
        known: What is known of their languages; what is not said there is not looked for.

    Returns:
        The gravest first; empty if there is nothing to say.
    """
    return [
        *_other_scripts(every, known), *unknown_words(every, known), *learned_from(every, known), *_degenerate(every),
        *_published(every), *_other_data(every), *_remarks(every), *_single_seed(every), *too_few(every, known),
        *unknown_tags(every),
    ]  # fmt: skip


def _other_scripts(every: Iterable[Column], known: Known) -> Iterable[Finding]:
    """The source language is learnt, and whatever is not in Latin letters is guessed."""
    for column in every:
        source = column.cells.get(column.source)
        judged = {
            tag: cell
            for tag, cell in column.scored.items()
            if tag not in column.source.split("+") and named(tag).script not in ("Latn", NO_SCRIPT)
            if _above_chance(cell) is not None
        }
        guessed = [tag for tag, cell in judged.items() if not _above_chance(cell)]
        if source and _above_chance(source) and len(judged) >= _FEWEST and len(guessed) >= _SHARE * len(judged):
            unknown = _unknown(column, known, guessed)
            yield Finding(
                "other scripts at chance",
                f"{column.label} on {column.task}: {column.source} is above chance, but {len(guessed)} of "
                f"{len(judged)} languages in non-Latin scripts are not ({some(guessed)}){unknown}",
                "wrong or uncased tokenizer? Check that the checkpoint's own tokenizer was loaded and how many of its "
                "pieces are unknown in these languages",
            )


def _unknown(column: Column, known: Known, tags: Iterable[str]) -> str:
    """How much of these languages the tokenizer does not know, where anybody counted."""
    facts: Mapping[str, Facts] = known.get(place(column), {})
    shares = [
        share for tag in tags if tag in facts and (share := facts[tag].unknown_character_share) is not None
    ]  # fmt: skip
    return f"; on average {fmean(shares):.0%} of their characters are unknown to the tokenizer" if shares else ""


def _above_chance(cell: Cell) -> bool | None:
    """Whether the whole interval lies above chance; None without interval or chance level."""
    if cell.low is None or cell.chance is None:
        return None
    return cell.low > cell.chance


def _degenerate(every: Iterable[Column]) -> Iterable[Finding]:
    where: dict[tuple[str, str], list[Column]] = {}
    for column in every:
        # What follows the first semicolon are means, which every language has its own of.
        whole: dict[str, list[str]] = {}
        for tag, cell in column.cells.items():
            if cell.status == "degenerate":
                whole.setdefault(cell.reason.partition("; ")[0], []).append(tag)
        for reason, tags in whole.items():
            which = f"all {len(tags)} languages" if len(tags) == len(column.scored) else some(tags)
            where.setdefault((which, reason), []).append(column)
    for (which, reason), own in where.items():
        yield Finding(
            "degenerate fit",
            f"{places(own)} ({which}): {reason}",
            "the scores stand and count; use more seeds, or a lower learning rate or a longer warm-up, and report "
            "the means of all and of converged runs (both are in the tables' notes)",
        )


def _other_data(every: Iterable[Column]) -> Iterable[Finding]:
    """What the sources of the data said when they were read."""
    where: dict[tuple[str, str], list[Column]] = {}
    for column in every:
        told: dict[str, list[str]] = {}
        for tag, cell in column.scored.items():
            if cell.note:
                told.setdefault(cell.note, []).append(tag)
        for note, tags in told.items():
            which = "" if len(tags) == len(column.scored) else f" ({some(tags)})"
            where.setdefault((note, which), []).append(column)
    for (note, which), own in where.items():
        yield Finding(
            "other data",
            f"{places(own)}{which}: {note}",
            "compare these scores only with others on the same data, or take the data that are declared and run again",
        )


def _published(every: Sequence[Column]) -> Iterable[Finding]:
    """Own scores further from published ones than seeds explain."""
    where: dict[tuple[str, str, str], list[Compared]] = {}
    for one in compared(every):
        if one.score is not None:
            where.setdefault((one.label, one.published.task, one.published.source), []).append(one)
    for (label, task, source), own in where.items():
        far = [
            f"{one.published.language or f'mean over {one.published.panel}'} {one.score:.1f} here and "
            f"{one.published.score:.1f} published (noise explains {one.noise:.1f})"
            for one in own
            if one.far
        ]
        if far:
            more = f"; and {len(far) - _MOST} more" if len(far) > _MOST else ""
            yield Finding(
                "far from published",
                f"{label} on {task}: {len(far)} of {len(own)} scores are not those of {source}: "
                f"{'; '.join(far[:_MOST])}{more}",
                "one in twenty lies outside by chance alone; else compare recipe, training rows, maximum length and "
                "mode of the metric with the source's (`xbench why` shows all of yours; leaderboard-published.csv has "
                "every pair)",
            )


def _remarks(every: Iterable[Column]) -> Iterable[Finding]:
    """What fits that are well say of themselves; the remedy stands behind the first semicolon."""
    where: dict[tuple[str, str], list[Column]] = {}
    for column in every:
        said: dict[str, list[str]] = {}
        for tag, cell in column.scored.items():
            if cell.status == "ok" and cell.reason:
                said.setdefault(cell.reason, []).append(tag)
        for reason, tags in said.items():
            which = f"all {len(tags)} languages" if len(tags) == len(column.scored) else some(tags)
            where.setdefault((which, reason), []).append(column)
    for (which, reason), own in where.items():
        text, _, remedy = reason.partition("; ")
        yield Finding(
            "remark on a fit", f"{places(own)} ({which}): {text}", remedy or "read the scores with that in mind"
        )


def _single_seed(every: Iterable[Column]) -> Iterable[Finding]:
    trained = [column for column in every if any(cell.made_by and cell.seeds for cell in column.scored.values())]
    single = [column for column in trained if any(cell.seeds == 1 for cell in column.scored.values())]
    if single:
        all_of = f"every fit ({', '.join(dict.fromkeys(column.task for column in single))})"
        yield Finding(
            "single seed",
            f"one seed only: {all_of if len(single) == len(trained) else places(single)}",
            f"differences below {NOISE} points are noise: run three seeds or more (--seeds 1,2,3)",
        )
