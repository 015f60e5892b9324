"""Scores by group: those of scikit-learn, seqeval and sacreBLEU on the rows of the group alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import made_up
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from data_helpers import write_repo
from kind_helpers import task, wordpiece

from xbench.api import Kind, Measure, Metric, Slice, Task
from xbench.data.rows import digest, lines
from xbench.errors import XbenchError
from xbench.kinds import classification, tagging, translation
from xbench.metrics import shares
from xbench.stages.groups import by_group, places
from xbench.stages.score import score_language
from xbench.store import predictions

COUNT = 60
GROUPS = [("seen", "un-seen", None)[place % 3] for place in range(COUNT)]

NLI = task("classification", "text label id group", labels=("entailment", "neutral", "contradiction"))
NER = task("tagging", "words tags id group", labels=("O", "B-PER", "I-PER", "B-LOC", "I-LOC"))
MINING = task("translation", "source target id group")

Scores = dict[tuple[str, int | None, str], dict[str, Any]]


def of(group: str, values: Any) -> list[Any]:
    """What belongs to the rows of a group."""
    return [value for value, own in zip(values, GROUPS, strict=True) if own == group]


def scored(table: pa.Table, kind: Kind, of_task: Task, path: Path, grouped: bool = True) -> Scores:
    """Metric, layer and direction -> what `scores.json` holds, after the way through a file of predictions."""
    facts: dict[str, Any] = dict.fromkeys(
        ("run", "language", "digest", "revision", "data_code", "made_by", "sub_tokens", "unknown", "truncated"), ""
    )
    facts["rows"] = COUNT
    if grouped:
        facts["groups"] = places([{"group": group} if group else {} for group in GROUPS])
    predictions.save(path, table, facts)
    found = score_language(path, kind, of_task)["scores"]
    return {(score["metric"], score["layer"], score["direction"]): score for score in found}


def sentences() -> pa.Table:
    """Logits of a made-up classifier, decoded."""
    random = np.random.default_rng(1)
    rows = [{"id": str(i), "text": "a", "label": str(random.choice(NLI.labels))} for i in range(COUNT)]
    logits = random.normal(size=(COUNT, 3))
    features = classification.kind.encode(rows, wordpiece(), NLI, 8)
    return classification.kind.decode(logits, rows, features, NLI, Slice(NLI.data, "de", "test"))


def tagged(lengths: np.ndarray) -> pa.Table:
    random = np.random.default_rng(2)
    tags = [random.choice(NER.labels, size).tolist() for size in lengths]
    rows = [{"id": str(i), "words": ["ab"] * len(own), "tags": own} for i, own in enumerate(tags)]
    features = tagging.kind.encode(rows, wordpiece(), NER, 16)
    logits = random.normal(size=(int(lengths.sum()), len(NER.labels)))
    return tagging.kind.decode(logits, rows, features, NER, Slice(NER.data, "de", "test"))


def mined() -> pa.Table:
    """Three layers above the embeddings, of which 2 is the main one."""
    random = np.random.default_rng(3)
    source = random.normal(size=(4, COUNT, 6)).astype(np.float32)
    target = (source + 1.5 * random.normal(size=source.shape)).astype(np.float32)
    rows = [{"id": str(i), "source": f"a cat {i} sits", "target": f"die Katze {i % 7} sitzt {i}"} for i in range(COUNT)]
    where = Slice(MINING.data, "de", "test", source="en")
    return translation.kind.decode({"source": source, "target": target}, rows, None, MINING, where)  # type: ignore[arg-type]


# Rows


@pytest.mark.parametrize(
    ("kind", "of_task", "raw"),
    [
        (classification.kind, NLI, {"text": "a", "label": 0}),
        (tagging.kind, NER, {"words": ["a"], "tags": [0]}),
        (translation.kind, MINING, {"source": "a", "target": "b"}),
    ],
)
def test_rows_keep_a_group_that_is_given(kind: Kind, of_task: Task, raw: dict[str, Any]) -> None:
    kind.check(of_task)
    plain = kind.row(raw, of_task)
    assert plain is not None and "group" not in plain
    assert kind.row({**raw, "group": "un-seen_2"}, of_task) == {**plain, "group": "un-seen_2"}
    for nothing in (None, ""):
        assert kind.row({**raw, "group": nothing}, of_task) == plain
    for odd in ("two words", "a|b", "a[b]", "a:b", 3, ["a"]):
        with pytest.raises(XbenchError, match="letters, digits, - and _"):
            kind.row({**raw, "group": odd}, of_task)


def test_rows_without_groups_have_the_digest_that_they_had() -> None:
    plain = pa.table({"text": ["a", "b"], "label": ["neutral", "neutral"]})
    empty = plain.append_column("group", pa.array([None, ""], pa.string()))
    texts = lines(plain, classification.kind, NLI, None, "en")
    assert lines(empty, classification.kind, NLI, None, "en") == texts
    assert texts[0] == b'{"id":"0","label":"neutral","text":"a"}\n'
    grouped = plain.append_column("group", pa.array(["x", "y"]))
    assert digest(lines(grouped, classification.kind, NLI, None, "en")) != digest(texts)


# Scores


def test_classification_equals_scikit_learn_on_the_group(tmp_path: Path) -> None:
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    table = sentences()
    gold, predicted = table["gold"].to_pylist(), table["prediction"].to_pylist()
    found = scored(table, classification.kind, NLI, tmp_path / "de.parquet")
    whole = found["accuracy", None, ""]
    for group in ("seen", "un-seen"):
        own = of(group, gold), of(group, predicted)
        precision, recall, f1, _ = precision_recall_fscore_support(*own, average="macro", zero_division=0)
        expected = {"accuracy": accuracy_score(*own), "macro_f1": f1, "macro_precision": precision}
        expected["macro_recall"] = recall
        for name, value in expected.items():
            score = found[f"{name}[{group}]", None, ""]
            assert score["value"] == pytest.approx(100 * value)
            assert (score["main"], score["examples"]) == (False, 20)
            assert (score["ci"] != [None, None]) == (name == "accuracy")
        part = found[f"accuracy[{group}]", None, ""]
        assert part["chance"] == whole["chance"]
        assert part["ci"][0] < part["value"] < part["ci"][1]
    assert whole["main"] and whole["value"] == pytest.approx(100 * accuracy_score(gold, predicted))


@pytest.mark.filterwarnings("ignore")
def test_tagging_equals_seqeval_on_the_group(tmp_path: Path) -> None:
    from seqeval.metrics import accuracy_score, f1_score, precision_score

    table = tagged(np.random.default_rng(4).integers(1, 9, COUNT))
    gold, predicted = table["gold"].to_pylist(), table["prediction"].to_pylist()
    found = scored(table, tagging.kind, NER, tmp_path / "de.parquet")
    for group in ("seen", "un-seen"):
        own = of(group, gold), of(group, predicted)
        for name, official in (("f1", f1_score), ("precision", precision_score), ("accuracy", accuracy_score)):
            assert found[f"{name}[{group}]", None, ""]["value"] == pytest.approx(100 * official(*own))
        assert found[f"f1[{group}]", None, ""]["ci"][0] is not None


def test_a_group_without_anything_to_score_has_no_score(tmp_path: Path) -> None:
    # Sentences of the first group lost all their words; accuracy over none of them is no number.
    lengths = np.array([0 if group == "seen" else 3 for group in GROUPS])
    found = scored(tagged(lengths), tagging.kind, NER, tmp_path / "de.parquet")
    assert ("accuracy[seen]", None, "") not in found
    assert ("accuracy[un-seen]", None, "") in found


def test_retrieval_of_a_group_is_the_mean_over_its_queries(tmp_path: Path) -> None:
    from sacrebleu import corpus_bleu, corpus_chrf

    table = mined()
    found = scored(table, translation.kind, MINING, tmp_path / "de.parquet")
    for direction in ("en→de", "de→en"):
        rows = [row for row in table.to_pylist() if row["layer"] == 2 and row["direction"] == direction]
        assert [row["id"] for row in rows] == [str(place) for place in range(COUNT)]
        for group in ("seen", "un-seen"):
            own = of(group, rows)
            texts = [row["retrieved"] for row in own], [[row["reference"] for row in own]]
            expected = {
                "accuracy": 100 * np.mean([row["rank"] == 1 for row in own]),
                "mrr": 100 * np.mean([1 / row["rank"] for row in own]),
                "bleu": corpus_bleu(*texts).score,
                "chrf": corpus_chrf(*texts).score,
            }
            for name, value in expected.items():
                score = found[f"{name}[{group}]", 2, direction]
                assert score["value"] == pytest.approx(value)
                interval = score["ci"] != [None, None]
                assert interval == (name == "accuracy" and direction == "en→de")
            # The pool is the whole's.
            assert found[f"accuracy[{group}]", 2, direction]["chance"] == pytest.approx(100 / COUNT)
    assert {layer for name, layer, _ in found if "[" in name} == {2}


def test_predictions_of_before_there_were_groups_are_scored(tmp_path: Path) -> None:
    table = sentences()
    grouped = scored(table, classification.kind, NLI, tmp_path / "new.parquet")
    before = scored(table, classification.kind, NLI, tmp_path / "old.parquet", grouped=False)
    assert before == {key: score for key, score in grouped.items() if "[" not in key[0]}


def test_statistics_that_are_not_one_row_per_example_are_refused() -> None:
    measure = Measure(Metric("accuracy", shares.percent), shares.statistics(np.ones(7)), main=True)
    assert list(by_group([measure], {}, rows=5)) == []
    with pytest.raises(XbenchError, match="7 rows of statistics for 5 examples"):
        list(by_group([measure], {"seen": [0]}, rows=5))


# The whole path


@pytest.mark.e2e
def test_groups_of_a_data_set_reach_the_tables(tmp_path: Path) -> None:
    world = made_up.build(tmp_path / "world")
    configs: dict[str, Any] = {}
    for tag in ("en", "de"):
        for split, count in (("train", 64), ("validation", 32), ("test", 40)):
            texts, topics = made_up.sentences(tag, split, count)
            # German has one group only, and rows of none; in training groups say nothing.
            groups = [("old", "new")[place % 2] if tag == "en" else ("old", None)[place % 2] for place in range(count)]
            configs.setdefault(tag, {})[split] = {"sentence": texts, "topic": topics, "genre": groups}
    write_repo(world.mirror / "made-up" / "genres", configs)
    columns = {"text": "sentence", "label": "topic", "group": "genre"}
    made_up.write_task(world, "genres", repo="made-up/genres", columns=columns, configs={"en": "en", "de": "de"})
    out = tmp_path / "out"
    results = world.bench(out, tasks=["genres"], reports=True)
    assert results.complete
    scores = results.scores.set_index(results.scores["language"] + results.scores["over"])
    for tag, group in (("en", "old"), ("en", "new"), ("de", "old")):
        (path,) = out.glob(f"runs/**/{tag}.parquet")
        rows = pd.read_parquet(path)
        own = rows.iloc[0 if group == "old" else 1 :: 2]
        score = scores[scores["metric"] == f"accuracy[{group}]"].loc[tag]
        assert score["score"] == pytest.approx(100 * (own["gold"] == own["prediction"]).mean())
        assert score["examples"] == 20 and not score["main"] and f"metric:accuracy[{group}]|" in score["signature"]
    new = scores[scores["metric"] == "accuracy[new]"]
    assert "de" not in new.index and new.loc["all", "reason"] == "mean of 1 of 2 languages; missing: de"
    table = pd.read_csv(out / "tables" / "metrics.csv").set_index("metric")
    assert table.loc["accuracy[new]", "all"] == pytest.approx(new.loc["all", "score"], abs=1e-9)
    assert table.loc["accuracy[new]", "languages"] == "1 of 2 languages"
    assert table.index[table["main"]].tolist() == ["accuracy"]
    assert made_up.cli("score", "--out", str(out)).code == 0
    again = pd.read_csv(out / "scores.csv", keep_default_na=False)
    assert set(again["metric"]) == set(scores["metric"])
    asked = made_up.cli("why", "genres", "en", "accuracy[old]", "--out", str(out))
    assert asked.code == 0 and "accuracy[old]" in asked.out
