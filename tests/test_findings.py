"""Every finding from a results folder on: `xbench report` prints it with its remedy, and the page shows the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_up_results as made
import numpy as np
import pytest
from made_up import cli
from made_up_results import LABELS, TASK, labels
from test_page import Reader

MBERT = "bert-base-multilingual-cased"
XNLI = "ar bg de el en es fr hi ru sw th tr ur vi zh".split()
PUBLISHED = 65.4
"""Of mBERT on XNLI zero-shot: the mean of XTREME over all 15 languages, of one run."""


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """No finding is in any."""
    monkeypatch.setattr("xbench.engine.report.write_plots", lambda *_: [])


def ran(out: Path, shares: Mapping[str, float], name: str = "mini", rows: int = 1000, **given: Any) -> None:
    """A run that is right in this share of the rows of each language, of which half are each label."""
    made.run(out, name, {tag: labels(np.arange(rows) < round(share * rows)) for tag, share in shares.items()}, **given)


def reported(out: Path) -> dict[str, tuple[str, str]]:
    """Name of each finding -> its text and remedy, as the command prints them; the page says the same."""
    ended = cli("report", "--out", str(out))
    assert ended.code == 0, ended.err
    _, *blocks = re.split(r"^ *! ", ended.out.rpartition("\n\n")[0], flags=re.MULTILINE)
    found = {}
    for block in blocks:
        name, _, rest = block.partition("\n")
        text, _, remedy = " ".join(rest.split()).partition(" remedy: ")
        found[name] = (text, remedy)
    reader = Reader()
    reader.feed((out / "report.html").read_text(encoding="utf-8"))
    said = " ".join(" ".join(reader.text).split())
    for name, told in found.items():
        assert all(part and part in said for part in (name, *told)), (name, told)
    assert len(found) == len(blocks)
    assert any(own.get("id") == "findings" for _, own in reader.tags) == bool(found)
    return found


def seeds(out: Path, shares: Mapping[str, float], **given: Any) -> None:
    """Three runs, so that nothing is told of one seed alone."""
    for seed in (1, 2, 3):
        ran(out, shares, seed=seed, **given)


def test_nothing_is_found_where_all_is_well(tmp_path: Path) -> None:
    seeds(tmp_path, {"en": 0.9, "de": 0.8, "ru": 0.7})
    assert reported(tmp_path) == {}


def test_other_scripts_at_chance(tmp_path: Path) -> None:
    text = {"characters": 1000, "words": 200, "sub_tokens": 400, "unknown": 90, "unknown_characters": 300}
    seeds(tmp_path, {"en": 0.9, **dict.fromkeys(["ru", "ar", "hi", "th", "zh"], 0.5)}, facts={"text": text})
    ((name, (text_of, remedy)),) = reported(tmp_path).items()
    assert name == "other scripts at chance" and "wrong or uncased tokenizer" in remedy
    assert "en is above chance, but 5 of 5 languages in non-Latin scripts are not (ar, hi, ru, th, zh)" in text_of
    assert "on average 30% of their characters are unknown to the tokenizer" in text_of


def test_mostly_unknown_words(tmp_path: Path) -> None:
    text = {"characters": 1000, "words": 200, "sub_tokens": 220, "unknown": 150, "unknown_characters": 800}
    seeds(tmp_path, {"am": 0.6}, facts={"text": text})
    ((name, (told, remedy)),) = reported(tmp_path).items()
    assert name == "mostly unknown words" and "am (80%)" in told and "vocabulary has the script" in remedy


def test_test_rows_that_were_learned_from(tmp_path: Path) -> None:
    seeds(tmp_path, {"en": 0.9, "de": 0.8}, facts={"repeated": 40})
    ((name, (told, remedy)),) = reported(tmp_path).items()
    assert name == "test rows learned from" and "de (4%), en (4%)" in told and "raise the version" in remedy


def test_too_few_examples(tmp_path: Path) -> None:
    seeds(tmp_path, {"en": 0.9, "de": 0.8}, rows=60)
    ((name, (told, remedy)),) = reported(tmp_path).items()
    assert name == "too few examples" and "de (60), en (60)" in told and "report averages" in remedy


def test_one_seed(tmp_path: Path) -> None:
    ran(tmp_path, {"en": 0.9, "de": 0.8})
    ((name, (told, remedy)),) = reported(tmp_path).items()
    assert name == "single seed" and told == "one seed only: every fit (topics)" and "--seeds 1,2,3" in remedy


def test_a_fit_that_learned_nothing(tmp_path: Path) -> None:
    for seed, collapsed in ((1, False), (2, False), (3, True)):
        ran(tmp_path, {"en": 0.5 if collapsed else 0.9, "de": 0.5 if collapsed else 0.8}, seed=seed,
            collapsed=collapsed)  # fmt: skip
    ((name, (told, remedy)),) = reported(tmp_path).items()
    assert name == "degenerate fit" and "all 2 languages" in told and "seed 3" in told
    assert "longer warm-up" in remedy


def test_rows_that_are_other_than_declared(tmp_path: Path) -> None:
    seeds(tmp_path, {"en": 0.9, "de": 0.8}, facts={"note": "the mirror has 10,071 training pairs"})
    ((name, (told, _)),) = reported(tmp_path).items()
    assert name == "other data" and "mini · zero-shot on topics: the mirror has 10,071 training pairs" in told


def xnli(out: Path, score: float, tags: list[str] = XNLI, **given: Any) -> dict[str, tuple[str, str]]:
    """What is found where one run of mBERT has this score in each of these languages."""
    ran(out, dict.fromkeys(tags, score / 100), MBERT, task=replace(TASK, name="xnli", labels=LABELS), **given)
    return reported(out)


def test_a_run_five_points_from_the_published_score_is_found_with_both_numbers(tmp_path: Path) -> None:
    told, remedy = xnli(tmp_path, PUBLISHED - 5)["far from published"]
    # One seed on either side: 1.96 times 1.3 points times the root of 2, and half of the last digit.
    assert "mean over xnli 60.4 here and 65.4 published (noise explains 3.7)" in told
    assert "1 of 1 scores" in told and "google-research/multilingual-t5 README" in told
    assert "compare recipe, training rows" in remedy
    assert "further away than noise explains" in (tmp_path / "leaderboard-published.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("score", [PUBLISHED - 3, PUBLISHED, PUBLISHED + 3])
def test_a_run_within_noise_of_the_published_score_is_not(tmp_path: Path, score: float) -> None:
    assert "far from published" not in xnli(tmp_path, score)
    assert "within noise" in (tmp_path / "leaderboard-published.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "given",
    [{"tags": [tag for tag in XNLI if tag != "sw"]}, {"limit": 64}, {"protocol": "in-language"}],
    ids=["another panel", "limited", "another protocol"],
)
def test_nothing_else_is_compared_with_published_scores(tmp_path: Path, given: dict[str, Any]) -> None:
    assert "far from published" not in xnli(tmp_path, 10.0, **given)
    path = tmp_path / "leaderboard-published.csv"
    assert not path.exists() or "noise" not in "".join(path.read_text(encoding="utf-8").splitlines()[1:])
