"""The kind `translation`: ranks against a plain loop, layers, directions, and texts against sacreBLEU."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kind_helpers import bytelevel, task, unigram, wordpiece

from xbench.api import Kind, Slice
from xbench.errors import XbenchError
from xbench.kinds.probes import main_layer
from xbench.kinds.translation import kind

MINING = task("translation", "source target")
WHERE = Slice(MINING.data, "de", "test", source="en")
COUNT = 40


def rows(count: int = COUNT) -> list[dict[str, Any]]:
    words = ["the red house stands here", "a cat", "no one knows the way", "we go"]
    return [
        {"id": f"row-{i}", "source": f"{words[i % 4]} {i}", "target": f"{words[(i + 1) % 4]} {i} Haus"}
        for i in range(count)
    ]


def states(layers: int = 4, count: int = COUNT, noise: float = 1.5) -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)
    source = random.normal(size=(layers, count, 6)).astype(np.float32)
    target = (source + noise * random.normal(size=source.shape)).astype(np.float32)
    return {"source": source, "target": target}


def decoded(output: dict[str, np.ndarray], of: Any = MINING) -> Any:
    return kind.decode(output, rows(output["source"].shape[1]), None, of, WHERE)  # type: ignore[arg-type]


def test_is_a_kind_and_travels() -> None:
    found: Kind = kind
    assert pickle.loads(pickle.dumps(found)).name == "translation"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ("a", "b")}, "has no labels"),
        ({"settings": {"layer": {12: 8}}}, "did you mean layers"),
        ({"settings": {"layers": 8}}, "such as {12: 8}"),
        ({"settings": {"layers": {12: 13}}}, "such as {12: 8}"),
        ({"settings": {"layers": {"12": 8}}}, "such as {12: 8}"),
        ({"settings": {"pooling": "mean-word"}}, "did you mean mean-words"),
        ({"settings": {"pooling": 1}}, "Valid: cls, mean, mean-words"),
        ({"main": "accuracy-clss"}, "did you mean accuracy-csls"),
        ({"main": "blue"}, "did you mean bleu"),
        ({"data": task("", "source targets").data}, "did you mean target"),
    ],
)
def test_check_names_the_fault(change: dict[str, Any], message: str) -> None:
    kind.check(MINING)
    kind.check(replace(MINING, settings={"layers": {12: 8, 24: 14}}))
    with pytest.raises(XbenchError, match=message):
        kind.check(replace(MINING, **change))


def test_main_layer() -> None:
    # XTREME's "layer 7" drops the embedding layer: it is index 8 here; its 13 of 24 is index 14.
    tatoeba = replace(MINING, settings={"layers": {24: 14}})
    assert [main_layer(depth, tatoeba) for depth in (1, 2, 3, 6, 12, 24)] == [1, 1, 2, 4, 8, 14]
    assert main_layer(24, MINING) == 16


def test_row() -> None:
    assert kind.row({"source": "a", "target": "b", "id": 4}, MINING) == {"id": "4", "source": "a", "target": "b"}
    with pytest.raises(XbenchError, match="should be text"):
        kind.row({"source": "a", "target": None}, MINING)
    with pytest.raises(XbenchError, match="'target' is empty"):
        kind.row({"source": "a", "target": " \n"}, MINING)


@pytest.mark.parametrize("make", [wordpiece, unigram, bytelevel])
def test_sides_follow_each_other(make: Any) -> None:
    tokenizer = make()
    given = [{"id": "0", "source": "a", "target": "a b c d e"}, {"id": "1", "source": "a", "target": "b"}]
    features = kind.encode(given, tokenizer, MINING, 5)
    assert features.rows.tolist() == [0, 1, 0, 1] and features.side.tolist() == [0, 0, 1, 1]
    texts = ["a", "a", "a b c d e", "b"]
    own = [tokenizer(text, truncation=True, max_length=5)["input_ids"] for text in texts]
    assert features.ids.tolist() == [token for sequence in own for token in sequence]
    assert features.truncated == 1
    assert len(features.labels) == len(features.marks) == 0
    assert features.pooled.all() and len(features.pooled) == len(features.ids)


@pytest.mark.parametrize("make", [wordpiece, unigram, bytelevel])
def test_pooled_sub_tokens(make: Any) -> None:
    tokenizer = make()
    given = [{"id": "0", "source": "a", "target": "a b c d e"}, {"id": "1", "source": "a", "target": "b"}]
    words = replace(MINING, settings={"pooling": "mean-words"})
    features = kind.encode(given, tokenizer, words, 5)
    special = np.isin(features.ids, tokenizer.all_special_ids)
    assert features.pooled.tolist() == (~special).tolist()
    assert special.any() == (tokenizer.num_special_tokens_to_add() > 0)


def test_the_first_sub_token_stands_for_the_sentence_where_the_tokenizer_has_one() -> None:
    given = [{"id": "0", "source": "a", "target": "a b c"}]
    first = replace(MINING, settings={"pooling": "cls"})
    features = kind.encode(given, wordpiece(), first, 8)
    assert features.ids[features.pooled].tolist() == [2, 2]
    assert np.flatnonzero(features.pooled).tolist() == features.offsets[:-1].tolist()
    with pytest.raises(XbenchError, match=r"begins no sequence with a \[CLS\] token"):
        kind.encode(given, bytelevel(), first, 8)


def test_a_sentence_of_which_the_tokenizer_leaves_nothing() -> None:
    given = [{"id": "0", "source": "a", "target": "\u200d"}]
    assert kind.encode(given, wordpiece(), MINING, 8).pooled.all()
    with pytest.raises(XbenchError, match=r"leaves nothing of the sentence '.u200d' \(1 such"):
        kind.encode(given, wordpiece(), replace(MINING, settings={"pooling": "mean-words"}), 8)


def test_ranks_equal_a_loop_in_every_layer_and_direction() -> None:
    output = states()
    found = decoded(output).to_pylist()
    assert len(found) == 4 * 2 * COUNT
    place = 0
    for layer in range(4):
        for direction, queries, pool in (("en→de", "source", "target"), ("de→en", "target", "source")):
            for i in range(COUNT):
                row = found[place]
                place += 1
                query = output[queries][layer, i].astype(np.float64)
                similar = [
                    float(query @ other / np.linalg.norm(query) / np.linalg.norm(other))
                    for other in output[pool][layer].astype(np.float64)
                ]
                order = sorted(range(COUNT), key=lambda j: -similar[j])
                assert (row["layer"], row["direction"], row["id"]) == (layer, direction, f"row-{i}")
                assert row["rank"] == order.index(i) + 1
                assert row["neighbours"] == order[:10]
                assert row["similarities"] == pytest.approx([similar[j] for j in order[:10]], abs=1e-5)
                assert row["gold_similarity"] == pytest.approx(similar[i], abs=1e-5)
                assert row["mean_csls"] == pytest.approx(np.mean([similar[j] for j in order[:10]]), abs=1e-6)
                assert row["mean_margin"] == pytest.approx(np.mean([similar[j] for j in order[:4]]), abs=1e-6)
                side = "target" if queries == "source" else "source"
                given = rows()
                # Three layers: the main one is 2, and only there are texts.
                assert row["reference"] == (given[i][side] if layer == 2 else None)
                assert row["retrieved"] == (given[order[0]][side] if layer == 2 else None)


def test_ranks_follow_from_what_is_kept() -> None:
    """CSLS and margin of every pair, from cosines and the means in the table, rank the gold where the table says."""
    output = states(layers=2)
    source, target = (output[side][1] / np.linalg.norm(output[side][1], axis=1, keepdims=True) for side in output)
    cosines = source.astype(np.float64) @ target.T.astype(np.float64)
    table = decoded(output).to_pandas()
    last = table[table["layer"] == 1]
    there, back = last[last["direction"] == "en→de"], last[last["direction"] == "de→en"]
    for name, value in (("csls", lambda c, s, t: 2 * c - s - t), ("margin", lambda c, s, t: c / ((s + t) / 2))):
        scores = value(cosines, there[f"mean_{name}"].to_numpy()[:, None], back[f"mean_{name}"].to_numpy()[None])
        gold = np.diag(scores)
        assert there[f"rank_{name}"].tolist() == (1 + (scores > gold[:, None]).sum(1)).tolist()
        assert back[f"rank_{name}"].tolist() == (1 + (scores > gold[None]).sum(0)).tolist()


def test_measures_by_hand() -> None:
    # Query 0 finds its own; query 1 finds 2 and then its own; query 2 has its own last.
    target = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    source = np.array([[1, 0, 0], [0, 1, 2], [2, 1.5, 1]], np.float32)
    output = {"source": np.stack([target, source]), "target": np.stack([target, target])}
    table = decoded(output)
    found = {(m.metric.name, m.layer, m.direction): m for m in kind.measures(table, MINING)}
    scores = {key: float(m.metric.value(m.statistics.sum(0))) for key, m in found.items()}
    assert scores["accuracy", 1, "en→de"] == pytest.approx(100 / 3)
    assert scores["mrr", 1, "en→de"] == pytest.approx(100 * (1 + 1 / 2 + 1 / 3) / 3)
    assert scores["accuracy", 0, "en→de"] == scores["accuracy", 0, "de→en"] == 100
    assert {key for key, m in found.items() if m.main} == {("accuracy", 1, "en→de")}
    assert found["accuracy", 1, "de→en"].chance == pytest.approx(100 / 3)
    assert scores["accuracy@10", 1, "en→de"] == found["accuracy@10", 1, "en→de"].chance == 100
    assert {name for name, layer, _ in found if layer == 0} == {
        f"{name}{ending}" for name in ("accuracy", "accuracy@10", "mrr") for ending in ("", "-csls", "-margin")
    }
    assert {key for key in found if key[0] in ("bleu", "chrf")} == {
        (name, 1, direction) for name in ("bleu", "chrf") for direction in ("en→de", "de→en")
    }
    gold, predicted = kind.answers(table, MINING)
    assert gold.tolist() == [0, 1, 2] and predicted.tolist() == [0, 2, 0]


def test_texts_are_scored_as_sacrebleu_does() -> None:
    from sacrebleu import corpus_bleu, corpus_chrf

    table = decoded(states())
    for direction in ("en→de", "de→en"):
        kept = [row for row in table.to_pylist() if row["layer"] == 2 and row["direction"] == direction]
        retrieved, reference = [row["retrieved"] for row in kept], [row["reference"] for row in kept]
        measures = {m.metric.name: m for m in kind.measures(table, MINING) if m.direction == direction and m.layer == 2}
        scores = {name: float(m.metric.value(m.statistics.sum(0))) for name, m in measures.items()}
        assert scores["bleu"] == pytest.approx(corpus_bleu(retrieved, [reference]).score)
        assert scores["chrf"] == pytest.approx(corpus_chrf(retrieved, [reference]).score)
        assert measures["bleu"].metric.mode == "tok:13a" and not measures["bleu"].main


def test_the_tokeniser_is_that_of_the_language_retrieved() -> None:
    given = rows(5)
    table = kind.decode(states(count=5), given, None, MINING, replace(WHERE, language="zh"))  # type: ignore[arg-type]
    modes = {m.direction: m.metric.mode for m in kind.measures(table, MINING) if m.metric.name == "bleu"}
    assert modes == {"en→zh": "tok:zh", "zh→en": "tok:13a"}
    bleu = replace(MINING, main="bleu")
    assert [(m.metric.name, m.layer, m.direction) for m in kind.measures(table, bleu) if m.main] == [
        ("bleu", 2, "en→zh")
    ]


def test_pools_smaller_than_the_neighbours() -> None:
    output = {side: 3 + found for side, found in states(count=3).items()}
    table = decoded(output)
    assert {len(found) for found in table["neighbours"].to_pylist()} == {3}
    modes = {m.metric.name: m.metric.mode for m in kind.measures(table, MINING)}
    assert modes["accuracy"] == "similarity:cosine" and modes["accuracy-csls"] == "similarity:csls|k:3"
    assert modes["mrr-margin"] == "similarity:margin|k:3"


def test_the_mode_states_another_pooling() -> None:
    table = decoded(states())
    words = replace(MINING, settings={"pooling": "mean-words"})
    usual = {(m.metric.name, m.layer, m.direction): m.metric.mode for m in kind.measures(table, MINING)}
    stated = {(m.metric.name, m.layer, m.direction): m.metric.mode for m in kind.measures(table, words)}
    assert not any("pooling" in mode for mode in usual.values())
    assert stated == {key: f"{mode}|pooling:mean-words" for key, mode in usual.items()}


def test_where_a_ratio_means_nothing_there_is_no_number() -> None:
    output = states(count=1)
    output["target"] = -output["source"]
    table = decoded(output)
    assert table["rank_margin"].null_count == len(table) and table["rank_csls"].null_count == 0
    assert not any("margin" in m.metric.name for m in kind.measures(table, MINING))


def test_a_similarity_can_be_what_the_task_is_known_by() -> None:
    csls = replace(MINING, main="accuracy-csls")
    kind.check(csls)
    found = [(m.metric.name, m.layer, m.direction) for m in kind.measures(decoded(states()), csls) if m.main]
    assert found == [("accuracy-csls", 2, "en→de")]


@pytest.mark.parametrize(("value", "message"), [(0.0, "all zeros"), (np.nan, "not finite"), (np.inf, "not finite")])
def test_vectors_without_a_direction_are_refused(value: float, message: str) -> None:
    output = states()
    output["target"][3, 5] = value
    with pytest.raises(XbenchError, match=f"target, layer 3.*row-5.*{message}"):
        decoded(output)


def test_states_of_other_rows_are_refused() -> None:
    output = states()
    with pytest.raises(XbenchError, match="other shapes"):
        decoded({"source": output["source"], "target": output["target"][:, 1:]})
