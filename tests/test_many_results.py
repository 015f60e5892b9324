"""A generated folder of many checkpoints: written as runs write it, and reported as every other."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

import many_results
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import cli, refused

from xbench.api import Task
from xbench.errors import XbenchError
from xbench.kinds.classification import METRICS
from xbench.languages import XTREME
from xbench.planning import shares
from xbench.plugins import registry
from xbench.reporting.leaderboard import leaderboard
from xbench.stages.aggregate import aggregate
from xbench.stages.excerpt import Excerpt
from xbench.stages.publish import publish
from xbench.stages.table import header, lines
from xbench.store.layout import Store
from xbench.store.seeds import read_by_seed

SIZE = {"checkpoints": 3, "languages": 6, "seeds": 3}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("many")
    assert many_results.write(root, **SIZE) == 3 * 4 * 6 * 3 * 4
    return root


@pytest.fixture
def folder(generated: Path, tmp_path: Path) -> Path:
    """One that a test may damage."""
    shutil.copytree(generated, tmp_path / "results")
    return tmp_path / "results"


def values(root: Path, name: str, task: str, metric: str) -> dict[str, dict[int, float]]:
    """Language -> seed -> score, read from the files without any of xbench."""
    found: dict[str, dict[int, float]] = {}
    for path in root.glob(f"runs/{name.replace('/', '--')}/{task}/zero-shot/seed-*/scores.json"):
        seed = json.loads((path.parent / "run.json").read_text())["seed"]
        for language, entry in json.loads(path.read_text())["languages"].items():
            (value,) = [one["value"] for one in entry["scores"] if one["metric"] == metric]
            found.setdefault(language, {})[seed] = value
    return found


def test_scores_of_a_large_folder_are_those_of_its_files(generated: Path) -> None:
    table = aggregate(Store(generated), registry()).scores.set_index(
        ["checkpoint", "task", "metric", "language", "over"]
    )
    for name, task, metric in (("acme/encoder-000", "xnli", "accuracy"), ("acme/encoder-002", "wikiann", "recall")):
        own = values(generated, name, task, metric)
        assert len(own) == 6
        for language, scores in own.items():
            row = table.loc[(name, task, metric, language, "")]
            ordered = [scores[seed] for seed in (1, 2, 3)]
            assert row["score"] == pytest.approx(fmean(ordered)) and row["seeds"] == 3
            assert row["sd"] == pytest.approx(np.std(ordered, ddof=1))
            read = read_by_seed(row["by_seed"]).values
            assert read == {seed: pytest.approx(scores[seed], abs=6e-5) for seed in (1, 2, 3)}
        mean = table.loc[(name, task, metric, "", "all")]
        assert mean["score"] == pytest.approx(fmean(fmean(scores.values()) for scores in own.values()))
        by_seed = [fmean(scores[seed] for scores in own.values()) for seed in (1, 2, 3)]
        assert mean["sd"] == pytest.approx(np.std(by_seed, ddof=1))


def test_rows_are_in_order_and_gaps_are_among_them(generated: Path) -> None:
    table = aggregate(Store(generated), registry()).scores
    order = table[["checkpoint", "task", "protocol", "over", "language", "metric"]]
    assert order.equals(order.sort_values(list(order), kind="stable", ignore_index=True))
    lost = table[table["status"] == "unavailable"]
    assert set(lost["language"]) == {"tlh"} and set(lost["checkpoint"]) == {"acme/encoder-000"}
    mean = table[(table["checkpoint"] == "acme/encoder-000") & (table["over"] == "all")].iloc[0]
    assert mean["reason"].startswith("mean of 6 of 7 languages; missing: tlh")


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, a piece for each checkpoint and task."""
    monkeypatch.setattr(shares, "cores", lambda: 2)
    monkeypatch.setattr("xbench.stages.asked._PIECE", 1)
    monkeypatch.setattr("xbench.stages.aggregate._WORTH", 1)


def test_several_processes_make_the_same_tables(generated: Path, request: pytest.FixtureRequest) -> None:
    alone = aggregate(Store(generated), registry())
    request.getfixturevalue("two")
    together = aggregate(Store(generated), registry())
    assert together.scores.equals(alone.scores) and list(together.scores.dtypes) == list(alone.scores.dtypes)
    assert b"".join(together.scores_csv) == b"".join(alone.scores_csv)
    assert b"".join(together.languages_csv) == b"".join(alone.languages_csv)
    assert len(together.scores_csv) == 1 + 3 * 4


@pytest.mark.usefixtures("two")
def test_several_processes_refuse_what_one_would_refuse_first(folder: Path) -> None:
    first, later = (folder / f"runs/acme--encoder-00{number}/wikiann/zero-shot" for number in (0, 2))
    for path in (*first.glob("seed-2-*/scores.json"), *later.glob("seed-1-*/scores.json")):
        path.write_text("{")
    with pytest.raises(XbenchError, match=r"encoder-000/wikiann/zero-shot/seed-2-\w+/scores.json is damaged"):
        aggregate(Store(folder), registry())


def test_the_leaderboard_of_a_large_folder(generated: Path) -> None:
    found = leaderboard(aggregate(Store(generated), registry()).scores).set_index("checkpoint")
    assert sorted(found["rank"]) == [1, 2, 3]
    for name in found.index:
        own = values(generated, name, "pawsx", "accuracy")
        assert found.loc[name, "pawsx zero-shot common"] == pytest.approx(
            fmean(fmean(scores.values()) for scores in own.values()), abs=1e-4
        )


def test_an_excerpt_has_the_rows_of_the_whole_and_averages_of_its_own(generated: Path) -> None:
    whole = aggregate(Store(generated), registry()).scores
    meant = {"en", "tlh", *(set(whole["language"]) - {"", *XTREME})}
    assert len(meant) > 3
    only = Excerpt(frozenset({"acme/encoder-000"}), frozenset(meant))
    part = aggregate(Store(generated), registry(), only=only).scores
    own = whole[(whole["checkpoint"] == "acme/encoder-000") & whole["language"].isin(meant)]
    pd.testing.assert_frame_equal(part[part["language"] != ""].reset_index(drop=True), own.reset_index(drop=True))
    averages = part[part["over"] != ""].set_index(["task", "metric", "over"])
    # XTREME's languages do not lie wholly among these: an average over some of them would be another.
    assert "xtreme" in set(whole["over"]) and set(part["over"]) == {"", "all", "target"}
    for (task, metric, over), row in averages.iterrows():
        tested = meant - ({"tlh", "en"} if over == "target" else {"tlh"})
        mean = own[(own["task"] == task) & (own["metric"] == metric) & own["language"].isin(tested)]["score"].mean()
        assert row["score"] == pytest.approx(mean)
        assert row["reason"].startswith(f"mean of {len(tested)} of {len(tested) + 1} languages; missing: tlh")


def test_ten_seeds_stand_in_their_order(tmp_path: Path) -> None:
    many_results.write(tmp_path, checkpoints=1, languages=2, seeds=11, tasks=("xnli",))
    table = aggregate(Store(tmp_path), registry()).scores
    row = table[(table["language"] == "en") & table["main"]].iloc[0]
    assert list(read_by_seed(row["by_seed"]).values) == list(range(1, 12))
    own = values(tmp_path, "acme/encoder-000", "xnli", "accuracy")["en"]
    assert read_by_seed(row["by_seed"]).values == {seed: pytest.approx(own[seed], abs=6e-5) for seed in own}


def test_the_table_is_written_as_pandas_writes_it(generated: Path, tmp_path: Path) -> None:
    table = aggregate(Store(generated), registry()).scores
    table.loc[3, "reason"] = 'commas, "quotes" and\nlines'
    table.to_csv(tmp_path / "pandas.csv", index=False, float_format="%.4f")
    assert header(table.columns) + lines(table) == (tmp_path / "pandas.csv").read_bytes()


@given(st.lists(st.tuples(*[st.text(st.sampled_from("a,\"; '\n\r\té"), max_size=4)] * 2), max_size=5))
def test_texts_are_quoted_as_csv_quotes_them(rows: list[tuple[str, str]]) -> None:
    # Only where \r ends rows, too, does every version of csv quote it.
    expected = [io.StringIO(newline="") for _ in rows]
    for text, row in zip(expected, rows, strict=True):
        csv.writer(text, lineterminator="\r\n").writerow(row)
    written = lines(pd.DataFrame(rows, columns=["reason", "note"], dtype=object)).decode()
    assert written == "".join(text.getvalue().removesuffix("\r\n") + "\n" for text in expected)


def test_scores_outlive_their_predictions_and_are_not_made_again_without(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("runs/*/*/*/*/scores.json")}
    table = publish(Store(folder), registry())
    assert len(table) > len(before) and before == {path: path.read_bytes() for path in before}
    # Whoever removes the files may leave their folder.
    for path in before:
        (path.parent / "predictions").mkdir()
    publish(Store(folder), registry())
    assert before == {path: path.read_bytes() for path in before}
    refused(cli("score", "--out", str(folder)), "has scores and no predictions of")


def test_the_scores_of_a_language_outlive_its_predictions_beside_those_of_others(tmp_path: Path) -> None:
    many_results.write(tmp_path, checkpoints=1, languages=3, seeds=1, tasks=("sib200",), predicted=1)
    before = publish(Store(tmp_path), registry())
    (gone,) = tmp_path.glob("runs/*/*/*/*/predictions/en.parquet")
    gone.unlink()
    pd.testing.assert_frame_equal(publish(Store(tmp_path), registry()), before)
    refused(cli("score", "--out", str(tmp_path)), "has scores and no predictions of en: it cannot be scored again")


def test_those_with_predictions_are_scored_and_compared_and_share_the_boards_of_the_others(tmp_path: Path) -> None:
    count = many_results.write(tmp_path, checkpoints=3, languages=3, tasks=("sib200", "wikiann"), predicted=2)
    ended = cli("report", "--out", str(tmp_path), "--baseline", "encoder-000")
    told = " ".join(ended.out.split())
    assert ended.code == 3 and "acme/encoder-002 on sib200 zero-shot, wikiann zero-shot: no predictions" in told
    scores = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False, na_values={"score": [""]})
    own = scores[(scores["language"] != "") & scores["score"].notna()]
    assert len(own) * 3 == count
    assert set(pd.read_csv(tmp_path / "leaderboard.csv")["sib200 zero-shot common languages"]) == {"3 of 4"}
    main = own[own["main"]].set_index(["checkpoint", "task", "language"])["score"]
    (path,) = tmp_path.glob("comparisons/*/comparison.csv")
    table = pd.read_csv(path, keep_default_na=False, na_values={"difference": [""]}).dropna(subset="difference")
    assert len(table) == 2 * 3 and set(table["other"]) == {"acme/encoder-001"}
    for row in table.itertuples():
        first, other = (main[name, row.task, row.language] for name in ("acme/encoder-000", "acme/encoder-001"))
        assert row.difference == pytest.approx(other - first, abs=2e-4)


def test_a_generated_run_says_what_a_real_one_says() -> None:
    """Keys and metrics; the metrics of tagging are those of the kind's own declaration."""
    known = registry()
    assert [(one.name, one.mode) for one in METRICS] == [
        (name, mode) for name, mode, _ in many_results.METRICS["classification"]
    ]
    for name in many_results.TASKS:
        task: Task = known.tasks[name]
        (main,) = [metric for metric, _, main in many_results.METRICS[task.kind] if main]
        assert known.kinds[task.kind].main(task) == main


# Bad input


def one_run(folder: Path, seed: int = 1) -> Path:
    return min(folder.glob(f"runs/acme--encoder-001/xnli/zero-shot/seed-{seed}-*"))


def change(path: Path, edit: Any) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content, indent=1))


def leaderboard_of(folder: Path, *more: str) -> Any:
    return cli("leaderboard", "--out", str(folder), *more)


@pytest.mark.parametrize(
    ("file", "without"),
    [("run.json", ["train_made_by", "per_language"]), ("scores.json", ["languages"]), ("fit.json", ["verdict"])],
)
def test_records_of_another_layout_are_refused(folder: Path, file: str, without: Iterable[str]) -> None:
    run = one_run(folder)
    path = run / file if file != "fit.json" else folder / json.loads((run / "run.json").read_text())["fit"] / file

    def older(content: dict[str, Any]) -> None:
        for key in without:
            del content[key]

    change(path, older)
    message = refused(leaderboard_of(folder), str(path), "is of another layout", *without)
    assert "run the same command again in a new folder" in message or "cannot be scored" in message


def test_scores_of_another_layout_are_refused(folder: Path) -> None:
    def older(content: dict[str, Any]) -> None:
        for score in content["languages"]["en"]["scores"]:
            score["score"] = score.pop("value")

    change(one_run(folder) / "scores.json", older)
    refused(leaderboard_of(folder), "scores.json is of another layout (a score of en has no value)")


def test_results_of_a_run_that_nobody_knows_of_are_refused(folder: Path) -> None:
    """A copy that was broken off has predictions before `run.json`; the mean would be over the other seeds alone."""
    run = one_run(folder)
    (run / "run.json").unlink()
    refused(leaderboard_of(folder), f"{run} has predictions or scores and no run.json", "remove that folder")
    refused(cli("compare", "encoder-000", "encoder-001", "--out", str(folder)), f"{run} has predictions or scores")
    refused(cli("merge", str(folder), "--out", str(folder / "all")), f"{run} has predictions or scores")
    (run / "scores.json").unlink()
    assert leaderboard_of(folder).code == 0, "a folder that was only begun is no run"


@pytest.mark.parametrize("file", ["run.json", "scores.json", "fit.json"])
def test_half_written_records_are_refused(folder: Path, file: str) -> None:
    run = one_run(folder)
    path = run / file if file != "fit.json" else folder / json.loads((run / "run.json").read_text())["fit"] / file
    path.write_bytes(path.read_bytes()[:-200])
    refused(leaderboard_of(folder), f"{path} is damaged", "delete it and run the same `xbench run` again")


def test_a_fit_that_is_not_there_is_refused(folder: Path) -> None:
    fit = folder / json.loads((one_run(folder) / "run.json").read_text())["fit"] / "fit.json"
    fit.unlink()
    refused(leaderboard_of(folder), f"{fit} is not there", "copy the folder fits/ along with runs/")


def test_the_same_run_twice_is_refused(folder: Path) -> None:
    first = one_run(folder)
    shutil.copytree(first, first.with_name("seed-1-copied"))
    refused(leaderboard_of(folder), first.name, "seed-1-copied", "are the same seed of one number", "remove the older")


def test_seeds_on_other_test_rows_are_refused(folder: Path) -> None:
    def other(content: dict[str, Any]) -> None:
        content["languages"]["en"]["digest"] = "0" * 64

    change(one_run(folder, 2) / "scores.json", other)
    refused(leaderboard_of(folder), "the test rows of en are not the same in", "no mean over their seeds")


def test_a_checkpoint_under_two_revisions_is_two_lines_and_said(folder: Path) -> None:
    for seed in (1, 2, 3):
        change(one_run(folder, seed) / "run.json", lambda run: run["checkpoint"].update(revision="sha256:" + "ab" * 32))
    ended = leaderboard_of(folder)
    assert ended.code == 0, ended.err
    assert "acme/encoder-001 is here under 2 revisions" in " ".join(ended.out.split())
    found = pd.read_csv(folder / "leaderboard.csv")
    own = found[found["checkpoint"] == "acme/encoder-001"]
    assert len(own) == 2 and "revision abababab" in set(own["variant"])
    # The task that one of them ran is in its line alone.
    assert own["xnli zero-shot all"].notna().sum() == own["pawsx zero-shot all"].notna().sum() == 1


def test_an_unknown_language_or_checkpoint_is_refused(folder: Path) -> None:
    refused(leaderboard_of(folder, "--languages", "xx"), "no language 'xx' here", "Valid: ")
    refused(leaderboard_of(folder, "--checkpoint", "acme/encoder-01"), "did you mean acme/encoder-001?")
    refused(leaderboard_of(folder, "--panel", "targets"), "no panel 'targets' here: did you mean target?")


def test_a_tag_that_nobody_knows_is_a_group_of_its_own_and_in_no_other(folder: Path) -> None:
    def odd(content: dict[str, Any]) -> None:
        content["languages"]["own-tag-of-somebody"] = content["languages"].pop("en")

    for path in folder.glob("runs/*/xnli/*/*/scores.json"):
        change(path, odd)
    assert leaderboard_of(folder).code == 0
    found = pd.read_csv(folder / "leaderboard.csv")
    # The other one is Klingon, which cannot be had.
    assert set(found["xnli zero-shot script:unknown languages"]) == {"1 of 2"}
    assert set(found["xnli zero-shot script:unknown missing"]) == {"tlh"}


def test_a_part_goes_into_files_of_its_own(folder: Path) -> None:
    assert leaderboard_of(folder).code == 0
    whole = (folder / "leaderboard.csv").read_bytes()
    ended = leaderboard_of(folder, "--script", "Latn", "--checkpoint", "acme/encoder-000")
    assert ended.code == 0 and (folder / "leaderboard.csv").read_bytes() == whole
    assert "Only script Latn; checkpoints: acme/encoder-000." in ended.out
    part = pd.read_csv(folder / "leaderboard-chosen.csv")
    assert list(part["checkpoint"]) == ["acme/encoder-000"]
    assert not any("script:Arab" in name for name in part.columns)
