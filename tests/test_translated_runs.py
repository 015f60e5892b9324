"""Runs whose training rows xbench translates itself: beside those that others translated, and never among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import facts_world
import made_up
import pandas as pd
import pytest
from made_up import World, cli, made, write_task
from tiny_checkpoints import build as build_encoder

from xbench.reporting.columns import columns
from xbench.reporting.leaderboard import leaderboard
from xbench.stages.fit import _losses
from xbench.store.files import read_json

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

BOTH = ["zero-shot", "translate-train", "translate-train-all"]
LITTLE: dict[str, Any] = {
    "tasks": ["facts"], "languages": ["en", "de", "fr"], "protocols": BOTH, "limit": 48,
    "settings": ["recipe.epochs=1"],
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return facts_world.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def out(world: World, marian: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs on published translations, then the same with a translator."""
    out = tmp_path_factory.mktemp("out")
    published = world.bench(out, **LITTLE)
    assert not published.errors
    own = world.bench(out, translator=str(marian), beams=1, **LITTLE)
    assert not own.errors
    return out


def scores(out: Path) -> pd.DataFrame:
    table = pd.read_csv(out / "scores.csv", keep_default_na=False)
    return table[table["main"]]


def test_own_and_published_translations_never_share_a_column(out: Path) -> None:
    table = scores(out)
    for protocol in ("translate-train", "translate-train-all"):
        rows = table[(table["protocol"] == protocol) & (table["language"] == "de")]
        makers = dict(zip(rows["train_made_by"], rows["signature"], strict=True))
        own, published = next(m for m in makers if "xbench" in m), next(m for m in makers if "published" in m)
        assert "xbench-mt" in own.split("+") and "xbench-mt" not in published.split("+")
        assert "|translator:en-de@" in makers[own] and "/beams:1|" in makers[own]
        assert "translator:" not in makers[published]
        found = [c for c in columns(pd.read_csv(out / "scores.csv")) if c.protocol == protocol]
        assert len(found) == 2
        assert len({c.label for c in found}) == 2 and sum("translator:en-de@" in c.label for c in found) == 1


def test_zero_shot_is_one_whoever_translates(out: Path) -> None:
    table = scores(out)
    rows = table[(table["protocol"] == "zero-shot") & (table["language"] == "de")]
    assert rows["train_made_by"].tolist() == ["original"]
    runs = list(out.glob("runs/*/facts/zero-shot/seed-*"))
    assert len(runs) == 1


def test_the_source_languages_own_fit_stands_in_both_columns(out: Path) -> None:
    table = scores(out)
    rows = table[table["protocol"] == "translate-train"]
    english = rows[rows["language"] == "en"]
    assert len(english) == 2 and english["score"].nunique() == 1
    assert english["train_made_by"].tolist() == ["original", "original"]
    assert len(list(out.glob("runs/*/facts/translate-train/seed-*"))) == 3, "en once, de twice"
    averages = rows[rows["over"] == "all"]
    assert {reason.split(";")[0] for reason in averages["reason"]} == {"mean of 2 of 3 languages"}
    assert sorted(averages["train_made_by"]) == ["original+published-mt", "original+xbench-mt"]


def test_what_was_lost_is_in_the_results(out: Path) -> None:
    fits = [read_json(path) for path in out.glob("fits/*/fit.json")]
    (part,) = [
        part for fit in fits if len(fit["train"]) == 2 for part in fit["train"] if part["made_by"] == "xbench-mt"
    ]
    assert part["language"] == "de"
    assert part["translator"]["name"] == "en-de" and part["translator"]["revision"].startswith("sha256:")
    assert part["rows"] == part["made"]["rows"] <= part["made"]["source_rows"] == 48
    assert sum(part["made"]["left_out"].values()) <= part["made"]["segments"] <= 48
    # Neither is in the record of what others translated.
    assert all(
        "translator" not in p and "made" not in p for fit in fits for p in fit["train"] if p["made_by"] != "xbench-mt"
    )


def test_a_language_that_nobody_translates_into_is_a_gap_with_the_reason(out: Path) -> None:
    (path,) = out.glob("runs/*/facts/translate-train/unavailable.json")
    reason = read_json(path)["languages"]["fr"]
    assert reason == "the translator en-de cannot be used: it translates into de only, not into `fr`"


def test_the_origin_of_every_number_is_found(out: Path) -> None:
    table = pd.read_csv(out / "scores.csv", keep_default_na=False)
    own = table["signature"].str.contains("translator:") & table["main"] & (table["protocol"] == "translate-train")
    for language, says in (("de", "rows of en by en-de at sha256:"), ("en", "made by original")):
        (row,) = table.index[own & (table["language"] == language)]
        ended = cli("why", str(row + 1), "--out", str(out))
        assert ended.code == 0, ended.err
        assert says in ended.out
        assert ended.out.count("run        ") == 1


def test_what_is_there_is_not_made_again(world: World, marian: Path, out: Path) -> None:
    before = made(out)
    again = world.bench(out, translator=str(marian), beams=1, **LITTLE)
    assert not again.errors
    assert made(out) == before
    shown = cli(
        *world.arguments(out, "--translator", str(marian), "--beams", "1", "--languages", "en,de", "--limit", "48",
                         "--set", "recipe.epochs=1", "--protocols", ",".join(BOTH), "--dry-run", tasks=("facts",)),
    )  # fmt: skip
    assert "none, everything is there" in shown.out and "to translate" not in shown.out


def test_a_task_without_translations_has_them_made(world: World, marian: Path, tmp_path: Path) -> None:
    write_task(world, "untranslated", repo="made-up/facts", configs={"en": "en", "de": "de"}, panels={}, made_by={})
    asked = {"tasks": ["untranslated"], "protocols": ["translate-train-all"], "limit": 32}
    alone = world.bench(tmp_path / "out", **asked)
    assert "have them made (--translator)" in alone.gaps[0].reason
    helped = world.bench(tmp_path / "out", translator=str(marian.parent / "{source}-{language}"), beams=1, **asked)
    assert helped.complete
    (row,) = helped.scores.query("main and language == 'de' and status == 'ok'").to_dict("records")
    assert row["train_made_by"] == "original+xbench-mt"
    assert "|translator:{source}-{language}/beams:1|" in row["signature"], "a pattern has no one revision"


def test_tags_of_single_words_are_not_carried(world: World, marian: Path, tmp_path: Path) -> None:
    other = made_up.build(tmp_path / "world")
    asked = {"tasks": ["tags"], "protocols": ["translate-train-all"], "translator": str(marian)}
    found = other.bench(tmp_path / "out", **asked)
    assert not found.errors
    assert {gap.language for gap in found.gaps} == {"en", "de"}
    assert any("tags can be carried where they mark spans" in gap.reason for gap in found.gaps)


def test_a_checkpoint_that_aligns_its_own_training_rows_is_marked_and_not_ranked(marian: Path, tmp_path: Path) -> None:
    one, other = (build_encoder(tmp_path / f"encoder-{seed}", seed=seed) for seed in (1, 2))
    ended = cli(
        "run", "--model", str(one), "--model", str(other), "--tasks", "cldr-ner", "--languages", "en,de",
        "--protocols", "translate-train-all", "--translator", str(marian), "--beams", "1", "--carry", "alignment",
        "--aligner", "tested:1", "--limit", "8", "--seeds", "1,", "--set", "recipe.epochs=1", "--device", "cpu",
        "--out", str(tmp_path / "out"), "--quiet",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    table = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert all("/alignment/tested:1|" in signature for signature in table["signature"])
    # Of whole slices, a run with another aligner is ranked and this one is not.
    whole = table.assign(signature=table["signature"].str.replace("limit:8|", ""))
    assert set(leaderboard(whole)["ranked_on"]) == {
        "not ranked: its training rows were aligned by the checkpoint itself"
    }
    fixed = whole.assign(signature=whole["signature"].str.replace("/tested:1|", "/mbert:1|"))
    assert leaderboard(fixed)["rank"].isna().all(), "they did not learn from the same rows"
    same = fixed.assign(signature=fixed["signature"].str.replace(r"\|train:\w+", "|train:same", regex=True))
    assert leaderboard(same)["rank"].notna().all()
    digests = {
        json.dumps(part["digest"])
        for path in (tmp_path / "out").glob("fits/*/fit.json")
        for part in read_json(path)["train"]
        if part["made_by"] == "xbench-mt"
    }
    assert len(digests) == 2


def test_much_that_is_lost_is_said_of_the_fit_and_a_little_is_not() -> None:
    part = {"language": "de", "rows": 40, "made": {"source_rows": 48}}
    assert _losses([part])["de"].startswith("17% of the training rows were left out of translation; ")
    assert _losses([part | {"rows": 44}, {"language": "en", "rows": 48}]) == {}
