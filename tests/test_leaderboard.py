"""The leaderboard: hand-worked averages and ranks, and nothing incomparable in one column."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from score_frames import averages, frame, lost, row

from xbench.errors import XbenchError
from xbench.languages import Pretraining, language_filter
from xbench.reporting.averages import values
from xbench.reporting.boards import apart, boards
from xbench.reporting.columns import columns
from xbench.reporting.leaderboard import average_text, document, leaderboard, write_leaderboard
from xbench.reporting.narrow import Choice, narrow
from xbench.reporting.ranking import ranking, ranks
from xbench.reporting.standings import standings
from xbench.store.seeds import by_seed, read_by_seed

SIGNATURE = (
    "task:xnli|version:1|protocol:zero-shot|split:test|checkpoint:{}|epochs:2|metric:accuracy|data:{}|seeds:1,2,3"
)


def seeded(language: str, scores: dict[int, float], collapsed: tuple[int, ...] = (), **given: Any) -> dict[str, Any]:
    """A language's row with its scores seed by seed."""
    many = len(scores) > 1
    hurt = {"status": "degenerate", "reason": f"1 of {len(scores)} runs did not beat the majority answer on dev"}
    own = {
        "score": fmean(scores.values()), "sd": stdev(scores.values()) if many else None, "seeds": len(scores),
        "by_seed": by_seed([*scores], [*scores.values()], collapsed), **(hurt if collapsed else {}),
    }  # fmt: skip
    return row(language, **{**own, "signature": SIGNATURE.format("aaaa", f"{language}-rows"), **given})


def board(checkpoint: str, score: float, **given: Any) -> list[dict[str, Any]]:
    """A checkpoint with the same score in two languages."""
    rows = [row(tag, checkpoint=checkpoint, score=score, **given) for tag in ("en", "de")]
    return rows + averages(rows, ["en", "de"])


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return leaderboard(frame(rows)).set_index("checkpoint")


# Averages


def test_an_average_by_hand() -> None:
    rows = [seeded("en", {1: 80, 2: 82, 3: 84}), seeded("de", {1: 60, 2: 64, 3: 59}), lost("sw")]
    (line,) = leaderboard(frame(rows)).to_dict("records")
    # Seed by seed 70, 73, 71.5: mean 71.5, deviations -1.5, 1.5, 0, so sd is the root of 4.5 / 2.
    assert line["xnli zero-shot all"] == pytest.approx(71.5)
    assert line["xnli zero-shot all sd"] == pytest.approx(1.5)
    assert (line["xnli zero-shot all seeds"], line["xnli zero-shot all converged seeds"]) == (3, 3)
    assert line["xnli zero-shot all languages"] == "2 of 3" and line["xnli zero-shot all missing"] == "sw"
    assert line["xnli zero-shot target"] == pytest.approx(61.0)
    assert line["xnli zero-shot target languages"] == "1 of 2"
    assert line["xnli zero-shot script:Latn"] == pytest.approx(71.5)
    assert line["xnli zero-shot branch:Germanic missing"] == ""
    assert math.isnan(line["xnli zero-shot family:Atlantic-Congo"]), "what is missing is never a zero"
    assert line["xnli zero-shot family:Atlantic-Congo languages"] == "0 of 1"


def test_the_average_of_all_runs_and_of_those_that_converged_by_hand() -> None:
    rows = [seeded("en", {1: 80, 2: 40, 3: 84}, (2,)), seeded("de", {1: 60, 2: 30, 3: 58}, (2,))]
    (line,) = leaderboard(frame(rows)).to_dict("records")
    assert line["xnli zero-shot all"] == pytest.approx((70 + 35 + 71) / 3)
    assert line["xnli zero-shot all converged"] == pytest.approx((70 + 71) / 2)
    assert (line["xnli zero-shot all seeds"], line["xnli zero-shot all converged seeds"]) == (3, 2)
    assert line["mean"] == line["xnli zero-shot common"] == line["xnli zero-shot all"], "ranks count all runs"
    assert line["marks"] == "degenerate fits: xnli zero-shot"
    (found,) = standings(columns(frame(rows))).lines
    assert average_text(found.averages["xnli zero-shot"]["all"]) == "58.7 ± 20.5 † 70.5 n=2 (2/2)"


def test_where_no_run_converged_there_is_no_such_mean() -> None:
    rows = [seeded("en", {1: 33.0}, (1,))]
    (line,) = leaderboard(frame(rows)).to_dict("records")
    assert (line["xnli zero-shot all"] == 33.0 and line["xnli zero-shot all converged"] is None) or math.isnan(
        line["xnli zero-shot all converged"]
    )
    assert line["xnli zero-shot all converged seeds"] == 0
    assert line["marks"] == "one seed: xnli zero-shot; degenerate fits: xnli zero-shot"


def test_a_language_that_not_every_seed_has_is_missing() -> None:
    rows = [seeded("en", {1: 80, 2: 82}), seeded("de", {1: 99})]
    (line,) = leaderboard(frame(rows)).to_dict("records")
    assert line["xnli zero-shot all"] == pytest.approx(81.0)
    assert line["xnli zero-shot all languages"] == "1 of 2" and line["xnli zero-shot all missing"] == "de"


TAGS = ["ar", "de", "en", "hi", "ja", "ta", "th", "zu"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.sets(st.sampled_from(TAGS), min_size=1))
def test_averages_are_means_over_languages_and_then_over_seeds(salt: int, count: int, there: set[str]) -> None:
    random = np.random.default_rng(salt)
    scores = {tag: dict(enumerate(random.uniform(0, 100, count).round(2).tolist(), 1)) for tag in sorted(there)}
    rows = [seeded(tag, own) for tag, own in scores.items()] + [lost(tag) for tag in TAGS if tag not in there]
    (column,) = columns(frame(rows))
    for members in ([*TAGS], ["hi", "de"], ["th"]):
        one = values(column).over(members)
        present = [tag for tag in members if tag in there]
        assert (one.languages, one.missing) == (len(present), tuple(sorted({*members} - there)))
        if not present:
            assert one.score is None and one.sd is None and not one.seeds
            continue
        means = [fmean(scores[tag][seed] for tag in present) for seed in range(1, count + 1)]
        assert one.score == pytest.approx(fmean(means)) and one.seeds == one.converged_seeds == count
        assert one.sd == (pytest.approx(stdev(means)) if count > 1 else None)
        assert min(scores[tag][s] for tag in present for s in scores[tag]) - 1e-9 <= one.score
        assert one.score <= max(scores[tag][s] for tag in present for s in scores[tag]) + 1e-9


@given(
    st.dictionaries(st.integers(0, 10**6), st.floats(-100, 100), max_size=6),
    st.sets(st.integers(0, 10**6), max_size=3),
)
def test_seeds_are_read_as_they_were_written(scores: dict[int, float], more: set[int]) -> None:
    collapsed = {seed for place, seed in enumerate(scores) if place % 2} | more
    found = read_by_seed(by_seed([*scores], [*scores.values()], collapsed))
    assert found.values == {seed: pytest.approx(score, abs=6e-5) for seed, score in scores.items()}
    assert found.collapsed == collapsed & scores.keys()


@pytest.mark.parametrize("text", ["61.5", "1:61.5,2:60", "one:61.5", "1:", "1:61.5  2:60"])
def test_what_is_no_list_of_seeds(text: str) -> None:
    with pytest.raises(XbenchError, match="no list of seeds and scores such as"):
        read_by_seed(text)


# Ranks


def test_ranks_are_over_the_languages_that_all_have() -> None:
    rows = [row(tag, checkpoint="a", score=score) for tag, score in (("en", 80.0), ("de", 60.0))]
    rows += [lost("sw", checkpoint="a")]
    rows += [row(tag, checkpoint="b", score=score) for tag, score in (("en", 78.0), ("de", 66.0), ("sw", 10.0))]
    found = table(rows)
    assert dict(found["rank"]) == {"b": 1, "a": 2}, "the language that a failed on must not lift it"
    assert dict(found["mean"]) == {"b": 72.0, "a": 70.0}
    assert set(found["ranked_on"]) == {"common: xnli zero-shot (2 of 3 languages)"}
    assert set(found["xnli zero-shot common missing"]) == {"sw"}
    assert found.loc["b", "xnli zero-shot all"] == pytest.approx(154 / 3)
    notes = standings(columns(frame(rows))).notes
    assert notes[0] == (
        "Ranks are over the languages that all ranked checkpoints have (common): 2 of 3 on xnli zero-shot."
    )
    assert "xnli zero-shot: a lacks sw" in notes


def test_ranks_are_over_the_columns_that_all_have() -> None:
    rows = board("a", 60.0) + board("b", 70.0) + board("a", 99.0, task="sib200")
    found = table(rows)
    assert dict(found["rank"]) == {"b": 1, "a": 2}
    assert set(found["ranked_on"]) == {"common: xnli zero-shot (2 of 2 languages)"}
    assert found.loc["b", "sib200 zero-shot all languages"] == "not run"


def test_who_shares_no_column_keeps_nobody_else_from_a_rank() -> None:
    rows = board("a", 60.0) + board("b", 70.0) + board("c", 99.0, task="sib200")
    found = table(rows)
    assert found["rank"].fillna(0).to_dict() == {"b": 1, "a": 2, "c": 0}
    assert found.loc["c", "ranked_on"] == "not ranked: shares no column with the others"


def test_equal_means_share_a_rank() -> None:
    found = leaderboard(frame(board("a", 60.0) + board("b", 60.0) + board("c", 50.0)))
    assert list(found["rank"]) == [1, 1, 3]


def test_another_panel_ranks_those_that_have_all_of_it() -> None:
    rows = [row("en", checkpoint="a", score=80.0), row("hi", checkpoint="a", score=40.0)]
    rows += [row("en", checkpoint="b", score=70.0), row("hi", checkpoint="b", score=50.0)]
    every = columns(frame(rows))
    assert [line.checkpoint for line in standings(every, panel="script:Deva").lines] == ["b", "a"]
    assert standings(every, panel="script:Deva").lines[0].why == "script:Deva: xnli zero-shot (1 of 1 languages)"
    assert standings(every).lines[0].rank == standings(every).lines[1].rank == 1
    holed = columns(frame([*rows[:3], lost("hi", checkpoint="b")]))
    assert {line.rank for line in standings(holed, panel="script:Deva").lines} == {None}
    with pytest.raises(XbenchError, match=r"no panel 'script:Devan' here: did you mean script:Deva\?"):
        standings(every, panel="script:Devan")
    with pytest.raises(XbenchError, match="other languages for each checkpoint"):
        standings(every, panel="seen")


def test_nothing_in_common_is_not_ranked() -> None:
    found = leaderboard(frame(board("a", 60.0) + board("b", 70.0, task="sib200")))
    assert found["rank"].isna().all() and all("shares no column" in why for why in found["ranked_on"])


def test_limited_runs_stand_apart_and_are_not_ranked(tmp_path: Path) -> None:
    limited = {"signature": "limit:100|" + SIGNATURE.format("aaaa", "")}
    whole = {"signature": SIGNATURE.format("aaaa", "")}
    scores = frame(board("a", 60.0, **whole) + board("a", 99.0, **limited) + board("c", 98.0, **limited))
    found = leaderboard(scores).set_index("checkpoint")
    assert found["rank"].fillna(0).to_dict() == {"a": 1, "c": 0}
    assert found.loc["a", "xnli zero-shot all"] == 60.0
    assert found.loc["a", "xnli zero-shot (limit:100) all"] == 99.0
    assert found.loc["c", "ranked_on"] == "not ranked: limited to the first rows"
    write_leaderboard(columns(scores), tmp_path / "leaderboard.csv")
    assert (tmp_path / "leaderboard.csv").read_text().splitlines()[2].startswith(",c,,,not ranked: limited")
    assert "xnli zero-shot (limit:100)" in (tmp_path / "leaderboard.md").read_text()


def test_no_scores_are_an_empty_leaderboard() -> None:
    assert len(leaderboard(frame([]))) == 0
    assert ranking(frame([]), 80) == "no scores yet: finish a run with `xbench run`"


# What is kept apart

PLAIN = "task:xnli|version:1|protocol:zero-shot|split:test|source:en|train:t1|made_by:original|epochs:2|metric:accuracy"


@pytest.mark.parametrize(
    ("other", "label", "why"),
    [
        (PLAIN.replace("epochs:2", "epochs:5"), "epochs:5", "epochs"),
        (PLAIN.replace("version:1", "version:2"), "version:2", "version of the task"),
        (PLAIN.replace("split:test", "split:dev"), "split:dev", "split"),
        (PLAIN.replace("train:t1", "train:t2"), "train:t2", "training rows"),
        (PLAIN.replace("original", "xbench-mt"), "made_by:xbench-mt", "who made these"),
        (PLAIN.replace("source:en", "source:de"), "source:de", "source language"),
        (PLAIN + "|mode:strict", "mode:strict", "mode of the metric"),
        (PLAIN.replace("|epochs", "|translator:nllb@1a2b|epochs"), "translator:nllb@1a2b", "who translates"),
    ],
)
def test_what_differs_in_a_signature_is_another_column(other: str, label: str, why: str) -> None:
    rows = board("a", 60.0, signature=PLAIN) + board("b", 70.0, signature=other) + board("c", 50.0, signature=PLAIN)
    every = boards(columns(frame(rows)))
    assert [sorted(name for name, _ in one.columns) for one in every] == [["a", "c"], ["b"]]
    assert label in every[1].name and every[0].name != every[1].name
    (sentence,) = apart(every)
    assert sentence.startswith("xnli zero-shot is 2 columns, since they differ in ") and why in sentence
    assert "a, c" in sentence and f"{label}: b" in sentence
    found = table(rows)
    assert found["rank"].fillna(0).to_dict() == {"a": 1, "c": 2, "b": 0}
    assert math.isnan(found.loc["a", f"{every[1].name} all"])
    assert sentence in document(standings(columns(frame(rows)))).replace("\\_", "_")


@pytest.mark.parametrize("part", [{"layer": 12}, {"direction": "xx→en"}, {"metric": "macro_f1"}])
def test_another_layer_direction_or_metric_is_another_column(part: dict[str, Any]) -> None:
    rows = [
        row("de", checkpoint="a", layer=8, direction="en→de"),
        row("de", checkpoint="b", layer=8, direction="en→de"),
    ]
    if "direction" in part:
        part = {"direction": "de→en"}
    rows += [row("de", checkpoint="c", **{"layer": 8, "direction": "en→de", **part})]
    every = boards(columns(frame(rows)))
    assert [sorted(name for name, _ in one.columns) for one in every] == [["a", "b"], ["c"]]
    assert next(iter(part)) in apart(every)[0]


def test_other_test_rows_are_another_column_and_are_named() -> None:
    rows = [seeded("en", {1: 80.0}, checkpoint="a"), seeded("sw", {1: 60.0}, checkpoint="a")]
    rows += [seeded("en", {1: 70.0}, checkpoint="b")]
    rows += [seeded("sw", {1: 90.0}, checkpoint="b", signature=SIGNATURE.format("bbbb", "other"))]
    rows[2]["signature"] = SIGNATURE.format("bbbb", "en-rows")
    every = boards(columns(frame(rows)))
    assert len(every) == 2 and all("data:" in one.name for one in every)
    assert "differ in test rows of sw" in apart(every)[0]
    found = table(rows)
    assert found["rank"].isna().all(), "no mean of either is compared with the other's"
    # Where no language contradicts another, what the other lacks keeps nobody apart.
    alike = [*rows[:2], rows[2]]
    assert len(boards(columns(frame(alike)))) == 1


def test_other_training_rows_of_a_language_are_another_column() -> None:
    signature = SIGNATURE.replace("|data:{}", "|data:d|own:{}")
    rows = [
        row("de", checkpoint="a", signature=signature.format("aaaa", "one")),
        row("de", checkpoint="b", signature=signature.format("bbbb", "two")),
    ]
    every = boards(columns(frame(rows)))
    assert len(every) == 2 and "training rows of each language" in apart(every)[0]


def test_the_revision_alone_keeps_nobody_apart() -> None:
    rows = [seeded("de", {1: 1.0}, checkpoint=name, signature=SIGNATURE.format(name * 4, "d")) for name in "abc"]
    assert len(boards(columns(frame(rows)))) == 1


def test_a_name_with_two_revisions_has_two_lines_and_is_named() -> None:
    rows = [seeded("de", {1: 60.0}, signature=SIGNATURE.format("aaaa", "d"))]
    rows += [seeded("de", {1: 80.0}, signature=SIGNATURE.format("bbbb", "d")), lost("sw")]
    found = standings(columns(frame(rows)))
    assert [(line.revision, line.mean) for line in found.lines] == [("bbbb", 80.0), ("aaaa", 60.0)]
    assert any("acme/mini is here under 2 revisions (aaaa, bbbb)" in note for note in found.notes)
    wide = leaderboard(frame(rows))
    assert list(wide["variant"]) == ["revision bbbb", "revision aaaa"]
    assert list(wide["xnli zero-shot all missing"]) == ["sw", "sw"]


def test_what_is_all_unavailable_has_a_line_and_no_rank() -> None:
    found = table([*board("a", 60.0), lost("en", checkpoint="b"), lost("de", checkpoint="b")])
    assert found["rank"].fillna(0).to_dict() == {"a": 1, "b": 0}
    assert found.loc["b", "ranked_on"] == "not ranked: it has no score"
    assert found.loc["b", "xnli zero-shot all languages"] == "0 of 2"


# Groups


def test_seen_and_unseen_are_each_checkpoints_own() -> None:
    rows = [
        row(tag, checkpoint=name, score=score)
        for name in ("bert-base-multilingual-cased", "mine", "other")
        for tag, score in (("de", 60.0), ("sw", 50.0), ("zu", 10.0))
    ]
    found = {
        line.checkpoint: line.averages["xnli zero-shot"]
        for line in standings(columns(frame(rows)), Pretraining({"mine": frozenset({"zu"})})).lines
    }
    assert found["bert-base-multilingual-cased"]["seen"].score == 55.0
    assert found["bert-base-multilingual-cased"]["unseen"].score == 10.0
    assert (found["mine"]["seen"].score, found["mine"]["unseen"].score) == (10.0, 55.0)
    assert found["other"]["pretraining unknown"].score == 40.0 and "seen" not in found["other"]


@given(st.sets(st.sampled_from(TAGS), min_size=1))
@settings(max_examples=20, deadline=None)
def test_groups_of_a_property_part_the_languages_of_an_average(there: set[str]) -> None:
    rows = [row(tag, score=float(place)) for place, tag in enumerate(sorted(there))]
    (line,) = standings(columns(frame(rows))).lines
    own = line.averages["xnli zero-shot"]
    for trait in ("script", "family", "branch", "class"):
        parts = [one for name, one in own.items() if name.startswith(f"{trait}:")]
        assert sum(one.languages for one in parts) == own["all"].languages == len(there)
        whole = sum(one.score * one.languages for one in parts if one.score is not None)
        assert whole / len(there) == pytest.approx(own["all"].score)


def test_a_tasks_own_panel_is_what_its_row_says() -> None:
    rows = [*board("a", 60.0)]
    reason = "mean of 1 of 2 languages; missing: yo; 1 of 2 runs did not beat the majority answer on dev (seed 2)"
    own = {"score": 44.0, "sd": 5.0, "seeds": 2, "by_seed": "1:40 2:48†", "status": "degenerate", "reason": reason}
    found = leaderboard(frame([*rows, row(over="xtreme", checkpoint="a", **own)])).to_dict("records")[0]
    assert (found["xnli zero-shot xtreme"], found["xnli zero-shot xtreme sd"]) == (44.0, 5.0)
    assert (found["xnli zero-shot xtreme converged"], found["xnli zero-shot xtreme converged seeds"]) == (40.0, 1)
    assert found["xnli zero-shot xtreme languages"] == "1 of 2" and found["xnli zero-shot xtreme missing"] == "yo"


def test_a_leaderboard_of_some_languages() -> None:
    rows = [row(tag, checkpoint="a", score=score) for tag, score in (("en", 80.0), ("hi", 40.0), ("ta", 30.0))]
    every = columns(frame(rows + averages(rows, ["en", "hi", "ta"])))
    (line,) = (
        standings(narrow(every, Choice(language_filter(script=["Deva", "Taml"])))).only("script Deva or Taml").lines
    )
    assert line.mean == line.averages["xnli zero-shot"]["all"].score == 35.0
    (line,) = standings(narrow(every, Choice(languages=("Hindi", "eng")))).lines
    assert line.mean == 60.0
    with pytest.raises(XbenchError, match=r"no language 'xx' here: .*Valid: en, hi, ta"):
        narrow(every, Choice(languages=("xx",)))
    with pytest.raises(XbenchError, match=r"no language is left: script Thai \(script Thai alone has 0\)"):
        narrow(every, Choice(language_filter(script=["Thai"])))
    with pytest.raises(XbenchError, match=r"no checkpoint 'b' here: Valid: a"):
        narrow(every, Choice(checkpoints=("b",)))


def test_a_terminal_says_the_mean_of_the_languages_that_are_left() -> None:
    scores = {"en": {1: 80.0, 2: 82.0}, "hi": {1: 40.0, 2: 44.0}, "ta": {1: 30.0, 2: 30.0}}
    rows = [
        row(
            tag,
            checkpoint="a",
            score=sum(own.values()) / 2,
            seeds=2,
            by_seed=" ".join(f"{s}:{v}" for s, v in own.items()),
        )
        for tag, own in scores.items()
    ]
    chosen = narrow(columns(frame(rows + averages(rows, ["en", "hi", "ta"]))), Choice(languages=("hi", "ta")))
    text = ranks(standings(chosen), chosen, 100)
    # (40 + 30) / 2 and (44 + 30) / 2: their mean, and their standard deviation.
    assert text.splitlines()[-1].split()[-4:] == ["36.0", "±", "1.4", "2"]


def test_the_leaderboard_of_a_terminal_by_hand() -> None:
    limited = board("c", 99.0, signature="limit:100|" + SIGNATURE.format("cccc", ""))
    rows = board("a", 60.0) + board("b", 70.0) + limited
    lines = ranking(frame(rows), 80).splitlines()
    assert lines[:8] == [
        "checkpoint  rank  mean",
        "b              1  70.0  one seed: xnli zero-shot",
        "a              2  60.0  one seed: xnli zero-shot",
        "c              –     –  not ranked: limited to the first rows",
        "",
        "Ranks are over the languages that all ranked checkpoints have (common): 2 of 2",
        "on xnli zero-shot.",
        "",
    ]
    assert lines[8].startswith("xnli zero-shot is 2 columns, since they differ in ")
    assert "limit" in " ".join(lines[8:12])
