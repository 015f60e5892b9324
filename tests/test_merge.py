"""`xbench merge`: folders of several machines, made up, against the folder that one machine would have made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import made_up_results as made
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from made_up import cli, refused

from xbench.store.files import read_json, write_json
from xbench.store.layout import Store

LANGUAGES = ("en", "de", "sw", "th")


def table(language: str, seed: int, share: float = 0.7) -> pa.Table:
    return made.labels(np.random.default_rng([len(language), ord(language[0]), seed]).random(50) < share)


def folder(
    out: Path, languages: tuple[str, ...] = LANGUAGES, seeds: tuple[int, ...] = (1, 2), name: str = "mine"
) -> Path:
    for seed in seeds:
        made.run(out, name, {language: table(language, seed) for language in languages}, seed=seed)
    return out


def scores(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "scores.csv", keep_default_na=False)


def test_machines_that_shared_the_work_have_what_one_would_have(tmp_path: Path) -> None:
    """By seed, by language, by checkpoint, and a language that both did."""
    whole = folder(folder(tmp_path / "whole"), name="other")
    cli("report", "--out", str(whole))
    parts = [
        folder(tmp_path / "a", ("en", "de"), (1, 2)),
        folder(tmp_path / "b", ("de", "sw", "th"), (1,)),
        folder(folder(tmp_path / "c", ("sw", "th"), (2,)), name="other"),
    ]
    ended = cli("merge", *map(str, parts), "--out", str(tmp_path / "all"))
    assert ended.code == 0
    assert "4 runs, 4 fits and 16 files of predictions of 3 folders; 1 language of a run was in several" in ended.out
    pd.testing.assert_frame_equal(scores(tmp_path / "all"), scores(whole))
    assert (tmp_path / "all" / "report.html").is_file()


def test_what_is_scored_and_has_no_predictions_any_more_is_merged_too(tmp_path: Path) -> None:
    asked = {"whole": LANGUAGES, "a": LANGUAGES[:2], "b": LANGUAGES[1:]}
    whole, *parts = (folder(tmp_path / name, languages) for name, languages in asked.items())
    for out in (whole, *parts):
        cli("report", "--out", str(out))
        for run in Store(out).runs():
            shutil.rmtree(run / "predictions")
    assert cli("merge", *map(str, parts), "--out", str(tmp_path / "all")).code == 0
    pd.testing.assert_frame_equal(scores(tmp_path / "all"), scores(whole))


def test_other_predictions_of_one_run_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a"), folder(tmp_path / "b")
    made.run(second, "mine", {"sw": table("sw", 9)}, seed=2)
    ended = cli("merge", str(first), str(second), "--out", str(tmp_path / "all"))
    refused(
        ended,
        "contradict each other",
        f"{second}/runs/mine/topics/zero-shot/seed-2",
        "sw.parquet has other predictions of sw",
    )
    assert "seed-1" not in ended.err and not (tmp_path / "all").exists()


def test_other_scores_and_other_fits_are_named(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a", seeds=(1,)), folder(tmp_path / "b", seeds=(1,))
    (fit,) = second.glob("fits/*/fit.json")
    write_json(fit, {**read_json(fit), "losses": [0.5, 0.4]})
    refused(
        cli("merge", str(first), str(second), "--out", str(tmp_path / "all")), "the fit in", "differs in its losses"
    )
    shutil.rmtree(second)
    made.run(second, "mine", {"en": table("en", 9)}, seed=1)
    for out in (first, second):
        cli("report", "--out", str(out))
        for run in Store(out).runs():
            shutil.rmtree(run / "predictions")
    refused(cli("merge", str(first), str(second), "--out", str(tmp_path / "all")), "has other predictions of en than")


def test_scores_alone_are_kept_beside_predictions_of_other_languages(tmp_path: Path) -> None:
    asked = {"whole": LANGUAGES, "a": LANGUAGES[:2], "b": LANGUAGES[2:]}
    whole, first, second = (folder(tmp_path / name, languages) for name, languages in asked.items())
    for out in (whole, first):
        cli("leaderboard", "--out", str(out))
    for run in Store(first).runs():
        shutil.rmtree(run / "predictions")
    assert cli("merge", str(first), str(second), "--out", str(tmp_path / "all")).code == 0
    pd.testing.assert_frame_equal(scores(tmp_path / "all"), scores(whole))


def test_other_test_rows_of_the_same_answers_are_named(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a"), folder(tmp_path / "b")
    made.run(second, "mine", {"sw": table("sw", 2)}, seed=2, facts={"digest": "f" * 64})
    refused(cli("merge", str(first), str(second), "--out", str(tmp_path / "all")), "has other test rows of sw than")


def test_other_scores_of_the_same_predictions_are_named(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a", seeds=(1,)), folder(tmp_path / "b", seeds=(1,))
    for out in (first, second):
        cli("leaderboard", "--out", str(out))
    (path,) = second.glob("runs/*/*/*/*/scores.json")
    found = read_json(path)
    found["languages"]["sw"]["scores"][0]["value"] = 12.0
    write_json(path, found)
    refused(cli("merge", str(first), str(second), "--out", str(tmp_path / "all")), "has other scores of sw than")


def test_predictions_that_were_made_again_are_scored_again(tmp_path: Path) -> None:
    """Even where they have as many bytes as those before."""
    first = folder(tmp_path / "a", seeds=(1,))
    cli("leaderboard", "--out", str(first))
    (file,) = first.glob("runs/*/*/*/*/predictions/sw.parquet")
    made.run(first, "mine", {"sw": made.labels(np.ones(50, bool))}, seed=1)
    (path,) = first.glob("runs/*/*/*/*/scores.json")
    stated = read_json(path)
    stated["languages"]["sw"]["bytes"] = file.stat().st_size
    write_json(path, stated)
    os.utime(file, ns=(2 * path.stat().st_mtime_ns, path.stat().st_mtime_ns + 1))
    assert cli("merge", str(first), "--out", str(tmp_path / "all")).code == 0
    found = scores(tmp_path / "all")
    (row,) = found[(found["language"] == "sw") & (found["metric"] == "accuracy")].to_dict("records")
    assert row["score"] == 100


def test_what_one_machine_lacked_another_may_have(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a", ("en",), (1,)), folder(tmp_path / "b", ("de",), (1,))
    for out, lacking in ((first, {"de": "not in the mirror", "sw": "not in the mirror"}), (second, {"th": "no split"})):
        gap = {"checkpoint": "mine", "task": "topics", "protocol": "zero-shot", "metric": "accuracy"}
        path = Store(out).gaps("mine", "topics", "zero-shot")
        write_json(path, {**gap, "source_language": "en", "languages": lacking})
    assert cli("merge", str(first), str(second), "--out", str(tmp_path / "all")).code == 0
    found = scores(tmp_path / "all")
    missing = found[found["status"] == "unavailable"]
    assert dict(zip(missing["language"], missing["reason"], strict=True)) == {
        "sw": "not in the mirror",
        "th": "no split",
    }


@pytest.mark.parametrize(
    "place", ["fits/*/fit.json", "runs/*/*/*/*/run.json", "runs/*/*/*/*/scores.json", "runs/*/*/*/*/predictions/en.*"]
)
def test_a_half_written_file_is_named_before_anything_is_written(tmp_path: Path, place: str) -> None:
    first, second, out = folder(tmp_path / "a", ("en",), (1,)), folder(tmp_path / "b", ("en",), (2,)), tmp_path / "all"
    cli("leaderboard", "--out", str(second))
    (path,) = second.glob(place)
    path.write_bytes(path.read_bytes()[:60])
    refused(cli("merge", str(first), str(second), "--out", str(out)), str(path))
    assert not out.exists()


@pytest.mark.parametrize("what", ["full", "a file", "no results"])
def test_bad_input_is_named(tmp_path: Path, what: str) -> None:
    first, out = folder(tmp_path / "a", ("en",), (1,)), tmp_path / "all"
    if what == "full":
        folder(out)
        refused(cli("merge", str(first), "--out", str(out)), f"{out} is not empty", "new folder")
    elif what == "a file":
        out.write_text("")
        refused(cli("merge", str(first), "--out", str(out)), f"cannot write {out}", "choose another folder with --out")
    else:
        refused(cli("merge", str(first), str(tmp_path), "--out", str(out)), f"{tmp_path} holds no results")
        assert not out.exists()
