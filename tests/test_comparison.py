"""Comparisons of checkpoints: what may be compared, what is said of it, and the files."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_up_results as made
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import cli, refused
from made_up_results import TASK, labels

from xbench.api import Task
from xbench.errors import XbenchError
from xbench.plugins import registry
from xbench.reporting.comparison import examples
from xbench.reporting.comparison.build import Answer, Question, answer
from xbench.reporting.comparison.frames import group_frame, language_frame
from xbench.reporting.comparison.result import (
    BETTER,
    MCNEMAR,
    RANDOMISATION,
    SIGN_FLIP,
    TIE,
    UNEQUAL_FLIP,
    WORSE,
    Comparison,
)
from xbench.reporting.comparison.words import brief, sentences, signed
from xbench.stages.publish import publish
from xbench.store.files import read_json, write_json
from xbench.store.layout import Store, predictions
from xbench.store.predictions import load

ROWS = 200
LANGUAGES = ("de", "en", "sw", "th")


def right(skill: float, *salt: Any, count: int = ROWS) -> np.ndarray:
    """Which answers are right, by chance."""
    random = np.random.default_rng([*repr(salt).encode()])
    return random.random(count) < skill


def write(out: Path, checkpoint: str, skill: float, seeds: Any = (1, 2, 3), tags: Any = LANGUAGES, **more: Any) -> None:
    """Runs of a checkpoint, one for each seed."""
    for seed in seeds:
        tables = {tag: labels(right(skill, checkpoint, seed, tag)) for tag in tags}
        made.run(out, checkpoint, tables, seed=seed, **more)


def ask(out: Path, *names: str, **more: Any) -> Answer:
    return answer(Question(names, **{"resamples": 400, **more}), Store(out), registry())


def only(found: Answer) -> Comparison:
    (one,) = found.comparisons
    return one


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two checkpoints with three seeds each; the other is better everywhere, and much better in Thai."""
    out = tmp_path_factory.mktemp("two")
    write(out, "acme/small", 0.6)
    for seed in (1, 2, 3):
        tables = {tag: labels(right(0.95 if tag == "th" else 0.65, "large", seed, tag)) for tag in LANGUAGES}
        made.run(out, "acme/large", tables, seed=seed)
    return out


# Numbers


def test_scores_and_seeds_are_those_of_the_table(two: Path) -> None:
    one = only(ask(two, "acme/small", "acme/large"))
    scores = publish(Store(two), registry())
    main = scores[scores["main"]].set_index(["checkpoint", "language", "over"])
    for own in one.languages:
        assert own.first == pytest.approx(main.loc[("acme/small", own.tag, ""), "score"])
        assert own.other == pytest.approx(main.loc[("acme/large", own.tag, ""), "score"])
        assert own.difference.value == pytest.approx(own.other - own.first)
        assert own.difference.low < own.difference.value < own.difference.high
    for group in one.groups[:2]:
        assert group.first == pytest.approx(main.loc[("acme/small", "", group.name), "score"])
        assert group.other == pytest.approx(main.loc[("acme/large", "", group.name), "score"])
    assert [group.name for group in one.groups[:2]] == ["all", "target"]


def test_one_language_worked_by_hand(tmp_path: Path) -> None:
    """20 examples: both right in 10, the first alone in 1, the other alone in 8: +35 points, McNemar 20 / 512."""
    first, other = np.array([1] * 10 + [1] + [0] * 9, bool), np.array([1] * 10 + [0] + [1] * 8 + [0], bool)
    made.run(tmp_path, "first", {"de": labels(first)}, seed=None)
    made.run(tmp_path, "other", {"de": labels(other)}, seed=None)
    (own,) = only(ask(tmp_path, "first", "other")).languages
    assert (own.first, own.other, own.difference.value) == pytest.approx((55.0, 90.0, 35.0))
    assert own.test == MCNEMAR
    assert own.p == own.p_holm == own.p_bh == pytest.approx(20 / 512)
    assert own.verdict == BETTER


def test_tests_over_seeds_are_those_of_their_scores(two: Path) -> None:
    from scipy.stats import ttest_ind

    one = only(ask(two, "acme/small", "acme/large"))
    runs = {name: [right_of(two, name, seed) for seed in (1, 2, 3)] for name in ("acme/small", "acme/large")}
    for own in one.languages:
        sides = [[100 * run[own.tag].mean() for run in runs[name]] for name in ("acme/large", "acme/small")]
        assert own.welch is not None
        assert own.welch.p == pytest.approx(ttest_ind(*sides, equal_var=False).pvalue)
        assert own.test == SIGN_FLIP
    means = [[100 * np.mean([run[tag].mean() for tag in LANGUAGES]) for run in runs[name]] for name in runs]
    assert one.whole.welch is not None
    assert one.whole.welch.p == pytest.approx(ttest_ind(*means, equal_var=False).pvalue)


def right_of(out: Path, checkpoint: str, seed: int) -> dict[str, np.ndarray]:
    """Which answers are right, read from the files."""
    import pyarrow.parquet as pq

    (folder,) = out.glob(f"runs/{checkpoint.replace('/', '--')}/*/*/seed-{seed}-*")
    tables = {tag: pq.read_table(predictions(folder, tag)) for tag in LANGUAGES}
    return {
        tag: np.equal(*(table[name].to_numpy() for name in ("gold", "prediction"))) for tag, table in tables.items()
    }


def test_what_is_far_apart_is_told_and_what_is_not_says_what_would_have_been(two: Path) -> None:
    one = only(ask(two, "acme/small", "acme/large"))
    verdicts = {own.tag: own for own in one.languages}
    assert verdicts["th"].verdict == BETTER and verdicts["th"].detectable is None
    ties = [own for own in one.languages if own.verdict == TIE]
    assert ties, "five points on 200 examples cannot be told apart in four languages"
    for own in ties:
        assert own.p_holm >= 0.05
        # As large as the difference and a half of the interval at least, for it held 0 with less.
        assert own.detectable is not None and own.detectable > (own.difference.high - own.difference.low) / 2
    back = {own.tag: own.verdict for own in only(ask(two, "acme/large", "acme/small")).languages}
    assert back["th"] == WORSE


def test_the_same_files_give_the_same_answer(two: Path) -> None:
    assert repr(ask(two, "acme/small", "acme/large")) == repr(ask(two, "acme/small", "acme/large"))


def test_wins_ties_and_losses_add_up(two: Path) -> None:
    one = only(ask(two, "acme/small", "acme/large"))
    for group in one.groups:
        assert group.wins + group.ties + group.losses == len(group.tags)
    for kind in ("script", "family", "branch", "class", "seen"):
        assert sorted(tag for group in one.groups if group.kind == kind for tag in group.tags) == sorted(LANGUAGES)


def test_the_gap_is_that_between_english_and_the_others(two: Path) -> None:
    one = only(ask(two, "acme/small", "acme/large"))
    scores = {own.tag: own for own in one.languages}
    assert one.whole.gaps is not None and one.whole.gap is not None
    for gap, side in zip(one.whole.gaps, ("first", "other"), strict=True):
        rest = np.mean([getattr(scores[tag], side) for tag in ("de", "sw", "th")])
        assert gap.value == pytest.approx(getattr(scores["en"], side) - rest)
    assert one.whole.gap.value == pytest.approx(one.whole.gaps[1].value - one.whole.gaps[0].value)
    assert only(ask(two, "acme/small", "acme/large", languages=("German", "sw"))).whole.gaps is None


# Conditional on seeds


def test_few_seeds_are_said_and_none_are_not(tmp_path: Path) -> None:
    for count in (1, 5):
        for name, skill in (("first", 0.6), ("other", 0.7)):
            write(tmp_path / str(count), name, skill, range(1, count + 1))
    for name, skill in (("first", 0.6), ("other", 0.7)):
        write(tmp_path / "none", name, skill, (None,))
    one, five, none = (only(ask(tmp_path / name, "first", "other")) for name in ("1", "5", "none"))
    assert one.conditional == "conditional on these seeds (1 and 1)"
    assert all(own.welch is None for own in one.languages)
    assert "Run 3 seeds or more" in " ".join(sentences(one))
    for found, under in ((one, "with these seeds "), (five, ""), (none, "")):
        assert sentences(found)[0].startswith(f"other is better {under}by ")
    assert five.conditional == "" and all(own.welch for own in five.languages)
    assert none.conditional == "" and none.seeds == ((), ())
    assert "Chance took no part in what was learned" in " ".join(sentences(none))


def test_unequal_seeds_count_all_of_them(tmp_path: Path) -> None:
    write(tmp_path, "first", 0.6, (1, 2, 3))
    write(tmp_path, "other", 0.7, (1, 2, 3, 4, 5))
    one = only(ask(tmp_path, "first", "other"))
    assert one.seeds == ((1, 2, 3), (1, 2, 3, 4, 5))
    assert {own.runs for own in one.languages} == {(3, 5)}
    # Not called exact, for it is not: `test_paired.py` has the level.
    assert {own.test for own in one.languages} == {UNEQUAL_FLIP}
    assert any("(approximate sign flips (unequal numbers of runs), Holm over 4" in text for text in brief(one))


def test_a_fit_that_learned_nothing_counts_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, "first", 0.6)
    write(tmp_path, "other", 0.7, (1, 2))
    made.run(tmp_path, "other", {tag: labels(right(0.5, tag)) for tag in LANGUAGES}, seed=3, collapsed=True)
    one = only(ask(tmp_path, "first", "other"))
    assert {own.note for own in one.languages} == {"other learned nothing with seed 3, which counts"}
    assert any("learned nothing" in text for text in brief(one))


# Items


@pytest.mark.parametrize(
    ("task", "ids", "shared"),
    [
        (TASK, None, True),
        (made.numbered(TASK), None, False),
        (made.numbered(TASK), [f"item-{place}" for place in range(ROWS)], True),
    ],
    ids=["translated", "numbered in its own language", "named"],
)
def test_it_says_whether_items_are_shared(tmp_path: Path, task: Any, ids: Any, shared: bool) -> None:
    for name, skill in (("first", 0.6), ("other", 0.7)):
        made.run(tmp_path, name, {tag: labels(right(skill, name, tag), ids) for tag in LANGUAGES}, task)
    one = only(ask(tmp_path, "first", "other"))
    assert {own.shared for own in one.languages} == {shared}
    said = "by item across languages" if shared else "each language's own examples"
    assert one.whole.resampled == said
    assert any(said in text for text in brief(one))


def test_parallel_items_widen_the_interval_of_an_average(tmp_path: Path) -> None:
    """One checkpoint fails on the same items in 12 languages: twelve languages know no more than one."""
    tags = "de en sw th fr es it nl pl ru tr vi".split()
    for name, skill in (("first", 0.6), ("other", 0.7)):
        tables = {tag: labels(right(skill, name)) for tag in tags}
        made.run(tmp_path / "shared", name, tables)
        made.run(tmp_path / "own", name, tables, made.numbered(TASK))
    widths = {}
    for name in ("shared", "own"):
        difference = only(ask(tmp_path / name, "first", "other", resamples=2000)).whole.difference
        widths[name] = difference.high - difference.low
    assert widths["shared"] / widths["own"] == pytest.approx(12**0.5, rel=0.1)


def test_other_metrics_are_tested_by_randomisation(two: Path) -> None:
    one = only(ask(two, "acme/small", "acme/large", metric="macro_f1"))
    assert one.metric == "macro_f1" and {own.test for own in one.languages} == {RANDOMISATION}
    assert {own.tag: own.verdict for own in one.languages}["th"] == BETTER
    with pytest.raises(XbenchError, match="no metric 'macro_f2': did you mean macro_f1"):
        ask(two, "acme/small", "acme/large", metric="macro_f2")


# What cannot be compared


def test_a_language_of_one_alone_is_missing_and_no_zero(tmp_path: Path) -> None:
    write(tmp_path, "first", 0.6)
    write(tmp_path, "other", 0.7, tags=("de", "en", "fr"))
    found = ask(tmp_path, "first", "other")
    one = only(found)
    assert [own.tag for own in one.languages] == ["de", "en"]
    assert one.missing == {"first lacks it": ("fr",), "other lacks it": ("sw", "th")}
    assert not found.complete
    frame = language_frame([one]).set_index("language")
    assert frame.loc["sw", "verdict"] == "not compared" and frame.loc["sw", "reason"] == "other lacks it"
    assert frame.loc[["fr", "sw", "th"], ["first_score", "other_score", "difference", "p"]].isna().all(axis=None)
    assert any("Not compared: 2 languages (sw, th): other lacks it." in text for text in brief(one))


def test_other_test_rows_are_not_compared(tmp_path: Path) -> None:
    write(tmp_path, "first", 0.6, (1,))
    write(tmp_path, "other", 0.7, (1,), tags=("de", "en"))
    tables = {"sw": labels(right(0.7, "sw")), "th": labels(right(0.7, "th"))}
    (folder,) = tmp_path.glob("runs/other/*/*/seed-1-*")
    for file in made.run(tmp_path / "aside", "other", tables, facts={"digest": made.digest("more")}).glob(
        "*/*.parquet"
    ):
        file.rename(folder / "predictions" / file.name)
    one = only(ask(tmp_path, "first", "other"))
    assert [own.tag for own in one.languages] == ["de", "en"]
    (first, second) = one.missing
    assert "other test rows" in first and made.digest("more")[:8] in first
    assert "other test rows" in second


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recipe": {"epochs": 5, "select": "last"}}, r"recipe \(\w+ and \w+\), epochs \(2 and 5\)"),
        ({"dtype": "bf16"}, r"precision of the numbers \(fp32 and bf16\)"),
        ({"limit": 8}, r"rows of every slice \(none and 8\)"),
        ({"train_made_by": "human"}, "who made the training rows"),
        ({"task": replace(TASK, version=2)}, r"version of the task \(1 and 2\)"),
        ({"task": replace(TASK, max_length=64)}, r"maximum length \(128 and 64\)"),
    ],
)
def test_what_differs_is_refused_and_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    write(tmp_path, "first", 0.6, (1,))
    write(tmp_path, "other", 0.7, (1,), **changes)
    with pytest.raises(XbenchError, match=rf"topics zero-shot: first and other differ in .*{said}"):
        ask(tmp_path, "first", "other")


def test_what_is_alike_is_compared_beside_what_is_refused(tmp_path: Path) -> None:
    again = {"recipe": {"epochs": 5, "select": "last"}}
    write(tmp_path, "first", 0.6, (1,))
    write(tmp_path, "other", 0.7, (1,))
    write(tmp_path, "other", 0.7, (1,), **again)
    write(tmp_path, "other", 0.7, (1,), protocol="in-language")
    found = ask(tmp_path, "first", "other")
    assert only(found).protocol == "zero-shot"
    told = {one.protocol: one.reason for one in found.refused["other"]}
    assert told["in-language"] == "other was run on it, first was not"
    assert "epochs (2 and 5)" in told["zero-shot"]
    write(tmp_path, "first", 0.6, (1,), **again)
    both = ask(tmp_path, "first", "other", protocols=("zero-shot",))
    assert sorted("epochs:2" in one.variant for one in both.comparisons) == [False, True]
    assert len({one.title for one in both.comparisons}) == 2


def test_a_seed_that_was_run_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "first", 0.6, (1,))
    write(tmp_path, "other", 0.7, (1,))
    write(tmp_path, "other", 0.7, (1,), device="cuda")
    with pytest.raises(XbenchError, match="same language and seed of one series"):
        ask(tmp_path, "first", "other")


def test_a_metric_that_some_tasks_lack_is_compared_on_the_others(tmp_path: Path) -> None:
    tags = Task("tags", 1, "tagging", made.DATA, ("A", "B"), TASK.recipe)
    for name, skill in (("first", 0.6), ("other", 0.7)):
        write(tmp_path, name, skill, (1,))
        words = pa.table({"id": ["a", "b"], "gold": [["A"], ["B", "A"]], "prediction": [["A"], ["A", "A"]]})
        made.run(tmp_path, name, {"de": words}, tags)
    found = ask(tmp_path, "first", "other", metric="macro_f1")
    assert only(found).task == "topics" and not found.complete
    (refusal,) = found.refused["other"]
    assert refusal.task == "tags" and "no metric 'macro_f1'" in refusal.reason


@pytest.mark.parametrize("name", ["run.json", "fit.json"])
def test_records_that_are_not_whole_are_refused_by_name(tmp_path: Path, name: str) -> None:
    write(tmp_path, "first", 0.6, (1,))
    write(tmp_path, "other", 0.7, (1,))
    (run,) = tmp_path.glob("runs/other/*/*/*/run.json")
    path = run if name == "run.json" else tmp_path / read_json(run)["fit"] / name
    older = {key: value for key, value in read_json(path).items() if key not in ("per_language", "verdict")}
    write_json(path, older)
    with pytest.raises(XbenchError, match=rf"{name} is of another layout \(it has no (per_language|verdict)\)"):
        ask(tmp_path, "first", "other")
    path.write_text("{")
    with pytest.raises(XbenchError, match=f"{name} is damaged"):
        ask(tmp_path, "first", "other")


def test_a_fit_that_was_not_copied_is_named(tmp_path: Path) -> None:
    write(tmp_path, "first", 0.6, (1,))
    write(tmp_path, "other", 0.7, (1,))
    (run,) = tmp_path.glob("runs/other/*/*/*/run.json")
    (tmp_path / read_json(run)["fit"] / "fit.json").unlink()
    with pytest.raises(XbenchError, match="fit.json is not there.*copy the folder fits/"):
        ask(tmp_path, "first", "other")


# Names


def test_names_are_completed(two: Path) -> None:
    assert ask(two, "small", "acme/la").checkpoints == ("acme/small", "acme/large")
    for words, said in (
        (("smal1", "large"), "no checkpoint 'smal1' in these results: did you mean acme/small"),
        (("acme", "large"), "'acme' could be acme/large or acme/small: write more of it"),
        (("small", "acme/small"), "are the same checkpoint"),
        (("small",), "needs two checkpoints or more.*acme/large, acme/small"),
        (("small@ffff", "large"), "no revision 'ffff'"),
        ((), "needs two checkpoints or more.*acme/large, acme/small"),
    ):
        with pytest.raises(XbenchError, match=said):
            ask(two, *words)
    with pytest.raises(XbenchError, match="task 'topic'.*did you mean topics"):
        ask(two, "small", "large", tasks=("topic",))
    with pytest.raises(XbenchError, match="no language 'Germna' here: did you mean German"):
        ask(two, "small", "large", languages=("Germna",))
    with pytest.raises(XbenchError, match="no language here is as you ask: these results have de, en, sw, th"):
        ask(two, "small", "large", keeps=lambda tag: tag == "fr")


def test_a_checkpoint_of_which_nothing_can_be_had_is_no_unknown_one(tmp_path: Path) -> None:
    write(tmp_path, "mine", 0.6, (1,))
    write_json(
        Store(tmp_path).gaps("acme/theirs", "topics", "zero-shot"),
        {
            "checkpoint": "acme/theirs", "task": "topics", "protocol": "zero-shot", "metric": "accuracy",
            "source_language": "en", "languages": {"de": "not there"},
        },
    )  # fmt: skip
    with pytest.raises(XbenchError, match="acme/theirs has no predictions in these results.*have some: mine"):
        ask(tmp_path, "mine", "acme/theirs")


def test_interval_and_test_that_do_not_agree_are_said_to_be_on_the_edge(two: Path) -> None:
    one = only(ask(two, "acme/small", "acme/large"))
    assert not any("on the edge" in text for text in brief(one))
    whole = replace(one.whole, p=0.06)
    edge = replace(one, groups=(whole, *one.groups[1:]))
    assert any("may be chance, though the interval leaves out 0: on the edge" in text for text in brief(edge))


def test_two_revisions_are_no_one_checkpoint(tmp_path: Path) -> None:
    for revision in ("old", "new"):
        write(tmp_path, "mine", 0.6, (1,), revision=revision)
    write(tmp_path, "other", 0.7, (1,))
    old, new = (made.digest(revision)[:8] for revision in ("old", "new"))
    with pytest.raises(
        XbenchError, match=f"mine is there in 2 revisions.*mine@{min(old, new)} or mine@{max(old, new)}"
    ):
        ask(tmp_path, "other", "mine")
    assert ask(tmp_path, f"mine@{old}", f"mine@{new}").checkpoints == (f"mine@{old}", f"mine@{new}")
    assert only(ask(tmp_path, "other", f"mine@{new[:5]}")).other == "mine"


def test_every_checkpoint_is_compared_with_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = replace(TASK, name="again")
    for name, skill in (("a", 0.6), ("b", 0.7), ("c", 0.8)):
        write(tmp_path, name, skill, (1,))
        write(tmp_path, name, skill, (1,), tags=LANGUAGES[:2] if name == "c" else LANGUAGES, task=again)
    read: list[Path] = []
    monkeypatch.setattr(examples.predictions, "load", lambda path: read.append(path) or load(path))
    found = ask(tmp_path, "b", "c", "a")
    told = [(one.first, one.other, one.task) for one in found.comparisons]
    assert told == [("b", "c", "again"), ("b", "c", "topics"), ("b", "a", "again"), ("b", "a", "topics")]
    assert sorted(read) == sorted(tmp_path.glob("runs/**/*.parquet")), "every file is read once"
    alone = [only(ask(tmp_path, "b", other, tasks=(task,))) for _, other, task in told]
    assert repr(found.comparisons) == repr(tuple(alone))


# Files and commands


def test_a_comparison_of_a_part_stands_in_no_others_place(two: Path) -> None:
    asked = ["compare", "small", "large", "--out", str(two), "--resamples", "300"]
    assert cli(*asked).code == 0
    folder = two / "comparisons" / "acme--small+acme--large"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    parts = {
        "tasks-topics": ("--tasks", "topics"), "protocols-zero-shot": ("--protocols", "zero-shot"),
        "metric-macro_f1": ("--metric", "macro_f1"), "languages-de-en": ("--languages", "de,en"),
        "script-Latn": ("--script", "Latn"),
    }  # fmt: skip
    for name, more in parts.items():
        ended = cli(*asked, *more)
        assert ended.code == 0 and f"excerpts/{name}/comparisons/{folder.name}" in ended.out, ended
    assert cli("export", "latex", *asked[1:], "--languages", "de,en").code == 0
    assert list((two / "excerpts" / "languages-de-en").glob("comparisons/*/latex/averages.tex"))
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_command_writes_tables_a_page_and_pictures(two: Path) -> None:
    ended = cli("compare", "small", "large", "--out", str(two), "--resamples", "300")
    assert ended.code == 0, ended
    assert "acme/large is better by" in ended.out and "topics · zero-shot · accuracy" in ended.out
    folder = two / "comparisons" / "acme--small+acme--large"
    one = only(ask(two, "small", "large", resamples=300))
    frame = pd.read_csv(folder / "comparison.csv", keep_default_na=False, na_values=[""]).set_index("language")
    for own in one.languages:
        assert frame.loc[own.tag, "difference"] == pytest.approx(own.difference.value, rel=1e-5)
        assert frame.loc[own.tag, "p_holm"] == pytest.approx(own.p_holm, rel=1e-5)
        assert frame.loc[own.tag, "signature"].startswith("task:topics|version:1|protocol:zero-shot")
    differences = frame["difference"].tolist()
    assert differences == sorted(differences, reverse=True)
    groups = pd.read_csv(folder / "groups.csv").set_index(["by", "group"])
    assert groups.loc[("panel", "all"), "languages"] == 4
    text = (folder / "comparison.md").read_text()
    assert "power of 80 %" in text and "Thai" in text and "conditional on these seeds (3 and 3)" in text
    for stem in ("acme--large-zero-shot", "acme--large-zero-shot-gaps"):
        assert (folder / "topics" / f"{stem}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / "topics" / f"{stem}.svg").read_text()


def test_bad_input_ends_with_2_and_partial_with_3(two: Path, tmp_path: Path) -> None:
    refused(cli("compare", "small", "large", "--out", str(tmp_path)), "holds no results")
    refused(cli("compare", "small", "--out", str(two)), "needs two checkpoints")
    refused(cli("compare", "small", "larg3", "--out", str(two)), "did you mean acme/large")
    write(tmp_path, "first", 0.6, (1,))
    write(tmp_path, "other", 0.7, (1,), tags=("de", "en"))
    arguments = ["compare", "first", "other", "--out", str(tmp_path), "--resamples", "200"]
    assert cli(*arguments).code == 3
    (file,) = tmp_path.glob("runs/other/*/*/seed-1-*/predictions/de.parquet")
    file.write_bytes(file.read_bytes()[:-30])
    refused(cli(*arguments), "de.parquet is refused", "half-written", "rm ")


def test_results_of_another_version_of_a_kind_are_refused(tmp_path: Path) -> None:
    for name in ("first", "other"):
        write(tmp_path, name, 0.6, (1,), kind=["classification", 0])
    with pytest.raises(XbenchError, match="made by version 0 of kind classification, installed is 1"):
        ask(tmp_path, "first", "other")


@pytest.mark.parametrize(
    ("first", "other", "said"),
    [
        ({"kind": ["classification", 0]}, {"kind": ["classification", 0]}, "first was made by version 0 of kind"),
        ({"kind": ["sorting", 1]}, {"kind": ["sorting", 1]}, "unknown kind 'sorting'"),
        ({}, {"kind": ["classification", 0]}, "version of the kind (classification.1 and classification.0)"),
        ({}, {"task": replace(TASK, name="old", version=2)}, "version of the task (1 and 2)"),
    ],
    ids=["kind of before", "kind that is not installed", "two versions of a kind", "two versions of a task"],
)
def test_what_is_of_another_version_is_named_and_the_rest_compared(
    tmp_path: Path, first: dict[str, Any], other: dict[str, Any], said: str
) -> None:
    for name, skill, changes in (("first", 0.6, first), ("other", 0.9, other)):
        write(tmp_path, name, skill, (1,))
        write(tmp_path, name, skill, (1,), **{"task": replace(TASK, name="old"), **changes})
    ended = cli("compare", "first", "other", "--out", str(tmp_path), "--resamples", "200")
    assert ended.code == 3
    assert "topics · zero-shot · accuracy" in ended.out and "old · zero-shot" not in ended.out
    told = " ".join(ended.out.partition("not compared: other against first")[2].split())
    assert told.startswith("old zero-shot: ") and said in told
    (page,) = tmp_path.glob("comparisons/*/comparison.md")
    assert said.split(" (")[0] in page.read_text()


def test_a_name_cannot_break_a_page_or_a_table(tmp_path: Path) -> None:
    write(tmp_path, "<script>_50%", 0.6, (1,))
    write(tmp_path, "other", 0.9, (1,))
    assert cli("compare", "<script>_50%", "other", "--out", str(tmp_path), "--resamples", "200").code == 0
    (page,) = tmp_path.glob("comparisons/*/comparison.md")
    text = page.read_text()
    assert r"\<script>\_50%" in text and not re.search(r"(?<!\\)<script>", text)
    assert cli("export", "latex", "<script>_50%", "other", "--out", str(tmp_path), "--resamples", "200").code == 0
    (tex,) = tmp_path.glob("comparisons/*/latex/averages.tex")
    assert r"\textless{}script\textgreater{}\_50\%" in tex.read_text()


def test_comparing_imports_no_torch(two: Path) -> None:
    code = (
        "import sys; from xbench.cli import cli; "
        f"cli(['compare', 'small', 'large', '--out', {str(two)!r}, '--resamples', '100'], standalone_mode=False)"
    )
    code = f"try:\n    {code}\nexcept SystemExit as end:\n    assert end.code == 0\nassert 'torch' not in sys.modules"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_numbers_in_words() -> None:
    assert [signed(value) for value in (0.04, -0.04, 1.25, -3.0)] == ["0.0", "0.0", "+1.2", "−3.0"]


def test_groups_of_every_kind_are_in_the_table(two: Path) -> None:
    frame = group_frame(ask(two, "small", "large").comparisons)
    assert set(frame["by"]) == {"panel", "script", "family", "branch", "class", "seen"}
    assert frame.set_index(["by", "group"]).loc[("seen", "unknown"), "languages"] == 4


@given(st.lists(st.one_of(st.none(), st.text(max_size=4)), max_size=8), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_texts_are_hashed_as_they_would_be_one_behind_the_other(texts: list[str | None], start: int) -> None:
    """Digests on disk are of joined texts: whatever lies around a column in memory is no part of it."""
    from xbench.store.predictions import content_digest

    column = pa.array(["before", "that", "lies", *texts], pa.string())[3:][start:]
    kept = texts[start:]
    expected = hashlib.sha256(b"text\0")
    nulls = np.array([text is None for text in kept], bool).tobytes()
    lengths = np.array([len((text or "").encode()) for text in kept], np.int32).tobytes()
    for part in (nulls, lengths, "".join(text or "" for text in kept).encode()):
        expected.update(len(part).to_bytes(8, "little"))
        expected.update(part)
    assert content_digest(pa.table({"text": column})) == expected.hexdigest()
