"""Published scores: carried over whole, shown apart, and compared only with what is the same."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from score_frames import frame, lost, row

from xbench.languages import canonical
from xbench.plugins import registry
from xbench.reporting.columns import columns
from xbench.reporting.findings import findings
from xbench.reporting.leaderboard import document, leaderboard, write_leaderboard
from xbench.reporting.published import compared, noise, published
from xbench.reporting.standings import standings
from xbench.store.seeds import by_seed

FACTS = Path(__file__).resolve().parents[2] / "shared" / "facts" / "published.csv"
XNLI = "ar bg de el en es fr hi ru sw th tr ur vi zh".split()
BASE = "FacebookAI/xlm-roberta-base"


def ran(scores: dict[str, list[float]], **given: Any) -> list[dict[str, Any]]:
    """Rows of a run of XLM-R on XNLI, a score for each seed."""
    rows = []
    for tag, own in scores.items():
        sd = float(np.std(own, ddof=1)) if len(own) > 1 else None
        known = {
            "score": float(np.mean(own)),
            "sd": sd,
            "seeds": len(own),
            "by_seed": by_seed(range(1, len(own) + 1), own, ()),
        }
        rows.append(row(tag, **{"checkpoint": BASE, **known, **given}))
    return rows


def test_all_facts_are_carried_over() -> None:
    if not FACTS.is_file():
        pytest.skip(f"{FACTS} is not there")
    with FACTS.open(encoding="utf-8", newline="") as file:
        given = list(csv.DictReader(file))
    # What the source of the alignments says of their method stands in the metric and in `differs`.
    names = {"word-alignment": "alignment", "aer": "aer-softmax"}
    known = sorted(
        (one.checkpoint, one.task, one.protocol, one.metric, one.language, one.score, one.seeds, one.source)
        for one in published()
    )
    told = [
        (one["model"], names.get(one["task"], one["task"]), one["protocol"], names.get(one["metric"], one["metric"]),
         "" if one["language"] == "avg" else canonical(one["language"]), float(one["score"]), int(one["seeds"]),
         one["source"].removesuffix(" (softmax, layer 8, no fine-tuning)"))
        for one in given
    ]  # fmt: skip
    assert known == sorted(told)
    # What the facts say of an average, the panel is.
    for one in given:
        said = re.search(r"(\d+) (?:languages|pairs of XTREME)", one["note"])
        if one["language"] == "avg" and said:
            sizes = {
                len(own.languages)
                for own in published()
                if (own.checkpoint, own.task, own.protocol, own.score) == (
                    one["model"], one["task"], one["protocol"], float(one["score"])
                )
            }  # fmt: skip
            assert sizes == {int(said[1])}, one


SIZES = {"xnli": 15, "pawsx": 7, "wikiann": 40, "tatoeba": 36, "xquad": 11, "mlqa": 7, "tydiqa": 9}
"""Languages of XTREME's average of each task, English included; of Tatoeba, pairs with English."""
QUESTIONS = {
    "xquad": "ar de el en es hi ru th tr vi zh", "mlqa": "ar de en es hi vi zh", "tydiqa": "ar bn en fi id ko ru sw te",
}  # fmt: skip
"""Of data sets that xbench has no task for: Artetxe et al. 2020, Lewis et al. 2020, Clark et al. 2020."""


def test_panels_are_those_of_the_tasks() -> None:
    tasks = registry().tasks
    for one in published():
        if one.panel and one.panel not in ("mteb", "48 languages"):
            assert len(one.languages) == SIZES[one.task], one
        if one.task in QUESTIONS:
            assert (list(one.languages) == QUESTIONS[one.task].split()) == bool(one.panel), one
            assert one.language in ("", *QUESTIONS[one.task].split())
        elif not one.differs or one.panel:
            task = tasks[one.task]
            assert one.language in ("", *task.languages) and set(one.languages) <= set(task.languages), one
            if one.panel in task.panels:
                assert set(one.languages) == set(task.panels[one.panel]), one
            elif one.panel == one.task:
                assert set(one.languages) == set(task.languages), one


def test_what_is_compared_is_the_main_metric_of_the_task() -> None:
    known = registry()
    for one in published():
        if one.task in known.tasks and not one.differs:
            task = known.tasks[one.task]
            assert one.metric == known.kinds[task.kind].main(task), one
            assert one.protocol in known.protocols.entries, one


def test_every_row_says_its_source_and_an_average_its_panel() -> None:
    for one in published():
        assert one.source and 0 <= one.score <= 100 and one.seeds >= 1, one
        assert bool(one.language) != bool(one.panel), one
        assert all(canonical(tag) == tag for tag in (*one.languages, *filter(None, [one.language]))), one
        assert len(one.languages) == len(set(one.languages))
    # Read off its own rows: the published average is over these languages.
    own = [one for one in published() if one.checkpoint == "xlm-roberta-base" and one.source.startswith("stefan-it")]
    (mean,) = [one for one in own if one.task == "wikiann" and one.panel]
    scores = [one.score for one in own if one.task == "wikiann" and one.language in mean.languages]
    assert len(scores) == 48 and np.mean(scores) == pytest.approx(mean.score, abs=0.05)


def test_noise_by_hand() -> None:
    # Student's t of 2 degrees of freedom is 4.303, times 0.9, times the root of 1/3 + 1/1; and half of a digit.
    assert noise(0.9, 3, 1, average=False) == pytest.approx(4.302653 * 0.9 * (4 / 3) ** 0.5 + 0.05, abs=1e-5)
    assert noise(None, 1, 1, average=False) == pytest.approx(1.96 * 1.5 * 2**0.5 + 0.05)
    assert noise(None, 1, 5, average=True) == pytest.approx(1.96 * 1.3 * 1.2**0.5 + 0.05)
    assert noise(None, 0, 1, average=False) == 0.05, "chance takes no part: only rounding does"


def test_noise_covers_what_it_says() -> None:
    random = np.random.default_rng(0)
    ours, theirs = random.normal(60, 1.5, (4000, 3)), random.normal(60, 1.5, (4000, 2)).mean(axis=1)
    inside = [
        abs(own.mean() - their) <= noise(float(own.std(ddof=1)), 3, 2, average=False) - 0.05
        for own, their in zip(ours, theirs, strict=True)
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


def test_a_score_far_from_the_published_one_is_a_finding_with_both_numbers() -> None:
    # Published are 66.5 in Swahili and 72.4 in Hindi.
    every = columns(frame(ran({"sw": [55.0, 55.5, 56.0], "hi": [72.0, 72.5, 73.0]})))
    (finding,) = [one for one in findings(every) if one.name == "far from published"]
    assert "1 of 2 scores are not those of ERNIE-M model card (PaddleNLP)" in finding.text
    assert "sw 55.5 here and 66.5 published (noise explains 2.5)" in finding.text and "hi" not in finding.text
    near = columns(frame(ran({"sw": [66.0, 66.9, 66.4], "hi": [72.4]})))
    assert not [one for one in findings(near) if one.name == "far from published"]


def test_an_average_is_compared_where_its_panel_is_the_same() -> None:
    scores = {tag: [70.0, 71.0, 72.0] for tag in XNLI}
    every = columns(frame(ran(scores)))
    (mean,) = [one for one in compared(every) if one.published.panel and one.score is not None]
    assert (mean.published.score, mean.score, mean.seeds, mean.far) == (76.2, 71.0, 3, True)
    assert mean.noise == pytest.approx(4.302653 * 1.0 * (4 / 3) ** 0.5 + 0.05, abs=1e-4)
    fewer = columns(
        frame([*ran({tag: own for tag, own in scores.items() if tag != "sw"}), lost("sw", checkpoint=BASE)])
    )
    (mean,) = [one for one in compared(fewer) if one.published.panel and one.label]
    assert mean.score is None and mean.why == "another panel: here sw are missing"


@pytest.mark.parametrize(
    "given",
    [
        {"signature": "task:xnli|limit:64|metric:accuracy|seeds:1"},
        {"signature": "task:xnli|translator:nllb@1a2b|metric:accuracy|seeds:1"},
        {"source_language": "de"},
        {"metric": "macro_f1"},
        {"protocol": "translate-train"},
        {"checkpoint": "acme/xlm-roberta-base-nli"},
        {"task": "pawsx"},
    ],
)
def test_nothing_else_is_compared(given: dict[str, Any]) -> None:
    every = columns(frame(ran({"sw": [10.0, 11.0]}, **given)))
    assert [one for one in compared(every) if one.score is not None] == []


def test_other_measures_are_shown_and_never_compared() -> None:
    labse = row("de", checkpoint="sentence-transformers/LaBSE", task="tatoeba", score=99.0, layer=8, direction="en→de")
    own = [one for one in compared(columns(frame([labse]))) if one.published.checkpoint.endswith("LaBSE")]
    assert len(own) == 2 and all(one.score is None and "sentence embedding" in one.why for one in own)


def test_published_scores_stand_apart(tmp_path: Path) -> None:
    scores = frame(ran({"sw": [55.0, 55.5, 56.0], "de": [78.0, 78.5, 79.0]}))
    table = leaderboard(scores)
    assert list(table["checkpoint"]) == [BASE] and not any("published" in name for name in table.columns)
    write_leaderboard(columns(scores), tmp_path / "leaderboard.csv")
    found = pd.read_csv(tmp_path / "leaderboard-published.csv", keep_default_na=False)
    line = found[(found["language"] == "sw") & (found["column"] != "")].iloc[0]
    assert (line["published"], line["here"], line["difference"]) == (66.5, "55.5", "-11")
    assert line["verdict"] == "further away than noise explains"
    assert set(found["task"]) == {"xnli"} and set(found["protocol"]) == {"zero-shot"}
    text = document(standings(columns(scores)), compared(columns(scores)))
    head, _, reference = text.partition("## Published scores, for reference")
    assert "1 of 2 further away than noise" in reference and "66.5" in reference and "66.5" not in head
    # Where nobody published anything, nothing is written, and what was is taken away.
    write_leaderboard(columns(frame([row("de", task="cldr-nli")])), tmp_path / "leaderboard.csv")
    assert not (tmp_path / "leaderboard-published.csv").exists()
