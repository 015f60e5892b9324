"""Comparisons as a page of Markdown: sentences, groups, languages."""

from __future__ import annotations

from collections.abc import Iterator

from xbench.reporting.comparison.build import Answer
from xbench.reporting.comparison.result import BETTER, TIE, Comparison, Group, Language
from xbench.reporting.comparison.words import formula, interval, sentences, signed
from xbench.reporting.markup import Texts, markdown, plain
from xbench.reporting.names import named

_SAME = "same answers"


def page(found: Answer) -> str:
    """Everything that was compared, and what was not."""
    blocks = [f"# {plain(' · '.join(found.checkpoints))}", ""]
    first = found.checkpoints[0]
    blocks.append(f"Differences are against {plain(first)}: above 0, the other has the higher score.\n")
    for one in found.comparisons:
        blocks += _comparison(one)
    for other, several in found.refused.items():
        blocks += [
            f"- {plain(f'not compared: {other} against {first} on {one.task} {one.protocol}: {one.reason}')}"
            for one in several
        ]
    return "\n".join(blocks) + "\n"


def _comparison(one: Comparison) -> Iterator[str]:
    yield f"## {plain(f'{one.other} against {one.first}: {one.title}')}\n"
    yield from (f"- {plain(text)}" for text in sentences(one))
    yield ""
    yield _lowered(markdown(_groups(one)))
    yield _lowered(markdown(_languages(one)))


def _lowered(text: str) -> str:
    """A table's heading stands beneath that of its comparison."""
    return f"##{text}"


def _groups(one: Comparison) -> Texts:
    head = (
        "By", "Group", "Languages", one.first, one.other, "Difference [95 %]", "p", "p (Holm)", "Over seeds p",
        "Win / tie / loss", "Would have shown", "Gap", "Resampled",
    )  # fmt: skip
    rows = [_group(group) for group in one.groups if group.kind == "panel" or len(group.tags) > 1]
    notes = (
        f"Win: {one.other} is better, by Holm over all languages. p by approximate randomisation over examples, Holm "
        "over the groups of a kind.",
        "Gap: the transfer gap of the other less that of the first; below 0, the other loses less.",
        "Groups of a single language are in groups.csv alone.",
    )
    return Texts("By group", head, rows, (), notes, names=2)


def _group(group: Group) -> list[str]:
    return [
        group.kind,
        group.name,
        str(len(group.tags)),
        f"{group.first:.1f}",
        f"{group.other:.1f}",
        interval(group.difference),
        _p(group.p),
        _p(group.p_holm),
        _p(group.welch.p if group.welch else None),
        f"{group.wins} / {group.ties} / {group.losses}",
        _points(group.detectable),
        signed(group.gap.value) if group.gap else "–",
        group.resampled,
    ]


def _languages(one: Comparison) -> Texts:
    head = (
        "Language", "Tag", "Script", one.first, one.other, "Difference [95 %]", "p", "p (Holm)", "p (BH)",
        "Over seeds p", "Better", "Would have shown",
    )  # fmt: skip
    order = sorted(one.languages, key=lambda own: -own.difference.value)
    rows = [_language(one, own) for own in order]
    for reason, tags in one.missing.items():
        rows += [[*_name(tag), "n/a", "n/a", "n/a", "", "", "", "", reason, ""] for tag in tags]
    tests = ", ".join(dict.fromkeys(own.test for own in one.languages))
    notes = (
        f"p: {tests}" + (f", {one.conditional}." if one.conditional else "."),
        f"Intervals: {one.resamples} resamples of the examples. Over seeds: Welch's t, where both have three runs.",
        formula(one),
        f"Signature: {one.signature}",
    )
    return Texts("By language", head, rows, (), notes, names=3)


def _language(one: Comparison, own: Language) -> list[str]:
    better = {TIE: "–", BETTER: one.other}.get(own.verdict, one.first)
    shown = _SAME if own.verdict == TIE and own.detectable is None else _points(own.detectable)
    return [
        *_name(own.tag),
        f"{own.first:.1f}",
        f"{own.other:.1f}",
        interval(own.difference),
        _p(own.p),
        _p(own.p_holm),
        _p(own.p_bh),
        _p(own.welch.p if own.welch else None),
        better,
        shown,
    ]


def _name(tag: str) -> list[str]:
    name = named(tag)
    return [name.name, name.tag, name.script]


def _p(value: float | None) -> str:
    return "–" if value is None else "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
