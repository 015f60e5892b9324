"""Results for other tools: files that XTREME's scorer reads, and a model card's metadata."""

from __future__ import annotations

from pathlib import Path

import made_up
import pandas as pd
import pytest
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results

from xbench.languages import XTREME, canonical
from xbench.languages.panels import xtreme_code

TASKS = {"topics": "xnli", "tags": "udpos", "pairs": "tatoeba"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> made_up.World:
    made = made_up.build(tmp_path_factory.mktemp("world"))
    for task, name in TASKS.items():
        text = made.file(task).read_text()
        made.file(task).write_text(
            text.replace("    max_length=32,", f"    max_length=32,\n    known_as={{'xtreme': {name!r}}},")
        )
    return made


@pytest.fixture(scope="module")
def out(world: made_up.World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    world.bench(folder, tasks=list(TASKS), seeds=[2, 1], languages=["en", "de"])
    return folder


@pytest.fixture(scope="module")
def exported(out: Path) -> Path:
    ended = made_up.cli("export", "xtreme", "--out", str(out))
    assert ended.code == 3, ended
    # What the tasks declare and was not asked for: XTREME's scorer would look for it.
    assert "xnli: 2 languages of topics, seed 1; missing: sw, th, yo" in ended.out
    assert "tatoeba: 1 languages of pairs; missing: en, sw, th, yo" in ended.out
    return out / "xtreme"


def lines(exported: Path, side: str, task: str, language: str) -> list[str]:
    return (exported / side / task / f"test-{language}.tsv").read_text(encoding="utf-8").splitlines()


def sentences(of: list[str]) -> list[list[str]]:
    """Tags up to a blank line are those of a sentence; what stands behind the last one, too."""
    found: list[list[str]] = [[]]
    for line in of:
        if line.strip():
            found[-1].append(line.strip())
        else:
            found.append([])
    return found if found[-1] else found[:-1]


def main_score(out: Path, task: str, language: str, metric: str) -> float:
    """Of seed 1, from its own `scores.json`."""
    import json

    (run,) = [
        path for path in out.glob(f"runs/*/{task}/zero-shot/seed-*") if path.name.startswith(("seed-1", "seed-0"))
    ]
    scores = json.loads((run / "scores.json").read_text())["languages"][language]["scores"]
    # Of several layers and directions the one that the task is known by.
    own = [score for score in scores if score["metric"] == metric]
    return next((score["value"] for score in own if score["main"]), own[0]["value"])


@pytest.mark.e2e
@pytest.mark.parametrize("language", ["en", "de"])
def test_labels_a_line_give_the_accuracy(out: Path, exported: Path, language: str) -> None:
    gold, guess = (lines(exported, side, "xnli", language) for side in ("labels", "predictions"))
    assert len(gold) == len(guess) == made_up.TEST and set(gold) | set(guess) <= set(made_up.LABELS)
    right = sum(map(str.__eq__, gold, guess))
    assert 100 * right / len(gold) == pytest.approx(main_score(out, "topics", language, "accuracy"))


@pytest.mark.e2e
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("language", ["en", "de"])
def test_tags_a_line_give_seqevals_f1(out: Path, exported: Path, world: made_up.World, language: str) -> None:
    import pyarrow.parquet as pq
    from seqeval.metrics import f1_score

    gold, guess = (sentences(lines(exported, side, "udpos", language)) for side in ("labels", "predictions"))
    (path,) = world.mirror.glob(f"made-up/tags/**/{language}/test*.parquet")
    assert gold == pq.read_table(path)["tags"].to_pylist()
    assert [len(one) for one in guess] == [len(one) for one in gold]
    pairs = [pair for one, other in zip(gold, guess, strict=True) for pair in zip(one, other, strict=True)]
    accuracy = 100 * sum(one == other for one, other in pairs) / len(pairs)
    assert accuracy == pytest.approx(main_score(out, "tags", language, "accuracy")) != 0
    assert 100 * f1_score(gold, guess) == pytest.approx(main_score(out, "tags", language, "seqeval_f1"))


@pytest.mark.e2e
def test_numbers_of_what_is_found_give_the_accuracy(out: Path, exported: Path) -> None:
    gold, guess = (list(map(int, lines(exported, side, "tatoeba", "de"))) for side in ("labels", "predictions"))
    assert gold == list(range(made_up.TEST)) and set(guess) <= set(gold)
    right = sum(map(int.__eq__, gold, guess))
    assert 100 * right / len(gold) == pytest.approx(main_score(out, "pairs", "de", "accuracy"))


@pytest.mark.e2e
def test_another_seed_is_another_submission(out: Path, tmp_path: Path) -> None:
    ended = made_up.cli("export", "xtreme", "--out", str(out), "--seed", "2", "--to", str(tmp_path / "two"))
    assert "topics, seed 2" in ended.out
    made_up.refused(made_up.cli("export", "xtreme", "--out", str(out), "--seed", "7"), "no run with seed 7", "1, 2")


@pytest.mark.e2e
def test_what_is_not_there_is_named(out: Path, world: made_up.World, tmp_path: Path) -> None:
    made_up.refused(
        made_up.cli("export", "xtreme", "--out", str(out), "--model", "tinny"), "no results of 'tinny'", "tiny"
    )
    made_up.refused(made_up.cli("export", "xtreme", "--out", str(out), "--protocol", "zeroshot"), "zero-shot")
    ended = made_up.cli("export", "xtrem")
    assert ended.code == 2 and "xtreme" in ended.err
    plain = tmp_path / "plain"
    assert world.bench(plain, tasks=["topics-again"]).complete
    made_up.refused(made_up.cli("export", "xtreme", "--out", str(plain)), "is a task of XTREME", "wikiann")


@pytest.mark.e2e
def test_a_limited_run_is_no_submission(world: made_up.World, tmp_path: Path) -> None:
    assert world.bench(tmp_path, limit=8).complete
    made_up.refused(made_up.cli("export", "xtreme", "--out", str(tmp_path)), "no results")


def test_codes_are_those_of_xtreme() -> None:
    """Read back they are the same languages, and they are the forty of its own list."""
    codes = {xtreme_code(tag) for tag in XTREME}
    assert {canonical(code) for code in codes} == set(XTREME)
    assert "tl" in codes and all(len(code) == 2 for code in codes)


@pytest.mark.e2e
def test_a_card_has_what_scores_say(out: Path, tmp_path: Path) -> None:
    place = tmp_path / "README.md"
    ended = made_up.cli("export", "model-card", "--out", str(out), "--to", str(place), "--by-language")
    assert ended.code == 0, ended.err
    card = ModelCard.load(place)
    found = card.data.eval_results
    assert found is not None and f"{len(found)} results" in ended.out
    # The Hub's own way there and back leaves everything as it is.
    name, again = model_index_to_eval_results(eval_results_to_model_index(card.data.model_name or "", found))
    assert (name, again) == (card.data.model_name, found)
    scores = pd.read_csv(out / "scores.csv", keep_default_na=False)
    main = scores[scores["main"].astype(str).eq("True") & scores["score"].ne("")]
    told = {(one.dataset_name.split(" (")[0], one.metric_args["over"].split(",")[0]): one for one in found}
    assert len(told) == len(found) == len(main)
    for row in main.to_dict("records"):
        one = told[row["task"], row["language"] or f"mean over {row['over']}"]
        assert one.metric_value == pytest.approx(float(row["score"]), abs=1e-4)
        assert one.metric_type == row["metric"] and one.dataset_split == "test"
        assert one.dataset_config == (row["language"] or None) and one.metric_args["protocol"] == "zero-shot"
    assert {one.dataset_type for one in found} == {"made-up/topics", "made-up/tags"}
    assert {one.task_type for one in found} == {"text-classification", "token-classification", "sentence-similarity"}


@pytest.mark.e2e
def test_averages_alone_say_what_they_are_over(out: Path, tmp_path: Path) -> None:
    place = tmp_path / "card.md"
    assert made_up.cli("export", "model-card", "--out", str(out), "--to", str(place)).code == 0
    found = ModelCard.load(place).data.eval_results or []
    assert all(one.metric_args["over"].startswith("mean over ") for one in found)
    assert any("2 of 2 languages" in one.metric_args["over"] for one in found)


@pytest.mark.e2e
def test_a_card_that_is_there_keeps_what_others_wrote(out: Path, tmp_path: Path) -> None:
    other = EvalResult("text-classification", "glue", "MNLI", "accuracy", 84.0)
    place = tmp_path / "README.md"
    data = ModelCardData(license="mit", model_name="mine", eval_results=[other])
    place.write_text(f"---\n{data.to_yaml()}\n---\n\n# A text of mine\n")
    for _ in range(2):
        assert made_up.cli("export", "model-card", "--out", str(out), "--to", str(place)).code == 0
    card = ModelCard.load(place)
    assert card.data.license == "mit" and card.data.model_name == "mine" and "# A text of mine" in card.text
    found = card.data.eval_results or []
    assert found[0] == other and len(found) == len({repr(one) for one in found}) > 1


@pytest.mark.e2e
def test_bad_cards_and_names_are_refused(out: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.md"
    broken.write_text("---\n- a list\n---\n")
    made_up.refused(
        made_up.cli("export", "model-card", "--out", str(out), "--to", str(broken)), "is no model card", "--to"
    )
    made_up.refused(made_up.cli("export", "model-card", "--out", str(out), "--model", "tony"), "no results of 'tony'")
