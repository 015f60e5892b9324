"""A comparison as tables for programs: a row per language, and a row per group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from xbench.languages import TRAITS, trait
from xbench.metrics.seeds import Welch
from xbench.reporting.comparison.result import Comparison, Estimate, Group, Language
from xbench.reporting.names import named

if TYPE_CHECKING:
    import pandas as pd

_Row = dict[str, object]


def language_frame(every: Sequence[Comparison]) -> pd.DataFrame:
    """A row per comparison and language. One that cannot be compared has a reason and no number: never a zero."""
    import pandas as pd

    return pd.DataFrame([row for one in every for row in _languages(one)])


def group_frame(every: Sequence[Comparison]) -> pd.DataFrame:
    """A row per comparison and group of languages."""
    import pandas as pd

    rows = [{**_head(one), **_group(group), "signature": one.signature} for one in every for group in one.groups]
    return pd.DataFrame(rows)


def _languages(one: Comparison) -> Iterator[_Row]:
    """Sorted by difference; what cannot be compared stands at the end."""
    for own in sorted(one.languages, key=lambda own: -own.difference.value):
        yield {**_head(one), **_who(own.tag), **_numbers(one, own), "reason": "", "signature": one.signature}
    for reason, tags in one.missing.items():
        for tag in tags:
            yield {**_head(one), **_who(tag), "verdict": "not compared", "reason": reason, "signature": one.signature}


def _head(one: Comparison) -> _Row:
    return {
        "first": one.first,
        "other": one.other,
        "task": one.task,
        "protocol": one.protocol,
        "variant": one.variant,
        "metric": one.metric,
        "mode": one.mode,
        "direction": one.direction,
    }


def _who(tag: str) -> _Row:
    return {"language": tag, "name": named(tag).name, **{kind: trait(kind, tag) for kind in TRAITS}}


def _numbers(one: Comparison, own: Language) -> _Row:
    return {
        "first_score": own.first,
        "other_score": own.other,
        **_estimate("difference", own.difference),
        "examples": own.examples,
        "items": "shared with other languages" if own.shared else "its own",
        "test": own.test,
        "conditional": one.conditional,
        "p": own.p,
        "p_holm": own.p_holm,
        "p_bh": own.p_bh,
        "verdict": own.verdict,
        "detectable": own.detectable,
        "first_runs": own.runs[0],
        "other_runs": own.runs[1],
        **_welch(own.welch),
        "p_seeds_holm": own.welch_holm,
        "p_seeds_bh": own.welch_bh,
        "first_layer": one.layers[0],
        "other_layer": one.layers[1],
        "first_sub_tokens": own.sub_tokens[0],
        "other_sub_tokens": own.sub_tokens[1],
        "first_fertility": own.fertility[0],
        "other_fertility": own.fertility[1],
        "first_unknown": own.unknown[0],
        "other_unknown": own.unknown[1],
        "note": own.note,
    }


def _group(group: Group) -> _Row:
    gaps = group.gaps or (None, None)
    return {
        "by": group.kind,
        "group": group.name,
        "languages": len(group.tags),
        "first_score": group.first,
        "other_score": group.other,
        **_estimate("difference", group.difference),
        "resampled": group.resampled,
        "p": group.p,
        "p_holm": group.p_holm,
        **_welch(group.welch),
        "wins": group.wins,
        "ties": group.ties,
        "losses": group.losses,
        "detectable": group.detectable,
        **_estimate("first_gap", gaps[0]),
        **_estimate("other_gap", gaps[1]),
        **_estimate("gap_difference", group.gap),
        "tags": " ".join(group.tags),
    }


def _estimate(name: str, one: Estimate | None) -> _Row:
    values = (one.value, one.low, one.high) if one else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _welch(one: Welch | None) -> _Row:
    values = (one.p, one.low, one.high) if one else (None, None, None)
    return dict(zip(("p_seeds", "seeds_low", "seeds_high"), values, strict=True))
