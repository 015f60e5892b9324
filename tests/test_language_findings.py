"""Findings that rest on what is known of languages: each fires where it should, and keeps quiet elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from score_frames import frame, row

from xbench.reporting.columns import columns
from xbench.reporting.console import summary
from xbench.reporting.facts import Facts, Known, place
from xbench.reporting.findings import findings

PLAIN = {
    "seen": "unknown", "examples": 500.0, "sub_tokens_per_word": 1.5, "sub_tokens_per_character": 0.3,
    "unknown_share": 0.0, "unknown_character_share": 0.0, "repeated_share": 0.0,
}  # fmt: skip


def known(rows: list[dict[str, Any]], **given: dict[str, Any]) -> Known:
    """Facts of every language, plain but for what is given by tag."""
    return {
        place(column): {tag: Facts(**PLAIN | given.get(tag, {})) for tag in column.cells}
        for column in columns(frame(rows))
    }


def found(rows: list[dict[str, Any]], **given: dict[str, Any]) -> dict[str, str]:
    """Name of each finding -> its text."""
    return {one.name: one.text for one in findings(columns(frame(rows)), known(rows, **given))}


ROWS = [row(tag, seeds=3) for tag in ("en", "de", "am")]


def test_nothing_is_found_where_all_is_plain() -> None:
    assert found(ROWS) == {}
    assert findings(columns(frame(ROWS))) == [], "without facts nothing can be said"


@pytest.mark.parametrize(("share", "fires"), [(0.97, True), (0.51, True), (0.5, False), (0.02, False), (None, False)])
def test_mostly_unknown_words(share: float | None, fires: bool) -> None:
    texts = found(ROWS, am={"unknown_character_share": share})
    assert ("mostly unknown words" in texts) == fires
    if fires:
        assert f"am ({share:.0%})" in texts["mostly unknown words"] and "de" not in texts["mostly unknown words"][-12:]


@pytest.mark.parametrize(("share", "fires"), [(1.0, True), (0.016, True), (0.015, False), (0.0, False), (None, False)])
def test_test_rows_that_were_learned_from(share: float | None, fires: bool) -> None:
    texts = found(ROWS, en={"repeated_share": share})
    assert ("test rows learned from" in texts) == fires
    assert not fires or f"en ({share:.0%})" in texts["test rows learned from"]


@pytest.mark.parametrize(("count", "fires"), [(1.0, True), (96.0, True), (97.0, False), (5010.0, False), (None, False)])
def test_too_few_examples(count: float | None, fires: bool) -> None:
    texts = found(ROWS, de={"examples": count})
    assert ("too few examples" in texts) == fires
    assert not fires or f"de ({count:.0f})" in texts["too few examples"]


def test_the_limit_of_too_few_is_where_the_interval_is_ten_points() -> None:
    """The widest 95 % interval of a share of n, by the normal approximation."""
    half = [100 * 1.959964 * (0.25 / n) ** 0.5 for n in (96, 97)]
    assert half[0] > 10 > half[1]


def test_a_limited_run_is_not_told_that_it_is_small() -> None:
    limited = [{**one, "signature": f"limit:64|{one['signature']}"} for one in ROWS]
    assert "too few examples" not in found(limited, de={"examples": 64.0})


def test_a_tag_that_no_language_has() -> None:
    rows = [*ROWS, row("qqq-Zzzz", seeds=3)]
    assert "no language is known by qqq-Zzzz" in found(rows)["unknown language"]
    assert "unknown language" not in found(ROWS)


def test_what_several_columns_share_is_told_once() -> None:
    rows = ROWS + [{**one, "protocol": "translate-train-all"} for one in ROWS]
    texts = [one.text for one in findings(columns(frame(rows)), known(rows, am={"unknown_character_share": 0.9}))]
    assert len(texts) == 1 and "zero-shot" in texts[0] and "translate-train-all" in texts[0]


def test_scripts_at_chance_say_how_much_is_unknown() -> None:
    scripts = ["ru", "bg", "ar", "zh", "hi"]
    rows = [row("en", seeds=3, score=80.0, ci_low=78.0, ci_high=82.0)]
    rows += [row(tag, seeds=3, score=33.0, ci_low=31.0, ci_high=35.0) for tag in scripts]
    texts = found(rows, **{tag: {"unknown_character_share": 0.3} for tag in scripts})
    assert "on average 30% of their characters are unknown to the tokenizer" in texts["other scripts at chance"]


def test_findings_stand_in_the_summary() -> None:
    text = summary(columns(frame(ROWS)), 132, known(ROWS, am={"unknown_character_share": 0.9}))
    assert "! mostly unknown words" in text and "remedy: these scores are guesses" in text
