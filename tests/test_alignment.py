"""Word alignment: links by hand and against SimAlign's package, error rates by hand, and planted translations."""

from __future__ import annotations

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

from xbench.api import Kind, Slice
from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.kinds.alignment import kind, read
from xbench.metrics import alignment
from xbench.planning.checkpoints import resolve_checkpoint

GOLD = task("alignment", "source target links", settings={"first_index": 1})
WHERE = Slice(GOLD.data, "de", "test", source="en")


def rows(*given: tuple[str, str, str]) -> list[dict[str, Any]]:
    found = [kind.row({"source": a, "target": b, "links": links}, GOLD) or {} for a, b, links in given]
    return [{"id": f"line-{number}", **row} for number, row in enumerate(found, 1)]


def test_is_a_kind_and_travels() -> None:
    found: Kind = kind
    assert pickle.loads(pickle.dumps(found)).name == "alignment"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ("a", "b")}, "has no labels"),
        ({"settings": {}}, "'first_index' is None: say whether links count words from 0 or from 1"),
        ({"settings": {"first_index": 2}}, "'first_index' is 2"),
        ({"settings": {"first_index": 1, "layers": 8}}, "such as {12: 8}"),
        ({"main": "aer-argmax"}, "of aer-argmax less is better.*take f1-argmax"),
        ({"main": "f2-argmax"}, "did you mean f1-argmax"),
        ({"data": task("", "source target").data}, "which one is 'links'"),
    ],
)
def test_check_names_the_fault(change: dict[str, Any], message: str) -> None:
    kind.check(GOLD)
    kind.check(replace(GOLD, main="precision-itermax", settings={"first_index": 0, "layers": {12: 8}}))
    with pytest.raises(XbenchError, match=message):
        kind.check(replace(GOLD, **change))


def test_row() -> None:
    raw = {"source": " a  b ", "target": "c", "links": "2p1 1-1 1-1 1p1"}
    assert kind.row(raw, GOLD) == {"source": ["a", "b"], "target": ["c"], "sure": [[0, 0]], "possible": [[1, 0]]}
    from_zero = replace(GOLD, settings={"first_index": 0})
    assert kind.row({**raw, "links": "1-0"}, from_zero) == {
        "source": ["a", "b"], "target": ["c"], "sure": [[1, 0]], "possible": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "first", "message"),
    [
        ({"links": "3-1"}, 1, "the link 3-1 is outside .* source has words 1 to 2, the target 1 to 1"),
        ({"links": "0p1"}, 1, "the link 0p1 is outside"),
        ({"links": "2-0"}, 0, "the link 2-0 is outside .* source has words 0 to 1, the target 0 to 0"),
        ({"links": "1-1 1_1"}, 1, "'1_1' is no link"),
        ({"source": " "}, 1, "the source has no words"),
        ({"links": None}, 1, "should be text"),
    ],
)
def test_links_outside_of_their_sentences_are_refused(change: dict[str, Any], first: int, message: str) -> None:
    raw = {"source": "a b", "target": "c", "links": "1-1"}
    with pytest.raises(XbenchError, match=message):
        kind.row({**raw, **change}, replace(GOLD, settings={"first_index": first}))


def test_the_error_rate_of_an_example_worked_by_hand() -> None:
    # Sure: 1-1, 2-2. Possible, too: 2-3, 3-3. Found: 1-1, 2-3, 3-2, that is one sure, one possible, one wrong.
    first = alignment.statistics([(1, 1), (2, 3), (3, 2)], [(1, 1), (2, 2)], [(2, 3), (3, 3)])
    assert first == (1, 2, 3, 2)
    sums = np.array(first)
    assert float(alignment.precision(sums)) == pytest.approx(100 * 2 / 3)
    assert float(alignment.recall(sums)) == pytest.approx(50)
    assert float(alignment.f1(sums)) == pytest.approx(100 * 2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2))
    # 1 - (1 + 2) / (3 + 2)
    assert float(alignment.error_rate(sums)) == pytest.approx(40)
    # A second sentence, both of whose links are found: rates are of all links together, 1 - (3 + 4) / (5 + 4).
    second = alignment.statistics([(1, 1), (2, 2)], [(1, 1), (2, 2)], [])
    assert float(alignment.error_rate(sums + np.array(second))) == pytest.approx(100 * 2 / 9)


def test_with_sure_links_alone_f1_is_what_the_error_rate_leaves() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        gold, found = ({(int(a), int(b)) for a, b in random.integers(5, size=(7, 2))} for _ in range(2))
        sums = np.array(alignment.statistics(found, gold, ()))
        assert float(alignment.f1(sums)) == pytest.approx(100 - float(alignment.error_rate(sums)))


def test_no_links_found_are_no_precision_and_no_sure_links_no_recall() -> None:
    none = np.array(alignment.statistics([], [(1, 1)], []))
    assert [float(value(none)) for value in (alignment.precision, alignment.recall, alignment.f1)] == [0, 0, 0]
    assert float(alignment.error_rate(none)) == 100
    nothing_sure = np.array(alignment.statistics([(1, 1)], [], [(1, 1)]))
    assert np.isnan(alignment.recall(nothing_sure)) and np.isnan(alignment.f1(nothing_sure))
    assert float(alignment.error_rate(nothing_sure)) == 0


def test_argmax_and_itermax_by_hand() -> None:
    similarity = np.array([[0.9, 0.8, 0.1], [0.8, 0.7, 0.2], [0.3, 0.2, 0.25]])
    # 0-0 are each other's best, and nothing else: word 1's best is 0, and so is word 2's.
    assert np.argwhere(alignment.argmax(similarity)).tolist() == [[0, 0]]
    # Then row 0 and column 0 weigh 0.9: 0.72 at 0-1 and at 1-0 is more than the 0.7 at 1-1. Word 2's best, 0.27, is 0.
    assert np.argwhere(alignment.itermax(similarity)).tolist() == [[0, 0], [0, 1], [1, 0]]
    # At a weight of 0.8 that is 0.64, and for word 2 it is 0.24, which is less than 0.25.
    assert np.argwhere(alignment.itermax(similarity, alpha=0.8)).tolist() == [[0, 0], [1, 1], [2, 2]]


def test_softmax_equals_torch_in_both_directions() -> None:
    dots = np.random.default_rng(4).normal(scale=6, size=(5, 4, 7)).astype(np.float32)
    both = [torch.softmax(torch.as_tensor(dots), dim) for dim in (-1, -2)]
    expected = ((both[0] > 1e-3) & (both[1] > 1e-3)).numpy()
    assert expected.any() and not expected.all()
    assert np.array_equal(alignment.softmax(dots), expected)


def test_layers_are_aligned_each_by_itself() -> None:
    similarity = np.random.default_rng(6).random((9, 8, 6))
    for method in (alignment.argmax, alignment.itermax):
        assert np.array_equal(method(similarity), np.stack([method(layer) for layer in similarity]))


@pytest.mark.parametrize("make", [wordpiece, unigram, bytelevel])
def test_every_sub_token_is_marked_with_its_word(make: Any) -> None:
    tokenizer = make()
    given = rows(("ab cd", "e", "1-1"), ("a", "bcd a e", "1-2"))
    features = kind.encode(given, tokenizer, GOLD, 32)
    assert features.side.tolist() == [0, 0, 1, 1] and features.rows.tolist() == [0, 1, 0, 1]
    sentences = [["ab", "cd"], ["a"], ["e"], ["bcd", "a", "e"]]
    for sequence, words in enumerate(sentences):
        own = slice(features.offsets[sequence], features.offsets[sequence + 1])
        marks, ids = features.marks[own], features.ids[own]
        for place, word in enumerate(words):
            pieces = tokenizer.convert_ids_to_tokens(ids[marks == place])
            assert "".join(pieces).replace("##", "").strip("▁Ġ") == word
        assert ids[marks < 0].tolist() == [i for i in tokenizer("a")["input_ids"] if i in tokenizer.all_special_ids]


def test_what_is_beyond_the_limit_is_cut_off_and_counted() -> None:
    features = kind.encode(rows(("abcde", "a b c d e", "1-1")), wordpiece(), GOLD, 5)
    assert np.diff(features.offsets).tolist() == [5, 5]
    assert features.marks.tolist() == [-1, 0, 0, 0, -1, -1, 0, 1, 2, -1]
    assert features.truncated == 2


def test_labels_number_the_sure_links_that_join_two_words_alone() -> None:
    # 1-1 and 2-1 share a word, 3p3 is not sure: only 3-2 joins two words alone; in the second row both do.
    features = kind.encode(
        rows(("a b c", "a b c", "1-1 2-1 3-2 3p3"), ("a b", "b a", "1-2 2-1")), wordpiece(), GOLD, 16
    )
    words = features.marks >= 0
    assert features.labels[words & np.repeat(features.side == 0, features.lengths)].tolist() == [-100, -100, 0, 1, 2]
    assert features.labels[words & np.repeat(features.side == 1, features.lengths)].tolist() == [-100, 0, -100, 2, 1]
    assert (features.labels[~words] == -100).all()


def products(similarity: np.ndarray) -> alignment.Products:
    """Of vectors of length 1, in three layers of which the middle one counts."""
    dots = np.stack([similarity.T[::-1].T, similarity, similarity]).astype(np.float32)
    return alignment.Products(dots, np.ones((3, dots.shape[1]), np.float32), np.ones((3, dots.shape[2]), np.float32))


def test_words_are_linked_if_any_of_their_sub_tokens_are() -> None:
    given = rows(("abc d", "e dc", "1-2 2-2 1p1"))
    features = kind.encode(given, wordpiece(), GOLD, 16)
    # Sub-tokens: ab ##c d against e d ##c.
    similarity = np.array([[0.1, 0.2, 0.9], [0.8, 0.1, 0.2], [0.2, 0.7, 0.1]])
    table = kind.decode([products(similarity)], given, features, GOLD, WHERE)
    row = table.to_pylist()[1]
    assert (row["argmax"], row["gold"]) == ("1-1 1-2 2-2", "1-2 2-2 1p1")
    measures = {(m.metric.name, m.layer): m for m in kind.measures(table, GOLD)}
    assert len(measures) == 3 * 3 * 4
    assert measures["aer-argmax", 1].statistics.tolist() == [[2, 3, 3, 2]]
    assert {key for key, measure in measures.items() if measure.main} == {("f1-argmax", 1)}
    assert "better:lower" in measures["aer-itermax", 1].metric.mode
    assert measures["f1-itermax", 1].metric.mode == "iterations:2|alpha:0.9"
    assert measures["f1-softmax", 1].metric.mode == "threshold:0.001"
    gold, found = kind.answers(table, GOLD)
    assert (gold.tolist(), found.tolist()) == ([False, True, False, True], [True, True, False, True])


def test_links_are_written_as_the_gold_counts_them() -> None:
    from_zero = replace(GOLD, settings={"first_index": 0})
    given = [{"id": "0", **(kind.row({"source": "a b", "target": "b a", "links": "0-1 1p0"}, from_zero) or {})}]
    features = kind.encode(given, wordpiece(), from_zero, 16)
    table = kind.decode([products(np.array([[0.1, 0.9], [0.8, 0.2]]))], given, features, from_zero, WHERE)
    assert table.to_pylist()[1]["argmax"] == "0-1 1-0"
    assert table.to_pylist()[1]["gold"] == "0-1 1p0"


def test_output_that_is_no_answer_is_refused() -> None:
    given = rows(("a b", "b a", "1-2"))
    features = kind.encode(given, wordpiece(), GOLD, 16)
    with pytest.raises(XbenchError, match="other sub-tokens than those of row line-1"):
        kind.decode([products(np.ones((2, 3)))], given, features, GOLD, WHERE)
    with pytest.raises(XbenchError, match="states of row line-1 are not finite"):
        kind.decode([products(np.full((2, 2), np.nan))], given, features, GOLD, WHERE)
    unsure = rows(("a b", "b a", "1p2"))
    with pytest.raises(XbenchError, match="no row has a sure link"):
        kind.decode([products(np.ones((2, 2)))], unsure, features, GOLD, WHERE)


def sentences(count: int, seed: int) -> list[dict[str, Any]]:
    sources, targets = letters(count, seed), letters(count, seed + 1)
    return rows(*((a, b, "1-1") for a, b in zip(sources, targets, strict=True)))


def aligned(folder: Path, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from xbench.model.heads.pairs import head
    from xbench.model.loading import load_tokenizer, longest
    from xbench.model.workspace import Machine

    torch.set_num_threads(1)
    checkpoint = resolve_checkpoint(str(folder))
    tokenizer = load_tokenizer(checkpoint)
    features = kind.encode(given, tokenizer, GOLD, longest(checkpoint, tokenizer, 512))
    fit = Fit(checkpoint, kind, GOLD, (), None, 0, "fp32")
    output = head.runner(fit, None, Machine("cpu", "fp32"), 0).run(features, WHERE)
    found: list[dict[str, Any]] = kind.decode(output, given, features, GOLD, WHERE).to_pylist()
    return found


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta"])
def test_links_equal_those_of_simalign_on_the_same_weights(architecture: str, tmp_path: Path) -> None:
    simalign = pytest.importorskip("simalign")
    folder = build_checkpoint(tmp_path, architecture)
    given = sentences(60, seed=8)
    found = aligned(folder, given)
    several = 0
    for layer in range(3):
        theirs = simalign.SentenceAligner(str(folder), token_type="bpe", matching_methods="ai", layer=layer)
        for row, own in zip(given, (one for one in found if one["layer"] == layer), strict=False):
            expected = theirs.get_word_aligns(row["source"], row["target"])
            for mine, method in (("argmax", "inter"), ("itermax", "itermax")):
                links = sorted((a - 1, b - 1) for a, b in read(own[mine])[0])
                assert links == expected[method], (layer, row["id"], method)
            several += expected["itermax"] != expected["inter"]
    assert several > 30


def test_links_equal_those_of_simalign_on_real_sentences(tmp_path: Path) -> None:
    from kind_helpers import MBERT, SHARED, need

    simalign = pytest.importorskip("simalign")
    from xbench.data import Library
    from xbench.model.tiny import build
    from xbench.plugins import registry

    need(SHARED / "gold" / "alignment")
    declared = registry().tasks["alignment"]
    library = Library(SHARED / "gold")
    folder = build(need(MBERT), tmp_path / "tiny")
    theirs = simalign.SentenceAligner(str(folder), token_type="bpe", matching_methods="ai", layer=1)
    for language in ("fr", "ro"):
        given = library.rows(declared.slice(language, "test"), kind, declared).rows[:40]
        found = [row for row in aligned(folder, given) if row["layer"] == 1]
        for row, own in zip(given, found, strict=True):
            expected = theirs.get_word_aligns(row["source"], row["target"])
            for mine, method in (("argmax", "inter"), ("itermax", "itermax")):
                assert sorted((a - 1, b - 1) for a, b in read(own[mine])[0]) == expected[method]


def test_products_equal_those_of_one_pair_at_a_time(tmp_path: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    from xbench.model.heads.pairs import head
    from xbench.model.workspace import Machine

    folder = build_checkpoint(tmp_path)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    given = sentences(25, seed=3)
    fit = Fit(resolve_checkpoint(str(folder)), kind, GOLD, (), None, 0, "fp32")
    output = head.runner(fit, None, Machine("cpu", "fp32"), 0).run(kind.encode(given, tokenizer, GOLD, 64), WHERE)
    for row, found in zip(given, output, strict=True):
        sides = []
        for side in ("source", "target"):
            batch = tokenizer(" ".join(row[side]), return_tensors="pt")
            with torch.no_grad():
                states = model(**batch, output_hidden_states=True).hidden_states
            sides.append(np.stack([state[0, 1:-1].numpy() for state in states]))
        np.testing.assert_allclose(found.dots, sides[0] @ sides[1].transpose(0, 2, 1), atol=1e-4)
        similar = [vectors / np.linalg.norm(vectors, axis=-1, keepdims=True) for vectors in sides]
        np.testing.assert_allclose(found.similarities, (similar[0] @ similar[1].transpose(0, 2, 1) + 1) / 2, atol=1e-5)


def bench(root: Path, checkpoint: Path, lines: list[tuple[str, str, str]], **more: Any) -> Any:
    """Runs a task on gold files of these lines, of which the first half is for training."""
    from xbench.engine.bench import bench as run
    from xbench.plugins import registry

    half = len(lines) // 2
    files = {}
    for part, own in (("train", lines[:half]), ("test", lines[half:])):
        files[f"ende.{part}.src-tgt"] = [f"{source} ||| {target}" for source, target, _ in own]
        files[f"ende.{part}.gold"] = [links for *_, links in own]
    planted.write(root / "gold" / "made-up", files)
    fields = {
        "name": "planted", "kind": "alignment", "repo": "made-up", "configs": {"de": "ende"},
        "columns": {"source": "source", "target": "target", "links": "links", "id": "id"},
        "splits": {"train": "train", "test": "test"}, "parts": ("train", "test"), "settings": {"first_index": 1},
    }  # fmt: skip
    file = root / "planted_task.py"
    file.write_text(planted.TASK.format(**fields), encoding="utf-8")
    registry.cache_clear()
    asked: dict[str, Any] = {"protocols": ["zero-shot"], "reports": False, **more}
    try:
        return run(checkpoint, data=root / "gold", task_files=[file], out=root / "results", device="cpu", **asked)
    finally:
        registry.cache_clear()


def shuffled(count: int) -> list[tuple[str, str, str]]:
    """Sentences and their translations in another order, with the links between them."""
    random = np.random.default_rng(9)
    known, lines = planted.words(40), []
    for _ in range(count):
        words = random.choice(known, 6, replace=False).tolist()
        order = random.permutation(6)
        links = " ".join(f"{place + 1}-{i + 1}" for i, place in enumerate(order.tolist()))
        lines.append((" ".join(words), planted.translated(" ".join(words[i] for i in order)), links))
    return lines


@pytest.mark.e2e
def test_planted_translations_are_aligned_whole(tmp_path: Path) -> None:
    # Letters are sub-tokens, and a letter that stands in two words is linked to the first of them: one letter a word.
    random = np.random.default_rng(2)
    lines = []
    for _ in range(20):
        order = random.permutation(8)
        source, target = list(planted.LETTERS), [planted.OTHERS[i] for i in order]
        lines.append(
            (" ".join(source), " ".join(target), " ".join(f"{i + 1}-{j + 1}" for j, i in enumerate(order.tolist())))
        )
    scores = bench(tmp_path, planted.build(tmp_path / "tiny", plain=True), lines).scores
    scores = scores[scores["language"] == "de"]
    assert len(scores) == 3 * 3 * 4
    assert set(scores[scores["metric"].str.startswith(("f1-", "precision-", "recall-"))]["score"]) == {100.0}
    assert set(scores[scores["metric"].str.startswith("aer-")]["score"]) == {0.0}
    assert set(scores["layer"]) == {0, 1, 2}


@pytest.mark.e2e
def test_a_known_rotation_is_recovered_from_gold_links(tmp_path: Path) -> None:
    turn = planted.rotation()
    checkpoint = planted.build(tmp_path / "tiny", turn, plain=True)
    found = bench(tmp_path, checkpoint, shuffled(60), protocols=["zero-shot", "translate-train-all"]).scores
    found = found[(found["language"] == "de") & (found["metric"] == "recall-argmax")]
    before, after = (found[found["protocol"] == name]["score"] for name in ("zero-shot", "translate-train-all"))
    assert before.max() < 60
    assert after.min() > before.max() + 20


@pytest.mark.e2e
def test_a_link_outside_of_its_sentences_stops_the_language_and_is_named(tmp_path: Path) -> None:
    lines = [("a b", "i j", "1-1 2-2"), ("a b", "i j", "1-1 2-3")]
    results = bench(tmp_path, planted.build(tmp_path / "tiny"), lines)
    (error,) = results.errors
    assert "made-up de test: row ende.test.gold:1: the link 2-3 is outside" in str(error)
