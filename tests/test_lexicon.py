"""Lexicon induction: similarities against loops, several right answers, vectors of words, and planted translations."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import planted
import pytest
import torch
from kind_helpers import bytelevel, task, unigram, wordpiece
from tiny_checkpoints import build as build_checkpoint
from tiny_checkpoints import letters

from xbench.api import Kind, Slice, Task
from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.kinds.lexicon import kind
from xbench.metrics import candidates, lexicon
from xbench.metrics.similarities import COSINE, CSLS
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.stages.groups import by_group, places

WORDS = task("lexicon", "source target")
COLUMNS = "source target source_context source_span target_context target_index"
CONTEXT = task("lexicon", COLUMNS, settings={"vectors": "contextual"})
WHERE = Slice(WORDS.data, "de", "test", source="en")


def test_is_a_kind_and_travels() -> None:
    found: Kind = kind
    assert pickle.loads(pickle.dumps(found)).name == "lexicon"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ("a", "b")}, "has no labels"),
        ({"settings": {"vector": "isolated"}}, "did you mean vectors"),
        ({"settings": {"vectors": "isolate"}}, "did you mean isolated"),
        ({"settings": {"vectors": "contextual"}}, "need the columns source_context, and source_span or source_index"),
        ({"settings": {"layers": {12: 13}}}, "such as {12: 8}"),
        ({"main": "precision@2-csls"}, "did you mean precision@"),
        ({"data": task("", "source").data}, "which one is 'target'"),
    ],
)
def test_check_names_the_fault(change: dict[str, Any], message: str) -> None:
    kind.check(WORDS)
    kind.check(CONTEXT)
    kind.check(replace(WORDS, main="precision@10"))
    with pytest.raises(XbenchError, match=message):
        kind.check(replace(WORDS, **change))


def test_contexts_need_one_way_to_say_where_the_word_is() -> None:
    both = task("lexicon", "source target source_context source_span source_index target_context target_span")
    with pytest.raises(XbenchError, match="source_span or source_index"):
        kind.check(replace(both, settings={"vectors": "contextual"}))


def context(**changes: Any) -> dict[str, Any]:
    given = {
        "source": "bank", "source_context": ["the bank", "banks"], "source_span": [[4, 8], [0, 4]],
        "target": "Bank", "target_context": ["die Bank da"], "target_index": [1],
    }  # fmt: skip
    return given | changes


def test_row() -> None:
    assert kind.row({"source": " a", "target": "b\n", "id": 4}, WORDS) == {"id": "4", "source": "a", "target": "b"}
    assert kind.row(context(), CONTEXT) == {
        "source": "bank", "source_context": [("the bank", 4, 8), ("banks", 0, 4)],
        "target": "Bank", "target_context": [("die Bank da", 4, 8)],
    }  # fmt: skip
    assert kind.row(context(), WORDS) == {"source": "bank", "target": "Bank"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": ""}, "empty word"),
        ({"source_context": []}, "0 sentences in source_context and 2 places"),
        ({"source_span": [[4, 8]]}, "2 sentences in source_context and 1 places"),
        ({"source_span": [[4, 9], [0, 4]]}, r"'bank' is not at \[4, 9\] \(source_span\) of the sentence 'the bank'"),
        ({"source_span": [[8, 4], [0, 4]]}, "is not at"),
        ({"source_span": [[3, 4], [0, 4]]}, "is not at"),
        ({"source_context": "the bank"}, "should be a list"),
        ({"target_index": [3]}, r"'Bank' is not at 3 \(target_index\).*index of a word, from 0"),
        ({"target_index": [-1]}, "is not at"),
    ],
)
def test_a_word_that_is_not_in_its_sentence_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(XbenchError, match=message):
        kind.row(context(**changes), CONTEXT)


@pytest.mark.parametrize("make", [wordpiece, unigram, bytelevel])
def test_the_sub_tokens_of_a_word_are_marked_alone_and_in_sentences(make: Any) -> None:
    tokenizer = make()
    given = [kind.row({"source": "ab", "target": "a.b"}, WORDS)]
    features = kind.encode(given, tokenizer, WORDS, 16)  # type: ignore[arg-type]
    assert (features.side.tolist(), features.rows.tolist()) == ([0, 1], [0, 0])
    for sequence, text in enumerate(("ab", "a.b")):
        own = slice(features.offsets[sequence], features.offsets[sequence + 1])
        assert features.ids[own].tolist() == tokenizer(text)["input_ids"]
        marked = features.ids[own][features.marks[own] == 0].tolist()
        assert marked == tokenizer(text, add_special_tokens=False)["input_ids"]
    raw = context(source="ab", source_context=["c ab d", "ab"], source_span=[[2, 4], [0, 2]], target="c",
                  target_context=["c e"], target_index=[0])  # fmt: skip
    features = kind.encode([kind.row(raw, CONTEXT)], tokenizer, CONTEXT, 16)  # type: ignore[list-item]
    assert features.side.tolist() == [0, 0, 1]
    assert features.labels[features.marks == 0].tolist() == [0] * (features.marks == 0).sum()
    pieces = tokenizer.convert_ids_to_tokens(
        features.ids[: features.offsets[1]][features.marks[: features.offsets[1]] == 0]
    )
    assert "".join(pieces).replace("##", "").strip("▁Ġ") == "ab"


def test_a_word_of_which_nothing_is_left_is_refused() -> None:
    raw = context(source="e", source_context=["a b c d e"], source_span=[[8, 9]], target="a", target_context=["a"],
                  target_index=[0])  # fmt: skip
    row = {"id": "7", **(kind.row(raw, CONTEXT) or {})}
    assert kind.encode([row], wordpiece(), CONTEXT, 7).truncated == 0
    with pytest.raises(XbenchError, match="nothing is left of the source 'e' of row 7.*beyond 5 sub-tokens"):
        kind.encode([row], wordpiece(), CONTEXT, 5)
    with pytest.raises(XbenchError, match="the tokenizer makes nothing of it"):
        kind.encode([{"id": "8", "source": "\u200b", "target": "a"}], wordpiece(), WORDS, 5)


def test_csls_equals_a_loop() -> None:
    random = np.random.default_rng(1)
    source, target = random.normal(size=(17, 5)), random.normal(size=(23, 5))

    def cosine(x: np.ndarray, y: np.ndarray) -> float:
        return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))

    def near(x: np.ndarray, others: np.ndarray) -> float:
        return float(np.mean(sorted((cosine(x, other) for other in others), reverse=True)[:10]))

    found = lexicon.similarities(source, target, (CSLS,))["csls"]
    for i, j in itertools.product(range(17), range(23)):
        expected = 2 * cosine(source[i], target[j]) - near(source[i], target) - near(target[j], source)
        assert found[i, j] == pytest.approx(expected, abs=1e-7)


def test_equal_words_are_exactly_as_near() -> None:
    random = np.random.default_rng(2)
    source, target = random.normal(size=(300, 24)), random.normal(size=(301, 24))
    target[[7, 150, 300]] = target[3]
    for similarity in lexicon.similarities(source, target, (COSINE, CSLS)).values():
        assert (similarity[:, [7, 150, 300]] == similarity[:, [3]]).all()


def test_ranks_by_hand() -> None:
    similarity = np.array([[0.9, 0.5, 0.7], [0.5, 0.5, 0.5], [0.1, 0.2, 0.2]])
    right = np.array([[0, 1, 1], [0, 0, 1], [1, 0, 0]], bool)
    # The better of two right answers; the last of three equal ones; behind two others.
    assert candidates.ranks(similarity, right).tolist() == [2, 3, 3]
    assert candidates.nearest(similarity, 2).tolist() == [[0, 2], [0, 1], [1, 2]]


def test_chance_equals_all_draws() -> None:
    for right, pool, k in ((1, 5, 1), (2, 5, 2), (3, 4, 3), (1, 3, 10)):
        draws = list(itertools.combinations(range(pool), min(k, pool)))
        share = np.mean([any(word < right for word in draw) for draw in draws])
        assert candidates.chance(np.array([right]), pool, k) == pytest.approx(100 * share)


def several(depth: int = 3) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """A word with two right answers, an answer to two words, and vectors for each of their occurrences."""
    pairs = [("of", "von"), ("to", "zu"), ("of", "aus"), ("at", "zu"), ("in", "in")]
    rows = [{"id": str(i), "source": source, "target": target} for i, (source, target) in enumerate(pairs)]
    random = np.random.default_rng(5)
    words = {word: random.normal(size=(depth, 1, 6)) for pair in pairs for word in pair}
    states = {
        side: np.concatenate([words[pair[place]] for pair in pairs], 1)
        for place, side in enumerate(("source", "target"))
    }
    return rows, states


def test_precision_equals_a_loop_with_several_right_answers() -> None:
    rows, states = several()
    features = kind.encode(rows, bytelevel(), WORDS, 16)
    table = kind.decode(states, rows, features, WORDS, WHERE)
    measures = {(m.metric.name, m.layer, m.direction): m for m in kind.measures(table, WORDS)}
    assert len(measures) == 6 * 3 * 2
    for layer, (side, other, direction) in itertools.product(
        range(3), (("source", "target", "en→de"), ("target", "source", "de→en"))
    ):
        queries, pool = (list(dict.fromkeys(row[name] for row in rows)) for name in (side, other))
        vector = {name: {row[name]: states[name][layer, i] for i, row in enumerate(rows)} for name in (side, other)}
        for k in (1, 5, 10):
            hits = 0
            for query in queries:
                mine = vector[side][query]

                def near(word: str, mine: np.ndarray = mine, theirs: dict[str, np.ndarray] = vector[other]) -> float:
                    return -float(mine @ theirs[word] / np.linalg.norm(mine) / np.linalg.norm(theirs[word]))

                best = sorted(pool, key=near)[:k]
                hits += any(row[other] in best for row in rows if row[side] == query)
            measure = measures[f"precision@{k}", layer, direction]
            assert measure.statistics.sum(0).tolist() == [hits, len(queries)]
            assert float(measure.metric.value(measure.statistics.sum(0))) == pytest.approx(100 * hits / len(queries))
    # `of` has two answers among four.
    assert measures["precision@1-csls", 0, "en→de"].chance == pytest.approx(100 * (2 + 1 + 1 + 1) / 4 / 4)
    assert {key for key, m in measures.items() if m.main} == {("precision@1-csls", 1, "en→de")}
    gold, found = kind.answers(table, WORDS)
    assert gold.tolist() == ["von", "zu", "zu", "in"] and set(found) <= {"von", "zu", "aus", "in"}


def test_answers_stand_at_the_main_layer() -> None:
    rows, states = several()
    table = kind.decode(states, rows, kind.encode(rows, bytelevel(), WORDS, 16), WORDS, WHERE)
    main = [row for row in table.to_pylist() if row["layer"] == 2 and row["direction"] == "en→de"]
    assert all(row["answers"] is None for row in table.to_pylist() if row["layer"] != 1)
    main = [row for row in table.to_pylist() if row["layer"] == 1 and row["direction"] == "en→de"]
    assert [row["answers"] for row in main] == [["von", "aus"], ["zu"], None, ["zu"], ["in"]]
    assert [row["right"] for row in main] == [2, 1, 2, 1, 1]
    for row in main:
        if row["answers"]:
            assert row["cosine_rank"] == min(row["cosine_found"].index(answer) for answer in row["answers"]) + 1
            assert row["csls_rank"] == min(row["csls_found"].index(answer) for answer in row["answers"]) + 1


def test_groups_count_every_word_once() -> None:
    rows, states = several()
    for row, group in zip(rows, "xyxxy", strict=True):
        row["group"] = group
    table = kind.decode(states, rows, kind.encode(rows, bytelevel(), WORDS, 16), WORDS, WHERE)
    measures = list(kind.measures(table, WORDS))
    parts = {
        part.metric.name: part.statistics.sum(0)[1]
        for _, part in by_group(measures, places(rows), len(rows))
        if part.direction == "en→de"
    }
    assert (parts["precision@1-csls[x]"], parts["precision@1-csls[y]"]) == (2, 2)


def test_vectors_that_say_nothing_are_refused() -> None:
    rows, states = several()
    features = kind.encode(rows, bytelevel(), WORDS, 16)
    for value, message in ((np.nan, "target, layer 1: the vector of 'aus' is not finite"), (0.0, "'aus' is all zeros")):
        broken = {**states, "target": states["target"].copy()}
        broken["target"][1, 2] = value
        with pytest.raises(XbenchError, match=message):
            kind.decode(broken, rows, features, WORDS, WHERE)
    with pytest.raises(XbenchError, match="4 vectors of the target for 5"):
        kind.decode({**states, "target": states["target"][:, :4]}, rows, features, WORDS, WHERE)


def runner(folder: Path, of: Task) -> Any:
    from xbench.model.heads.words import head
    from xbench.model.workspace import Machine

    torch.set_num_threads(1)
    return head.runner(
        Fit(resolve_checkpoint(str(folder)), kind, of, (), None, 0, "fp32"), None, Machine("cpu", "fp32"), 0
    )


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta", "distilbert", "deberta-v2"])
def test_vectors_of_words_equal_those_of_one_word_at_a_time(architecture: str, tmp_path: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    folder = build_checkpoint(tmp_path, architecture)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = sorted({word for text in letters(20) for word in text.split()})
    rows = [
        {"id": str(i), "source": word, "target": other}
        for i, (word, other) in enumerate(zip(found, found[::-1], strict=True))
    ]
    output = runner(folder, WORDS).run(kind.encode(rows, tokenizer, WORDS, 32), WHERE)
    for i, row in enumerate(rows):
        for side in ("source", "target"):
            batch = tokenizer(row[side], return_tensors="pt", return_special_tokens_mask=True)
            inside = batch.pop("special_tokens_mask")[0] == 0
            with torch.no_grad():
                states = model(**batch, output_hidden_states=True).hidden_states
            expected = np.stack([state[0, inside].mean(0).numpy() for state in states])
            np.testing.assert_allclose(output[side][:, i], expected, atol=1e-5)


def test_contextual_vectors_are_means_over_sentences(tmp_path: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    folder = build_checkpoint(tmp_path)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    # The sentence `ab c ab` stands there twice, for another of its words each time.
    raw = [
        context(source="ab", source_context=["ab c ab", "d cab"], source_span=[[5, 7], [2, 5]], target="d",
                target_context=["c d"], target_index=[1]),
        context(source="c", source_context=["ab c ab"], source_span=[[3, 4]], target="c", target_context=["c d"],
                target_index=[0]),
        context(source="ab", source_context=["ab"], source_span=[[0, 2]], target="d", target_context=["d"],
                target_index=[0]),
    ]  # fmt: skip
    rows = [{"id": str(i), **(kind.row(one, CONTEXT) or {})} for i, one in enumerate(raw)]
    features = kind.encode(rows, tokenizer, CONTEXT, 32)
    output = runner(folder, CONTEXT).run(features, WHERE)

    def vector(text: str, begin: int, end: int) -> np.ndarray:
        batch = tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
        inside = [first < end and last > begin for first, last in batch.pop("offset_mapping")[0].tolist()]
        with torch.no_grad():
            states = model(**batch, output_hidden_states=True).hidden_states
        return np.stack([state[0, torch.tensor(inside)].mean(0).numpy() for state in states])

    expected = [vector(*at) for at in (("ab c ab", 5, 7), ("d cab", 2, 5), ("ab c ab", 3, 4), ("ab", 0, 2))]
    np.testing.assert_allclose(output["source"], np.stack(expected, axis=1), atol=1e-5)
    ab = (expected[0] + expected[1] + expected[3]) / 3
    pooled = lexicon.means(output["source"], np.array([0, 0, 1, 0]))
    np.testing.assert_allclose(pooled, np.stack([ab, expected[2]], axis=1), atol=1e-5)
    assert kind.decode(output, rows, features, CONTEXT, WHERE).num_rows == 3 * 2 * 3


def dictionaries(root: Path, test: int = 60, train: int = 60) -> tuple[Path, Path]:
    """A folder of gold files, and a task file."""
    words = planted.words(test + train)
    lines = [f"{word}\t{planted.translated(word)}" for word in words]
    planted.write(root / "gold" / "made-up", {"en-de.test.tsv": lines[:test], "en-de.train.tsv": lines[test:]})
    fields = {
        "name": "planted", "kind": "lexicon", "repo": "made-up", "configs": {"de": "en-de"},
        "columns": {"source": "source", "target": "target", "id": "id"}, "splits": {"train": "train", "test": "test"},
        "parts": ("train", "test"), "settings": {},
    }  # fmt: skip
    file = root / "planted_task.py"
    file.write_text(planted.TASK.format(**fields), encoding="utf-8")
    return root / "gold", file


def scores(root: Path, checkpoint: Path, train: int = 60, **more: Any) -> Any:
    from xbench.engine.bench import bench
    from xbench.plugins import registry

    data, file = dictionaries(root, train=train)
    registry.cache_clear()
    asked: dict[str, Any] = {"protocols": ["zero-shot"], "reports": False, **more}
    try:
        found = bench(checkpoint, data=data, task_files=[file], out=root / "results", device="cpu", **asked).scores
    finally:
        registry.cache_clear()
    return found[(found["language"] == "de") & found["metric"].isin(["precision@1", "precision@1-csls"])]


@pytest.mark.e2e
def test_a_planted_dictionary_is_found_whole(tmp_path: Path) -> None:
    found = scores(tmp_path, planted.build(tmp_path / "tiny"))
    assert len(found) == 3 * 2 * 2
    assert set(found["score"]) == {100.0}
    assert set(found["status"]) == {"ok"}


@pytest.mark.e2e
def test_a_known_rotation_is_recovered(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    turn = planted.rotation()
    checkpoint = planted.build(tmp_path / "tiny", turn, plain=True)
    found = scores(tmp_path, checkpoint, protocols=["zero-shot", "translate-train-all"], keep_weights="always")
    by_protocol = found.groupby("protocol")["score"]
    assert by_protocol.max()["zero-shot"] < 50
    assert by_protocol.min()["translate-train-all"] == 100
    assert set(found[found["protocol"] == "translate-train-all"]["train_made_by"]) == {"human"}
    (file,) = (tmp_path / "results" / "fits").glob("*/weights/maps.safetensors")
    # Vectors have no mean, so that nothing is known of the direction of the mean.
    without_mean = np.eye(planted.HIDDEN) - 1 / planted.HIDDEN
    for layer in load_file(file)["de"]:
        np.testing.assert_allclose(layer @ layer.T, np.eye(planted.HIDDEN), atol=1e-5)
        # From the language's space into the source's: the way back.
        np.testing.assert_allclose(without_mean @ layer @ without_mean, without_mean @ turn.T @ without_mean, atol=1e-3)


@pytest.mark.e2e
def test_fewer_pairs_than_dimensions_are_remarked_on(tmp_path: Path) -> None:
    checkpoint = planted.build(tmp_path / "tiny")
    found = scores(tmp_path, checkpoint, train=10, protocols=["translate-train-all"])
    (reason,) = set(found["reason"])
    assert "its map has 16 dimensions and was fitted on 10 pairs" in reason


@pytest.mark.e2e
def test_a_dictionary_beside_its_task_file_needs_no_data_folder(tmp_path: Path) -> None:
    from made_up import cli

    _, file = dictionaries(tmp_path)
    text = file.read_text(encoding="utf-8").replace(
        "repo='made-up'", 'repo=str(Path(__file__).parent / "gold" / "made-up")'
    )
    file.write_text(text.replace("from xbench.api", "from pathlib import Path\n\nfrom xbench.api"), encoding="utf-8")
    ended = cli(
        "run", "--task-file", str(file), "--model", str(planted.build(tmp_path / "tiny")), "--device", "cpu",
        "--protocols", "zero-shot", "--out", str(tmp_path / "results"), "--quiet",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "precision@1-csls" in ended.out
