"""The whole path in one process, and several processes on one results folder."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import made_up
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_up import DEV, TEST, TRAIN, World, made, same_predictions, snapshot, tables
from tiny_checkpoints import build as build_checkpoint

from xbench.store import predictions

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made_up.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def first(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Topics, zero-shot on en and de with seed 1; the weights are removed, as they are by default."""
    out = tmp_path_factory.mktemp("first")
    assert world.bench(out).complete
    return out


@pytest.fixture
def begun(first: Path, tmp_path: Path) -> Path:
    """A copy of `first` to go on from."""
    out = tmp_path / "results"
    shutil.copytree(first, out)
    return out


def main_rows(scores: pd.DataFrame, **where: str) -> pd.DataFrame:
    """The rows of the main metric, by language or panel."""
    picked = scores[scores["main"].astype(bool)]
    for column, value in where.items():
        picked = picked[picked[column] == value]
    return picked.set_index(picked["language"] + picked["over"])


def fits(out: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(out.glob("fits/*/fit.json"))]


def runs(out: Path, protocol: str = "*") -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(out.glob(f"runs/*/*/{protocol}/*/run.json"))]


def trained_on(out: Path) -> list[list[tuple[str, str]]]:
    """Language and maker of the training slices of every fit."""
    return sorted([(part["language"], part["made_by"]) for part in fit["train"]] for fit in fits(out))


def test_the_score_is_the_share_of_right_answers(first: Path) -> None:
    scores = main_rows(pd.read_csv(first / "scores.csv", keep_default_na=False))
    for name, table in tables(first).items():
        right = np.mean([gold == guess for gold, guess in zip(table["gold"], table["prediction"], strict=True)])
        assert float(scores.loc[Path(name).stem, "score"]) == pytest.approx(100 * right, abs=1e-4)
        golds = Counter(table["gold"].to_pylist())
        assert float(scores.loc[Path(name).stem, "chance"]) == pytest.approx(100 * max(golds.values()) / TEST, abs=1e-4)
    assert float(scores.loc["all", "score"]) == pytest.approx(scores.loc[["de", "en"], "score"].astype(float).mean())


def test_nothing_is_done_where_all_is_there(world: World, begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("something was made")

    monkeypatch.setattr("xbench.engine.making.make", never)
    before = snapshot(begun, "runs/**/*.parquet", "runs/**/run.json", "fits/*/fit.json")
    world.bench(begun)
    assert snapshot(begun, "runs/**/*.parquet", "runs/**/run.json", "fits/*/fit.json") == before


def test_a_language_added_later_trains_again_and_leaves_the_old_predictions(world: World, begun: Path) -> None:
    before = snapshot(begun, "runs/**/*.parquet", "runs/**/run.json")
    results = world.bench(begun, languages=["en", "de", "sw"])
    after = snapshot(begun, "runs/**/*.parquet", "runs/**/run.json")
    assert {name: after[name] for name in before} == before
    assert [Path(name).name for name in after.keys() - before.keys()] == ["sw.parquet"]
    assert {*main_rows(results.scores).index} >= {"en", "de", "sw"}
    assert not list(begun.glob("fits/*/weights")), "the weights are removed again"


def test_a_language_added_later_needs_no_fit_where_weights_are_kept(world: World, tmp_path: Path) -> None:
    later, at_once = tmp_path / "later", tmp_path / "at-once"
    world.bench(later, keep_weights="always")
    before = snapshot(later, "runs/**/*.parquet", "runs/**/run.json", "fits/**/*")
    world.bench(later, languages=["en", "de", "sw"], keep_weights="always")
    after = snapshot(later)
    assert {name: after[name] for name in before} == before
    assert any("weights/model.safetensors" in name for name in before)
    # Asking for all at once gives the same predictions and the same table.
    world.bench(at_once, languages=["en", "de", "sw"])
    same_predictions(later, at_once)
    assert (later / "scores.csv").read_bytes() == (at_once / "scores.csv").read_bytes()


def test_a_fit_made_again_is_never_taken_for_whole_too_early(
    world: World, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def half(model: object, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("xbench.model.loading.save_model", half)
        with pytest.raises(Killed):
            world.bench(begun, languages=["en", "de", "sw"])
    results = world.bench(begun, languages=["en", "de", "sw"])
    assert results.complete and "sw" in main_rows(results.scores).index
    assert {path.name for path in begun.glob("fits/*/*")} == {"fit.json"}


@pytest.mark.parametrize("lost", ["runs/**/run.json", "fits/*/fit.json"])
def test_what_predictions_rest_on_is_made_again_if_it_is_lost(world: World, begun: Path, lost: str) -> None:
    table = (begun / "scores.csv").read_bytes()
    (path,) = begun.glob(lost)
    path.unlink()
    assert world.bench(begun).complete
    assert path.is_file()
    assert (begun / "scores.csv").read_bytes() == table


def test_a_seed_added_later_leaves_the_first_alone(world: World, begun: Path) -> None:
    before = made(begun)
    results = world.bench(begun, seeds=[1, 2])
    after = made(begun)
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(before)
    row = main_rows(results.scores).loc["all"]
    assert row["seeds"] == 2 and not np.isnan(row["sd"])
    assert "seeds:1,2" in row["signature"]


def test_one_fit_serves_protocols_and_tasks_that_train_alike(world: World, tmp_path: Path) -> None:
    results = world.bench(
        tmp_path, tasks=["topics", "topics-again"], protocols=["zero-shot", "translate-train"], languages=["en", "de"]
    )
    assert results.complete
    assert trained_on(tmp_path) == [[("de", "published-mt")], [("en", "original")]]
    assert len(runs(tmp_path)) == 6
    for row in main_rows(results.scores[results.scores["task"] == "topics"], protocol="translate-train").itertuples():
        assert row.Index != "de" or row.train_made_by == "published-mt"


def test_protocols(world: World, tmp_path: Path) -> None:
    results = world.bench(
        tmp_path, tasks=["topics", "tags"], languages=["en", "de", "th"],
        protocols=["zero-shot", "translate-train", "translate-train-all", "in-language"],
    )  # fmt: skip
    assert not results.errors
    assert trained_on(tmp_path) == [
        [("de", "original")],  # tags in-language
        [("de", "published-mt")],
        [("de", "published-mt"), ("en", "original")],
        [("en", "original")],  # topics
        [("en", "original")],  # tags
    ]
    scores = results.scores
    scored = {
        (task, protocol): set(part[(part["over"] == "") & (part["status"] != "unavailable")]["language"])
        for (task, protocol), part in scores[scores["main"].astype(bool)].groupby(["task", "protocol"])
    }
    assert scored == {
        ("topics", "zero-shot"): {"en", "de", "th"},
        ("topics", "translate-train"): {"en", "de"},
        ("topics", "translate-train-all"): {"en", "de"},
        ("topics", "in-language"): set(),
        ("tags", "zero-shot"): {"en", "de"},
        ("tags", "in-language"): {"en", "de"},
        ("tags", "translate-train"): set(),
        ("tags", "translate-train-all"): set(),
    }
    reasons = {
        (row.task, row.protocol, row.language): row.reason
        for row in scores[scores["status"] == "unavailable"].itertuples()
    }
    # No training rows in th: it is not scored under a protocol that did not see them.
    for protocol in ("translate-train", "translate-train-all"):
        assert "no split train of made-up/topics `th`" in reasons["topics", protocol, "th"]
        assert "use the protocol in-language" in reasons["tags", protocol, "de"]
    assert "use translate-train" in reasons["topics", "in-language", "de"]
    # A missing language is named, and no zero in the mean.
    every = main_rows(scores[scores["task"] == "topics"], protocol="translate-train-all")
    assert every.loc["all", "score"] == pytest.approx(every.loc[["de", "en"], "score"].mean())
    assert every.loc["all", "reason"] == "mean of 2 of 3 languages; missing: th"
    assert every.loc["all", "train_made_by"] == "original+published-mt"


def test_a_union_that_is_left_with_originals_is_not_that_protocol(world: World, tmp_path: Path) -> None:
    results = world.bench(tmp_path, protocols=["translate-train-all"], languages=["en", "th"])
    assert not results.plan.runs
    assert {gap.language for gap in results.gaps} == {"en", "th"}
    assert set(results.scores["status"]) == {"unavailable"}
    assert results.scores["score"].isna().all()


def test_languages_that_are_nowhere_are_counted_never_averaged(world: World, tmp_path: Path) -> None:
    results = world.bench(tmp_path, languages=["de", "yo"])
    assert [gap.language for gap in results.gaps] == ["yo"]
    rows = main_rows(results.scores)
    assert rows.loc["yo", "status"] == "unavailable" and np.isnan(rows.loc["yo", "score"])
    assert rows.loc["all", "score"] == pytest.approx(rows.loc["de", "score"])
    assert rows.loc["all", "reason"] == "mean of 1 of 2 languages; missing: yo"
    assert rows.loc["published", "reason"] == "mean of 1 of 3 languages; missing: sw yo"


def test_frozen_tasks_have_no_seeds_and_no_fits(world: World, tmp_path: Path) -> None:
    results = world.bench(tmp_path, tasks=["pairs"], languages=["de", "sw"], seeds=[1, 2, 3])
    assert results.complete and not fits(tmp_path)
    (run,) = runs(tmp_path)
    assert run["seed"] is None and run["fit"] is None and run["recipe"] is None
    row = main_rows(results.scores).loc["de"]
    assert (row["seeds"], row["direction"], row["examples"]) == (0, "en→de", TEST)
    assert "seeds" not in row["signature"]


def test_translate_train_of_pairs_maps_the_languages(world: World, tmp_path: Path) -> None:
    results = world.bench(
        tmp_path, tasks=["pairs"], languages=["de", "sw"], protocols=["zero-shot", "translate-train-all"]
    )
    assert results.complete
    (fit,) = fits(tmp_path)
    assert [part["language"] for part in fit["train"]] == ["de", "sw"] and fit["recipe"] is None
    mapped = {run["protocol"]: run["fit"] for run in runs(tmp_path)}
    assert mapped["zero-shot"] is None and mapped["translate-train-all"]
    # A map moves the vectors: similarities differ, while zero-shot has those of the bare encoder.
    plain, moved = (pq.read_table(path) for path in sorted(tmp_path.glob("runs/**/de.parquet"), reverse=True))
    assert not np.allclose(plain["gold_similarity"].to_numpy(), moved["gold_similarity"].to_numpy(), atol=1e-3)


def test_a_checkpoint_with_its_own_head_is_read_by_label_name(world: World, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    # The other way round than the task has them, and written otherwise.
    folder = build_checkpoint(
        tmp_path / "tuned", auto="AutoModelForSequenceClassification", id2label={0: "Sports", 1: "ARTS"},
        label2id={"Sports": 0, "ARTS": 1}, seed=2,
    )  # fmt: skip
    results = world.bench(tmp_path / "out", model=folder, protocols=["as-is"], languages=["de"])
    assert results.complete and not fits(tmp_path / "out")
    (table,) = tables(tmp_path / "out").values()
    texts, _ = made_up.sentences("de", "test", TEST)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        answers = [int(model(**tokenizer(text, return_tensors="pt")).logits.argmax()) for text in texts]
    assert table["prediction"].to_pylist() == [("sports", "arts")[answer] for answer in answers]
    assert len(set(answers)) == 2


def test_as_is_without_a_head_names_the_remedy(world: World, tmp_path: Path) -> None:
    results = world.bench(tmp_path, protocols=["as-is"])
    assert "has no trained head" in results.errors[0] and "--protocols zero-shot" in results.errors[0]


def test_a_fit_that_learned_nothing_is_marked(world: World, tmp_path: Path) -> None:
    results = world.bench(tmp_path, settings=["recipe.learning_rate=1e-9"])
    (fit,) = fits(tmp_path)
    assert fit["verdict"]["status"] == "degenerate" and fit["verdict"]["decisions"] == DEV
    rows = main_rows(results.scores)
    assert set(rows["status"]) == {"degenerate"}
    assert "no run converged" in rows.loc["de", "reason"]


def test_both_means_are_given_where_one_run_learned_nothing(world: World, begun: Path) -> None:
    world.bench(begun, seeds=[1, 2])
    path = next(path for path in begun.glob("fits/*/fit.json") if json.loads(path.read_text())["seed"] == 2)
    fit = json.loads(path.read_text())
    path.write_text(json.dumps({**fit, "verdict": {**fit["verdict"], "status": "degenerate"}}))
    assert made_up.cli("score", "--out", str(begun)).code == 0
    values = {
        run["seed"]: json.loads((begun / folder).read_text())["languages"]["de"]["scores"][0]["value"]
        for run, folder in zip(runs(begun), sorted(begun.glob("runs/**/scores.json")), strict=True)
    }
    row = main_rows(pd.read_csv(begun / "scores.csv", keep_default_na=False)).loc["de"]
    assert row["status"] == "degenerate"
    assert float(row["score"]) == pytest.approx(np.mean(list(values.values())), abs=1e-4)
    assert f"all runs: {np.mean(list(values.values())):.1f} (n=2)" in row["reason"]
    assert f"converged runs: {values[1]:.1f} (n=1)" in row["reason"]


def test_what_changes_a_number_is_in_its_signature(world: World, first: Path, tmp_path: Path) -> None:
    plain = main_rows(pd.read_csv(first / "scores.csv", keep_default_na=False)).loc["de", "signature"]
    limited = world.bench(tmp_path / "limited", limit=16)
    row = main_rows(limited.scores).loc["de"]
    assert row["examples"] == 16 and "limit:16" in row["signature"] and "limit" not in plain
    assert fits(tmp_path / "limited")[0]["train"][0]["rows"] == 16
    chosen = world.bench(tmp_path / "chosen", settings=["recipe.select=dev", "recipe.epochs=2"])
    signature = main_rows(chosen.scores).loc["de", "signature"]
    assert "select:dev" in signature and "epochs:2" in signature and "select:last" in plain
    assert fits(tmp_path / "chosen")[0]["steps"] == 2 * TRAIN // 8


def test_limited_runs_are_not_ranked(world: World, tmp_path: Path) -> None:
    ended = world.run(tmp_path, "--limit", "16")
    assert ended.code == 0
    (line,) = pd.read_csv(tmp_path / "leaderboard.csv").to_dict("records")
    assert np.isnan(line["rank"]) and line["ranked_on"].startswith("not ranked: limited")


def test_another_source_trains_on_its_rows(world: World, tmp_path: Path) -> None:
    results = world.bench(tmp_path, source="de")
    assert trained_on(tmp_path) == [[("de", "original")]]
    row = main_rows(results.scores).loc["en"]
    assert row["source_language"] == "de" and "source:de" in row["signature"]
    assert main_rows(results.scores).loc["target", "reason"] == "mean of 1 of 1 languages"
    pairs = world.bench(tmp_path, tasks=["pairs"], source="de", languages=["en", "sw"])
    assert set(main_rows(pairs.scores, task="pairs").loc[["en", "sw"], "direction"]) == {"de→en", "de→sw"}


def test_scoring_from_files_gives_the_same_table(begun: Path) -> None:
    table = (begun / "scores.csv").read_bytes()
    values = {path: json.loads(path.read_text()) for path in begun.glob("runs/**/scores.json")}
    (begun / "scores.csv").unlink()
    for path in values:
        path.unlink()
    assert made_up.cli("score", "--out", str(begun)).code == 0
    assert (begun / "scores.csv").read_bytes() == table
    assert {path: json.loads(path.read_text()) for path in values} == values


def test_bf16_is_another_run_and_says_what_it_changed(world: World, begun: Path) -> None:
    before = made(begun)
    results = world.bench(begun, dtype="bf16")
    after = made(begun)
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(before)
    changed = [
        predictions.facts(begun / name).get("bf16_changed") for name in after.keys() - before.keys() if "runs" in name
    ]
    assert sum(share is not None for share in changed) == 1
    assert all(0 <= share <= 1 for share in changed if share is not None)
    assert set(main_rows(results.scores).loc["de", "signature"].str.extract(r"dtype:(\w+)")[0]) == {"fp32", "bf16"}


def test_a_broken_language_stops_no_other(world: World, tmp_path: Path) -> None:
    world = World(world.root, tmp_path / "mirror", world.checkpoint)
    shutil.copytree(made_up.build(tmp_path / "other").mirror, world.mirror)
    path = world.mirror / "made-up/topics/de/test-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:100])
    results = world.bench(tmp_path / "out", languages=["en", "de", "sw"])
    assert len(results.errors) == 1 and "de" in results.errors[0]
    assert {"en", "sw"} <= set(main_rows(results.scores).index)


@pytest.mark.slow
def test_a_deterministic_run_leaves_torch_as_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from xbench.stages import predict

    seen: list[bool] = []
    write = predict.write_run

    def told(*given: Any) -> None:
        seen.append(torch.are_deterministic_algorithms_enabled())
        write(*given)

    monkeypatch.setattr(predict, "write_run", told)
    assert world.bench(tmp_path, languages=["de"], limit=8, deterministic=True).complete
    assert seen == [True]
    assert not torch.are_deterministic_algorithms_enabled()


def test_two_processes_divide_the_work(world: World, tmp_path: Path) -> None:
    out, alone = tmp_path / "out", tmp_path / "alone"
    more = ("--seeds", "2", "--protocols", "zero-shot,translate-train")
    tasks = ("topics", "pairs")
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    processes = [made_up.child(log, *world.arguments(out, *more, tasks=tasks)) for log in logs]
    for process in processes:
        process.join(240)
    assert [process.exitcode for process in processes] == [0, 0], [log.read_text() for log in logs]
    lines = [line for log in logs for line in log.read_text().splitlines() if line.startswith(("fit ", "predict "))]
    assert max(Counter(lines).values()) == 1
    assert sum(line.startswith("fit ") for line in lines) == len(fits(out)) == 2 * 2 + 1
    world.bench(alone, tasks=tasks, protocols=["zero-shot", "translate-train"], seeds=[1, 2], languages=["en", "de"])
    same_predictions(out, alone)
    assert (out / "scores.csv").read_bytes() == (alone / "scores.csv").read_bytes()


@pytest.mark.slow
def test_two_devices_are_two_processes(world: World, tmp_path: Path) -> None:
    ended = world.run(tmp_path / "two", "--devices", "cpu,cpu", "--seeds", "1,2")
    assert ended.code == 0, ended.err
    world.bench(tmp_path / "one", seeds=[1, 2])
    same_predictions(tmp_path / "two", tmp_path / "one")
    assert (tmp_path / "two/scores.csv").read_bytes() == (tmp_path / "one/scores.csv").read_bytes()


def test_a_run_of_several_checkpoints_compares_them_with_the_first(world: World, begun: Path, tmp_path: Path) -> None:
    twin = build_checkpoint(tmp_path / "twin", seed=1)
    assert world.bench(begun, model=[twin, world.checkpoint], reports=True).complete
    table = pd.read_csv(begun / "comparisons" / "twin+tiny" / "comparison.csv")
    assert set(table["language"]) == {"de", "en"} and set(table["first"]) == {"twin"}
    page = (begun / "report.html").read_text(encoding="utf-8")
    assert "Compared with <bdi>twin</bdi>" in page and page.index('id="comparison"') < page.index('id="overview"')
