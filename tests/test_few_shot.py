"""Few-shot: the zero-shot fit continued on drawn rows of the target language, and its learning curve."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_up
import numpy as np
import pytest
from made_up import DEV, TRAIN, World, made, same_predictions
from safetensors.numpy import load_file
from score_frames import frame, row

from xbench.data import Library
from xbench.errors import Inapplicable
from xbench.model.workspace import Machine
from xbench.planning.protocols import numbered
from xbench.plugins import registry
from xbench.protocols.few_shot import FewShot
from xbench.reporting.columns import columns
from xbench.reporting.learning import learning
from xbench.stages.fit import make_fit
from xbench.stages.inputs import Inputs

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made_up.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def out(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Zero-shot, and eight and sixteen rows, with two seeds; all weights are kept."""
    folder = tmp_path_factory.mktemp("few")
    results = world.bench(
        folder, protocols=["zero-shot", "few-shot(8)", "few-shot(16)"], seeds=[1, 2], keep_weights="always"
    )
    assert results.complete
    return folder


def runs(out: Path, protocol: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(out.glob(f"runs/*/*/{protocol}/*/run.json"))]


def fit(out: Path, run: dict[str, Any]) -> dict[str, Any]:
    return json.loads((out / run["fit"] / "fit.json").read_text())


def test_it_continues_the_zero_shot_fit_of_its_seed(out: Path) -> None:
    zero = {run["seed"]: run["fit"] for run in runs(out, "zero-shot")}
    few = [run for run in runs(out, "few-shot-8-") if run["fit"] not in zero.values()]
    assert sorted(run["seed"] for run in few) == [1, 2]
    for run in few:
        assert fit(out, run)["start"] == zero[run["seed"]]
        assert [(part["language"], part.get("drawn")) for part in run["train"]] == [("en", None), ("de", 8)]


def test_its_weights_begin_where_those_of_zero_shot_ended(world: World, out: Path, tmp_path: Path) -> None:
    """With steps of no length they stay there, the head included."""
    shutil.copytree(out, tmp_path / "results")
    plan = world.bench(out, protocols=["few-shot(8)"], languages=["de"]).plan
    (fit,) = [run.fit for run in plan.runs]
    assert fit.start is not None
    assert fit.recipe is not None
    still = replace(fit, recipe=replace(fit.recipe, learning_rate=1e-30))
    inputs = Inputs(Library(world.mirror, tuple(registry().sources.values())))
    fitted = make_fit(still, tmp_path / "results", inputs, Machine("cpu", "fp32"), 300.0, lambda rows: None)
    assert fitted.weights is not None
    start = load_file(out / fit.start.folder / "weights" / "model.safetensors")
    end = load_file(fitted.weights / "model.safetensors")
    assert start.keys() == end.keys()
    for name, value in start.items():
        np.testing.assert_allclose(value, end[name], atol=1e-20)


def test_the_source_language_is_the_zero_shot_fit_itself(out: Path) -> None:
    zero = {run["seed"]: run["fit"] for run in runs(out, "zero-shot")}
    own = [run for run in runs(out, "few-shot-8-") if [part["language"] for part in run["train"]] == ["en"]]
    assert {run["seed"]: run["fit"] for run in own} == zero


def test_no_machine_translation_is_taken_for_a_labelled_row(world: World, out: Path) -> None:
    """Training rows of German are published translations: the rows are those of its dev split, made by people."""
    (run,) = [run for run in runs(out, "few-shot-8-") if run["seed"] == 1 and len(run["train"]) == 2]
    assert run["train"][1]["split"] == "dev"
    assert run["train_made_by"] == "human+original"


def test_draws_are_of_their_seed_and_nested(world: World) -> None:
    found = registry()
    found.add_file(world.file("topics"))
    task = found.tasks["topics"]
    library = Library(world.mirror, tuple(found.sources.values()))

    def drawn(limit: int, seed: int) -> list[str]:
        piece = replace(task.slice("de", "dev"), limit=limit, draw=seed)
        return [row["id"] for row in library.rows(piece, found.kinds[task.kind], task).rows]

    assert drawn(8, 1) == drawn(16, 1)[:8]
    assert drawn(8, 1) != drawn(8, 2)
    assert len(set(drawn(DEV, 1))) == DEV
    registry.cache_clear()


def test_more_rows_than_there_are_is_a_gap_with_the_reason(world: World, tmp_path: Path) -> None:
    results = world.bench(tmp_path, protocols=[f"few-shot({DEV + 1})"], languages=["en", "de"])
    (gap,) = results.gaps
    assert (gap.language, gap.protocol) == ("de", f"few-shot({DEV + 1})")
    assert f"has {DEV} rows, fewer than the {DEV + 1} to draw" in gap.reason
    assert TRAIN > DEV


def test_nothing_is_made_twice_and_weights_go(world: World, out: Path, tmp_path: Path) -> None:
    asked = {"protocols": ["zero-shot", "few-shot(8)"], "languages": ["de"]}
    assert world.bench(tmp_path, **asked).complete
    assert not list(tmp_path.glob("fits/*/weights"))
    before = made(tmp_path)
    assert world.bench(tmp_path, **asked).complete
    assert made(tmp_path) == before
    # A number of rows that is asked for later makes the zero-shot fit again, whose weights are gone, and no prediction.
    assert world.bench(tmp_path, **{**asked, "protocols": ["few-shot(16)"]}).complete
    kept = {name: value for name, value in made(tmp_path).items() if name in before and name.endswith(".parquet")}
    assert kept == {name: value for name, value in before.items() if name.endswith(".parquet")}


def test_several_processes_come_to_the_same(world: World, out: Path, tmp_path: Path) -> None:
    ended = world.run(
        tmp_path, "--protocols", "zero-shot,few-shot(8),few-shot(16)", "--seeds", "2", "--devices", "cpu,cpu",
        "--keep-weights", "always",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    same_predictions(out, tmp_path)


def test_a_frozen_probe_fits_its_maps_on_the_drawn_pairs(world: World, tmp_path: Path) -> None:
    results = world.bench(
        tmp_path, tasks=["pairs"], protocols=["zero-shot", "few-shot(8)", "few-shot(24)"], languages=["de", "sw"],
        seeds=[1, 2], reports=True,
    )  # fmt: skip
    assert results.complete
    few = runs(tmp_path, "few-shot-8-")
    assert sorted((run["seed"], run["train"][0]["language"], run["train"][0]["drawn"]) for run in few) == [
        (seed, language, 8) for seed in (1, 2) for language in ("de", "sw")
    ]
    scores = results.scores.query("main and protocol == 'few-shot(8)' and language == 'de'")
    assert scores["seeds"].tolist() == [2]
    assert (tmp_path / "plots" / "pairs" / "few-shot.png").is_file()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("few-shot", "protocol few-shot needs a number: write few-shot(k), such as few-shot(10)"),
        ("few-shot(ten)", "'ten' is no whole number"),
        ("few-shot(0)", "give at least one row"),
        ("few-shots(10)", "did you mean few-shot(10)"),
        ("zero-shot(3)", "unknown protocol 'zero-shot(3)'"),
    ],
)
def test_bad_names_are_refused(world: World, tmp_path: Path, name: str, said: str) -> None:
    made_up.refused(world.run(tmp_path, "--protocols", name), said)


def test_a_name_says_its_number_and_the_protocol_says_the_name() -> None:
    for k in (1, 10, 1000):
        assert numbered(FewShot(k).name) == ("few-shot", k)
    assert numbered("zero-shot") == ("zero-shot", None) and numbered("odd(x)") == ("odd(x)", None)


def test_labels_are_peoples_and_pairs_are_pairs_whoever_made_them() -> None:
    tasks = registry().tasks
    (leg,) = FewShot(10).legs(tasks["dictionaries"], ["de"])
    assert leg.train == ()
    assert [(piece.split, piece.made_by, piece.limit) for piece in leg.shots] == [("train", "published-mt", 10)]
    (leg,) = FewShot(10).legs(tasks["xnli"], ["de"])
    assert [(piece.split, piece.made_by) for piece in leg.shots] == [("dev", "human")], "not machine translations"
    with pytest.raises(Inapplicable, match="no pairs to train on"):
        list(FewShot(10).legs(tasks["alignment"], ["fr"]))


def test_a_learning_curve_begins_at_zero_shot_whatever_else_was_asked_of_it() -> None:
    def own(protocol: str, score: float, source: str = "en", train: str = "") -> dict[str, Any]:
        signature = f"task:ntrex|protocol:{protocol}|source:{source}|{train}dtype:fp32|metric:accuracy"
        return row("de" if source == "en" else "fr", protocol=protocol, score=score, source_language=source,
                   signature=signature)  # fmt: skip

    rows = [
        own("zero-shot", 50.0, train="train:1234abcd|recipe:99|select:dev|"), own("zero-shot", 20.0, source="sw"),
        own("few-shot(10)", 60.0), own("few-shot(100)", 70.0),
    ]  # fmt: skip
    (curve,) = learning(columns(frame(rows)))
    assert (curve.rows, curve.languages, curve.scores) == ((0, 10, 100), ("de",), ((50.0,), (60.0,), (70.0,)))
    other = rows[2] | {"signature": rows[2]["signature"].replace("dtype:fp32", "dtype:bf16")}
    apart = [rows[0], other]
    assert learning(columns(frame(apart))) == []
