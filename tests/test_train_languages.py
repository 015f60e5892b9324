"""Where training starts: the languages that a task names, under every protocol, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import made_up
import pandas as pd
import pytest
from made_up import World, cli, refused

from xbench.api import Task
from xbench.jobs import task_facts, task_from
from xbench.plugins import registry
from xbench.store import predictions

pytestmark = pytest.mark.e2e

PAIRS: dict[str, Any] = {
    "kind": "generation", "join": "item", "labels": (), "panels": {}, "recipe": "Recipe(learning_rate=5e-3, epochs=1)",
    "columns": {"source": "sentence", "target": "sentence", "id": "item"},
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = made_up.build(tmp_path_factory.mktemp("world"))
    made_up.write_task(world, "writing", train_languages=("de",), **PAIRS)
    made_up.write_task(world, "writing-two", train_languages=("de", "sw"), **PAIRS)
    made_up.write_task(world, "writing-lacking", train_languages=("de", "th"), **PAIRS)
    made_up.write_task(world, "topics-two", train_languages=("de", "sw"))
    return world


def scores(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "scores.csv", keep_default_na=False)


def fits(out: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(out.glob("fits/*/fit.json"))]


def languages(fit: dict[str, Any]) -> list[str]:
    return [part["language"] for part in fit["train"]]


def test_pairs_are_trained_on_where_the_task_says(world: World, tmp_path: Path) -> None:
    assert world.bench(tmp_path, tasks=("writing",), languages=["de", "sw", "th"]).complete
    (fit,) = fits(tmp_path)
    assert languages(fit) == ["de"]
    assert fit["train"][0]["made_by"] == "published-mt"
    assert fit["verdict"]["languages"] == ["de"]
    assert not list(tmp_path.glob("fits/*/weights")), "removed as soon as all is predicted"
    found = scores(tmp_path)
    assert set(found["source_language"]) == {"de"}
    target = found[(found["over"] == "target") & found["main"]]
    assert target["reason"].str.startswith("mean of 2 of 2 languages").all(), "sw and th"
    assert set(found[found["language"] == "sw"]["direction"]) == {"sw→en"}
    assert set(found[found["over"] == "all"]["direction"]) == {"xx→en"}


def test_a_union_has_what_training_starts_from(world: World, tmp_path: Path) -> None:
    asked = {"protocols": ["translate-train-all", "translate-train"], "languages": ["sw", "th"]}
    assert not world.bench(tmp_path, tasks=("writing",), **asked).complete
    assert sorted(map(languages, fits(tmp_path))) == [["de", "sw"], ["sw"]]
    found = scores(tmp_path)
    lost = found[found["status"] == "unavailable"]
    assert set(lost["language"]) == {"th"} and set(lost["source_language"]) == {"de"}


def test_several_languages_are_one_start(world: World, tmp_path: Path) -> None:
    assert world.bench(tmp_path, tasks=("topics-two",), languages=["de", "en", "sw", "th"]).complete
    (fit,) = fits(tmp_path)
    assert languages(fit) == ["de", "sw"] and fit["verdict"]["languages"] == ["de", "sw"]
    found = scores(tmp_path)
    assert set(found["source_language"]) == {"de+sw"}
    target = found[(found["over"] == "target") & found["main"]].iloc[0]
    assert target["reason"].startswith("mean of 2 of 2 languages"), "en and th"
    ended = cli("report", "--out", str(tmp_path))
    assert ended.code == 0
    own = found[found["language"].isin(["de", "sw"]) & found["main"]]["score"].astype(float)
    assert f"| de+sw {own.mean():.1f} |" in (tmp_path / "tables" / "overview.md").read_text()


def test_an_epoch_is_chosen_on_dev_and_bf16_says_what_it_changes(world: World, tmp_path: Path) -> None:
    chosen = {"settings": ["recipe.select=dev", "recipe.epochs=2"], "languages": ["sw"], "dtype": "bf16"}
    assert world.bench(tmp_path, tasks=("writing",), **chosen).complete
    assert len(fits(tmp_path)[0]["losses"]) == 4, "64 rows in steps of 32, twice"
    (file,) = tmp_path.glob("runs/**/sw.parquet")
    assert 0 <= predictions.facts(file)["bf16_changed"] <= 1


def test_without_all_that_it_starts_from_it_is_another_protocol(world: World, tmp_path: Path) -> None:
    found = world.bench(tmp_path, tasks=("writing-lacking",), languages=["de", "sw"])
    assert not found.complete and not fits(tmp_path)
    reasons = set(scores(tmp_path)["reason"])
    assert len(reasons) == 1 and "no split train" in reasons.pop()


def test_a_checkpoint_as_it_is_has_no_decoder(world: World, tmp_path: Path) -> None:
    ended = world.run(tmp_path, "--protocols", "as-is", "--languages", "de", tasks=("writing",))
    refused(ended, "is an encoder and has no decoder of its own: use --protocols zero-shot")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("dee", "writing cannot be trained on dee"),
        ("en", "train_languages: writing cannot be trained on en"),
        ("", "train_languages such as"),
    ],
)
def test_other_languages_to_start_from_are_checked(world: World, tmp_path: Path, setting: str, message: str) -> None:
    refused(world.run(tmp_path, "--set", f"train_languages={setting}", tasks=("writing",)), message)


def test_a_user_starts_elsewhere(world: World, tmp_path: Path) -> None:
    given = ("--set", "train_languages=sw,sw,de", "--languages", "de,sw", "--quiet")
    assert world.run(tmp_path, *given, tasks=("writing",)).code == 0
    assert [languages(fit) for fit in fits(tmp_path)] == [["de", "sw"]]
    # In whatever order they are named: the other task starts from the same.
    assert world.run(tmp_path, *given[2:], tasks=("writing-two",)).code == 0
    assert len(fits(tmp_path)) == 1


def test_results_of_before_have_no_such_languages() -> None:
    task: Task = registry().tasks["xnli"]
    facts = json.loads(json.dumps(task_facts(task)))
    del facts["train_languages"]
    assert task_from(facts).source_language == "en"
    generation = registry().tasks["ntrex-generation"]
    again = task_from(json.loads(json.dumps(task_facts(generation))))
    assert again.train_languages == generation.train_languages
    assert again.source_language == "ar+de+ru+zh"


def test_where_training_starts_without_a_word() -> None:
    tasks = registry().tasks
    assert tasks["xnli"].starts == ("en",) and tasks["xnli"].source_language == "en"
    # Nothing is trained on parallel rows whose vectors are only compared.
    assert tasks["tatoeba"].starts == () and tasks["tatoeba"].source_language == "en"


def test_the_catalogue_says_where_training_starts() -> None:
    assert "trained on ar, de, ru, zh" in cli("tasks", "cldr-generation").out
    assert "trained on nothing" in cli("tasks", "tatoeba").out
