"""Maps between languages: on pairs of another data set, on too few pairs, and under another pooling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import made_up
import pandas as pd
import pytest
from data_helpers import write_repo
from made_up import World, refused
from tiny_checkpoints import letters

from xbench.reporting.columns import columns
from xbench.reporting.findings import findings

pytestmark = pytest.mark.e2e

PAIRS, NEWS = 30, 40
TASK = '''"""Test pairs with English here, training pairs as columns of another data set's table."""

from xbench.api import Data, Task

task = Task(
    name="foreign",
    version=1,
    kind="translation",
    data=Data("made-up/foreign", "main", {"de": "de-en", "sw": "sw-en", "th": "th-en"},
              {"source": "sentence2", "target": "sentence1"}, "CC0", "made up"),
    train=Data("made-up/news", "main", {"en": "eng", "de": "deu", "th": "tha"},
               {"source": "{source}", "target": "{language}"}, "CC0", "made up",
               splits={"train": "test[5:40]"}, shared="default"),
    splits=("train", "test"),
    made_by={"train": "human", "test": "human"},
)
'''


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = made_up.build(tmp_path_factory.mktemp("world"))
    english, german = letters(PAIRS, 1), letters(PAIRS, 2)
    pairs = {"test": {"sentence1": german, "sentence2": english}}
    write_repo(world.mirror / "made-up" / "foreign", {f"{code}-en": pairs for code in ("de", "sw", "th")})
    # Thai is declared, and has no column.
    table = {"eng": letters(NEWS, 3), "deu": letters(NEWS, 4)}
    write_repo(world.mirror / "made-up" / "news", {"default": {"test": table}})
    world.file("foreign").write_text(TASK, encoding="utf-8")
    return world


def bench(world: World, out: Path, **more: Any) -> pd.DataFrame:
    asked = {"tasks": ["foreign"], "protocols": ["zero-shot", "translate-train-all"], "languages": ["de", "sw", "th"]}
    scores: pd.DataFrame = world.bench(out, **asked | more).scores
    return scores


def known_by(scores: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """The rows that the task is known by, by language or panel."""
    picked = scores[(scores["main"].astype(bool) | (scores["status"] == "unavailable"))]
    picked = picked[picked["protocol"] == protocol]
    return picked.set_index(picked["language"] + picked["over"])


def the_fit(out: Path) -> dict[str, Any]:
    (path,) = out.glob("fits/*/fit.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_pairs_of_another_data_set_fit_the_maps_of_the_languages_it_has(world: World, tmp_path: Path) -> None:
    scores = bench(world, tmp_path)
    assert known_by(scores, "zero-shot").loc[["de", "sw", "th"], "status"].tolist() == ["ok"] * 3
    fitted = known_by(scores, "translate-train-all")
    assert fitted.loc[["de", "sw", "th"], "status"].tolist() == ["ok", "unavailable", "unavailable"]
    assert "made-up/news is not declared for `sw`" in fitted.loc["sw", "reason"]
    assert "no column `tha` of made-up/news" in fitted.loc["th", "reason"]
    fit = the_fit(tmp_path)
    assert fit["pairs"] == {"de": 35} and fit["dimensions"] == 16 and "notes" not in fit
    assert [(part["repo"], part["language"], part["rows"]) for part in fit["train"]] == [("made-up/news", "de", 35)]
    # The pool that is searched is the test pairs' own.
    assert fitted.loc["de", "examples"] == PAIRS and fitted.loc["de", "train_made_by"] == "human"
    assert fitted.loc["de", "reason"] == ""


def test_fewer_pairs_than_dimensions_are_said(world: World, tmp_path: Path) -> None:
    scores = bench(world, tmp_path, languages=["de"], limit=10)
    fit = the_fit(tmp_path)
    assert fit["pairs"] == {"de": 10} and fit["dimensions"] == 16
    reason = known_by(scores, "translate-train-all").loc["de", "reason"]
    assert reason == fit["notes"]["de"] and "16 dimensions and was fitted on 10 pairs" in reason
    assert known_by(scores, "zero-shot").loc["de", "reason"] == ""
    (finding,) = [one for one in findings(columns(scores)) if one.name == "remark on a fit"]
    assert "foreign" in finding.text and "16 dimensions" in finding.text and "more pairs" in finding.remedy


def test_another_pooling_is_another_run_and_another_column(world: World, tmp_path: Path) -> None:
    for pooling in ("mean", "mean-words", "cls"):
        bench(world, tmp_path, languages=["de"], protocols=["zero-shot"], settings=[f"settings.pooling={pooling}"])
    scores = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False)
    main = scores[(scores["main"].astype(str) == "True") & (scores["language"] == "de")]
    stated = main["signature"].str.extract(r"\|(pooling:[\w-]+)\|")[0].fillna("").tolist()
    assert sorted(stated) == ["", "pooling:cls", "pooling:mean-words"]
    # What is not the usual pooling is another series, and so another column of every table.
    assert main["signature"].str.extract(r"\|settings:(\w+)")[0].nunique() == 3
    with pytest.raises(Exception, match="did you mean mean-words"):
        bench(world, tmp_path, settings=["settings.pooling=mean-wrods"])


def test_every_similarity_has_a_column_of_its_own(world: World, tmp_path: Path) -> None:
    scores = bench(world, tmp_path, languages=["de"], protocols=["zero-shot"])
    frame = scores[(scores["language"] == "de") & (scores["layer"] == 1)]
    modes = {row.metric: row.signature.split("|metric:")[1].split("|layer:")[0] for row in frame.itertuples()}
    assert modes["accuracy"] == "accuracy|similarity:cosine"
    assert modes["accuracy-csls"] == "accuracy-csls|similarity:csls|k:10"
    assert modes["mrr-margin"] == "mrr-margin|similarity:margin|k:4"
    assert sum(scores[scores["language"] == "de"]["main"].astype(bool)) == 1


def test_a_pivot_that_the_data_lack_is_refused(world: World, tmp_path: Path) -> None:
    refused(world.run(tmp_path, "--source", "fr", tasks=("pairs",)), "--source: pairs has no fr", "Valid: de, en")
    refused(world.run(tmp_path, "--source", "de", tasks=("foreign",)), "the pairs of foreign all have en on one side")
