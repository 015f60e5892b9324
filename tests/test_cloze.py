"""The kind `cloze` and its head: templates, candidates of several sub-tokens against a loop, a planted dictionary."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_checkpoints
import torch
from kind_helpers import MBERT, bytelevel, need, task, unigram, wordpiece

from xbench.api import Features, Kind, Slice, Task
from xbench.data import Library
from xbench.errors import XbenchError
from xbench.jobs import Fit, Plan
from xbench.kinds import templates
from xbench.kinds.cloze import CANDIDATE, QUERY, kind
from xbench.metrics import candidates
from xbench.model import loading
from xbench.model.heads.masked import head
from xbench.model.workspace import Machine
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.planning.request import Request
from xbench.planning.resolve import resolve
from xbench.plugins import registry

FILLING = task("cloze", "source target id", splits=("dev", "test"))
TEXTS = task(
    "cloze", "source target source_text target_text id group", splits=("dev", "test"),
    settings={"text": "{source_text}", "pair": "{target_text}"},
)  # fmt: skip
WHERE = Slice(FILLING.data, "de", "test", source="en")
CPU = Machine("cpu", "fp32")


def row(place: int, source: str, *target: str, **more: str) -> dict[str, Any]:
    return {"id": f"row-{place}", "source": source, "target": list(target), "language": "de", **more}


def masked(make: Any) -> Any:
    """A toy tokenizer with its mask."""
    tokenizer = make()
    tokenizer.add_special_tokens({"mask_token": "[MASK]" if "[MASK]" in tokenizer.get_vocab() else "<mask>"})
    return tokenizer


def scored(scores: Sequence[Sequence[float]], given: list[dict[str, Any]], of: Task = FILLING) -> Any:
    return kind.decode(np.array(scores, np.float32), given, None, of, WHERE)  # type: ignore[arg-type]


def values(table: Any) -> dict[str, float]:
    return {m.metric.name: float(m.metric.value(m.statistics.sum(0))) for m in kind.measures(table, FILLING)}


# Templates and declarations


def test_is_a_kind_and_travels() -> None:
    found: Kind = kind
    assert pickle.loads(pickle.dumps(found)).name == "cloze"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{source", "no template"),
        ("source}", "no template"),
        (7, "no template"),
        ("{sauce} {mask}", "did you mean source"),
        ("{source:>9}", "has {source}"),
        ("{source!r}", "has {source}"),
        ("{}", "has {}"),
    ],
)
def test_templates_that_are_none_are_refused(template: Any, message: str) -> None:
    with pytest.raises(XbenchError, match=message):
        templates.names(template, ["source"], "here")


def test_only_the_template_has_meaning_in_braces() -> None:
    assert templates.fill("{source} ({language}): {mask}", {"source": "{mask}x{y}", "language": "German"}) == (
        "{mask}x{y} (German): {mask}"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ("a", "b")}, "has no labels"),
        ({"splits": ("train", "test")}, 'splits without "train"'),
        ({"settings": {"txt": "{mask}"}}, "did you mean text"),
        ({"settings": {"pair": "{mask}"}}, "give that too"),
        ({"settings": {"text": "{source}"}}, "need one gap"),
        ({"settings": {"text": "{mask} {mask}"}}, "need one gap"),
        ({"settings": {"text": "{target_text}"}}, r"has \{target_text\}"),
        ({"main": "accuracy@7"}, "did you mean accuracy"),
        ({"data": task("", "source targets").data}, "did you mean target"),
    ],
)
def test_check_names_the_fault(change: dict[str, Any], message: str) -> None:
    kind.check(FILLING)
    kind.check(TEXTS)
    kind.check(replace(FILLING, settings={"text": "{source} is {mask} in {language}."}))
    with pytest.raises(XbenchError, match=message):
        kind.check(replace(FILLING, **change))
    with pytest.raises(XbenchError, match="need one gap"):
        kind.check(replace(TEXTS, settings={"text": "{mask}", "pair": "{target_text}"}))


def test_row() -> None:
    raw = {"source": " dog ", "target": "Hund\n", "id": 4, "language": "de"}
    assert kind.row(raw, FILLING) == row(0, "dog", "Hund") | {"id": "4"}
    several = kind.row(raw | {"target": ["Hund", "Köter", "Hund"]}, FILLING)
    assert several and several["target"] == ["Hund", "Köter"]
    for wrong in ({"source": " "}, {"target": ""}, {"target": []}, {"target": ["Hund", ""]}):
        with pytest.raises(XbenchError, match="an empty word"):
            kind.row(raw | wrong, FILLING)
    with pytest.raises(XbenchError, match="should be text"):
        kind.row(raw | {"target": None}, FILLING)


# Encoding


@pytest.mark.parametrize("make", [wordpiece, unigram])
def test_a_query_has_a_sequence_for_each_length_of_a_candidate(make: Any) -> None:
    tokenizer = masked(make)
    given = [row(0, "a", "b"), row(1, "c", "abcde"), row(2, "d", "b")]
    features = kind.encode(given, tokenizer, FILLING, 16)
    lengths = [len(tokenizer(f" {word}", add_special_tokens=False)["input_ids"]) for word in ("b", "abcde")]
    assert lengths[0] < lengths[1], "made up so that they differ"
    queries, pool = (np.flatnonzero(features.side == side) for side in (QUERY, CANDIDATE))
    assert features.rows[queries].tolist() == [0, 0, 1, 1, 2, 2] and features.rows[pool].tolist() == [0, 1]
    for place, sequence in enumerate(queries):
        own = slice(features.offsets[sequence], features.offsets[sequence + 1])
        word, count = "acd"[place // 2], lengths[place % 2]
        assert features.ids[own].tolist() == tokenizer(word, tokenizer.mask_token * count)["input_ids"]
        marks = features.marks[own]
        assert marks[marks >= 0].tolist() == list(range(count))
        assert set(features.ids[own][marks >= 0].tolist()) == {tokenizer.mask_token_id}
    for place, word in zip(pool, ("b", "abcde"), strict=True):
        own = slice(features.offsets[place], features.offsets[place + 1])
        assert features.ids[own].tolist() == tokenizer(f" {word}", add_special_tokens=False)["input_ids"]
        assert features.marks[own].max() == -1


def test_templates_are_filled_from_columns_and_the_language() -> None:
    tokenizer = masked(wordpiece)
    of = replace(FILLING, settings={"text": "{source}. {language} {mask}."})
    features = kind.encode([row(0, "a", "b")], tokenizer, of, 16)
    assert features.ids[: features.offsets[1]].tolist() == tokenizer("a. German [MASK].")["input_ids"]
    features = kind.encode([row(0, "a", "b", source_text="c a c", target_text="d {mask} d")], tokenizer, TEXTS, 16)
    assert features.ids[: features.offsets[1]].tolist() == tokenizer("c a c", "d [MASK] d")["input_ids"]


def test_the_vocabulary_of_mbert() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(need(MBERT))
    given = [
        row(0, "dog", "Hund"),
        row(1, "lightning rod", "Blitzableiter"),
        row(2, "tea", "茶"),
        row(3, "way", "طريق"),
    ]
    features = kind.encode(given, tokenizer, replace(FILLING, settings={"text": "{source} ({mask})."}), 32)
    pool = np.flatnonzero(features.side == CANDIDATE)
    pieces = [features.ids[features.offsets[i] : features.offsets[i + 1]] for i in pool]
    assert [tokenizer.decode(ids) for ids in pieces] == ["Hund", "Blitzableiter", "茶", "طريق"]
    lengths = sorted({len(ids) for ids in pieces})
    assert len(lengths) > 1 and (features.side == QUERY).sum() == 4 * len(lengths)
    first = tokenizer.decode(features.ids[: features.offsets[1]])
    assert first == "[CLS] dog ( " + " ".join(["[MASK]"] * lengths[0]) + " ). [SEP]"


def test_a_query_that_comes_twice_is_asked_once() -> None:
    features = kind.encode([row(0, "a", "b"), row(1, "c", "d"), row(2, "a", "e")], masked(wordpiece), FILLING, 16)
    assert features.rows[features.side == QUERY].tolist() == [0, 1]
    assert (features.side == CANDIDATE).sum() == 3


@pytest.mark.parametrize(
    ("given", "of", "message"),
    [
        ([row(0, "a", "b"), row(1, "a b c d e a b c", "b")], FILLING, "the templates of row row-1 make more than 8"),
        ([row(0, "a", "b"), row(1, "[MASK]", "b")], FILLING, r"row-1 has a \[MASK\] of its own"),
        ([row(0, "a", "b", source_text="a", target_text="c")], TEXTS, "row row-0: .* have 0 gaps"),
        ([row(0, "a", "b", source_text="a", target_text="{mask} {mask}")], TEXTS, "row row-0: .* have 2 gaps"),
        ([row(0, "a", "b"), row(1, "c", "\u200b")], FILLING, "makes nothing of '\\\\u200b'"),
    ],
)
def test_rows_that_make_no_cloze_are_refused(given: list[dict[str, Any]], of: Task, message: str) -> None:
    with pytest.raises(XbenchError, match=message):
        kind.encode(given, masked(wordpiece), of, 8)


def test_a_tokenizer_without_a_mask_is_refused() -> None:
    tokenizer = wordpiece()
    # A name for it alone does not make the tokenizer read it.
    tokenizer.mask_token = "[MASK]"
    with pytest.raises(XbenchError, match=r"does not read its own mask token \[MASK\]"):
        kind.encode([row(0, "a", "b")], tokenizer, FILLING, 16)
    with pytest.raises(XbenchError, match="has no mask token: a cloze needs a masked language model"):
        kind.encode([row(0, "a", "b")], bytelevel(), FILLING, 16)


# From scores to numbers


def test_measures_by_hand() -> None:
    # Six candidates: the first right, the last right, one of two right ones second.
    given = [
        row(0, "one", "a"),
        row(1, "two", "b"),
        row(2, "three", "c", "d"),
        row(3, "four", "e"),
        row(4, "five", "f"),
    ]
    scores = [
        [-1, -2, -3, -4, -5, -6],
        [-1, -9, -3, -4, -5, -6],
        [-9, -9, -3, -2, -1, -9],
        [-1, -1, -1, -1, -1, -1],
        [-9, -9, -9, -9, -9, -1],
    ]
    found = scored(scores, given)
    # Of equal ones the fifth has four before it.
    assert found["rank"].to_pylist() == [1, 6, 2, 5, 1]
    assert found["answers"].to_pylist()[2] == ["c", "d"]
    assert found["found"].to_pylist()[2] == ["e", "d", "c", "a", "b", "f"]
    assert found["answer_score"].to_pylist() == [-1, -9, -2, -1, -1]
    own = values(found)
    assert own["accuracy"] == pytest.approx(40) and own["accuracy@5"] == pytest.approx(80)
    assert own["accuracy@10"] == 100
    assert own["mrr"] == pytest.approx(100 * (1 + 1 / 6 + 1 / 2 + 1 / 5 + 1) / 5)
    measures = {m.metric.name: m for m in kind.measures(found, FILLING)}
    assert measures["accuracy"].chance == pytest.approx(100 * (4 / 6 + 2 / 6) / 5)
    assert measures["accuracy@10"].chance == 100 and measures["mrr"].chance is None
    assert [name for name, m in measures.items() if m.main] == ["accuracy"]
    assert {m.direction for m in measures.values()} == {"en→de"}
    gold, predicted = kind.answers(found, FILLING)
    assert predicted.tolist() == ["a", "a", "e", "a", "f"] and (gold == predicted).tolist() == [
        True,
        *[False] * 3,
        True,
    ]


def test_a_query_of_several_rows_counts_once_and_takes_all_their_answers() -> None:
    given = [row(0, "one", "a"), row(1, "two", "b"), row(2, "one", "c"), row(3, "three", "d")]
    found = scored([[-3, -2, -1, -4], [-1, -2, -3, -4], [-1, -2, -3, -4]], given)
    assert found["rank"].to_pylist() == [1, 2, None, 4]
    assert found["answers"].to_pylist() == [["a", "c"], ["b"], None, ["d"]]
    assert values(found)["accuracy"] == pytest.approx(100 / 3)
    assert {len(m.statistics) for m in kind.measures(found, FILLING)} == {4}, "a row each, as groups of rows need it"


def test_chance_is_what_drawing_blindly_gives() -> None:
    random = np.random.default_rng(3)
    right = random.integers(1, 4, size=12)
    for k in (1, 5, 10):
        drawn = [
            [len(set(random.permutation(8)[: min(k, 8)]) & set(range(count))) > 0 for _ in range(4000)]
            for count in right
        ]
        assert candidates.chance(right, 8, k) == pytest.approx(100 * float(np.mean(drawn)), abs=1)


def test_scores_that_are_none_are_refused() -> None:
    given = [row(0, "one", "a"), row(1, "two", "b")]
    with pytest.raises(XbenchError, match=r"shape \(1, 2\) for 2 queries and 2 candidates"):
        scored([[0, 0]], given)
    with pytest.raises(XbenchError, match="row row-1 are not finite"):
        scored([[0, 0], [0, np.nan]], given)


# The head


def a_fit(folder: Path, of: Task = FILLING) -> Fit:
    return Fit(resolve_checkpoint(str(folder)), kind, of, (), None, 0, "fp32")


def run(fit: Fit, given: list[dict[str, Any]], length: int = 48) -> tuple[np.ndarray, Features]:
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    features = kind.encode(given, tokenizer, fit.task, length)
    return head.runner(fit, None, CPU, tokenizer.pad_token_id).run(features, WHERE), features


def checkpoint(folder: Path, architecture: str = "bert", auto: str = "AutoModelForMaskedLM") -> Path:
    """A tiny one whose tokenizer has a mask."""
    size = len(masked(unigram if architecture == "xlm-roberta" else wordpiece))
    import transformers

    built = tiny_checkpoints.build(folder, architecture, auto=auto)
    tokenizer = masked(unigram if architecture == "xlm-roberta" else wordpiece)
    model = getattr(transformers, auto).from_pretrained(built)
    if model.config.vocab_size < size:
        model.resize_token_embeddings(size)
        model.save_pretrained(built)
    tokenizer.save_pretrained(built)
    return built


@pytest.mark.parametrize("architecture", tiny_checkpoints.ARCHITECTURES)
def test_scores_equal_a_plain_loop(tmp_path: Path, architecture: str) -> None:
    """Each candidate by itself, in a sequence with its number of masks, with the logits of every position."""
    from transformers import AutoModelForMaskedLM

    fit = a_fit(checkpoint(tmp_path / "own", architecture))
    words = tiny_checkpoints.letters(12, 4, 2)
    given = [row(i, text, words[i]) for i, text in enumerate(tiny_checkpoints.letters(12, 5, 6))]
    scores, _ = run(fit, given)
    model = AutoModelForMaskedLM.from_pretrained(fit.checkpoint.location).eval()
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    names = inspect.signature(model.forward).parameters
    pool = list(dict.fromkeys(words))
    lengths = set()
    for place, one in enumerate(given):
        for column, word in enumerate(pool):
            pieces = tokenizer(f" {word}", add_special_tokens=False)["input_ids"]
            lengths.add(len(pieces))
            batch = tokenizer(one["source"], tokenizer.mask_token * len(pieces), return_tensors="pt")
            with torch.no_grad():
                logits = model(**{name: value for name, value in batch.items() if name in names}).logits[0]
            at = (batch["input_ids"][0] == tokenizer.mask_token_id).nonzero().ravel()
            found = logits.log_softmax(-1)[at, torch.tensor(pieces)].mean()
            assert scores[place, column] == pytest.approx(float(found), abs=1e-4)
    assert len(lengths) > 1


PLANTED = {
    "dog": "hund",
    "cat": "kaze",
    "house": "haus",
    "tree": "baum",
    "river": "flusu",
    "way": "weg",
    "moon": "mond",
}
"""Of the targets, two are two sub-tokens."""


def planted(folder: Path) -> Path:
    """A BERT of one layer whose masked-LM head says, at every mask, the translation of the words in the sequence.

    Embeddings are one-hot. All positions attend to the source words alike and to nothing else, a source word's value
    is the sum of the sub-tokens of its translation, and the head gives back what comes out on top.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PLANTED]
    pieces += ["hund", "ka", "##ze", "haus", "baum", "flu", "##su", "weg", "mond"]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip
    size = 32
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=len(pieces), hidden_size=size, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4,
            max_position_embeddings=16, pad_token_id=0,
        )
    )  # fmt: skip
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.fill_(1.0 if "LayerNorm.weight" in name else 0.0)
        bert = model.bert
        bert.embeddings.word_embeddings.weight[:] = torch.eye(len(pieces), size)
        attention = bert.encoder.layer[0].attention
        attention.self.query.bias[0] = 100.0
        for source, target in PLANTED.items():
            attention.self.key.weight[0, pieces.index(source)] = 100.0
            for piece in fast(target, add_special_tokens=False)["input_ids"]:
                attention.self.value.weight[piece, pieces.index(source)] = 100.0
        attention.output.dense.weight[:] = torch.eye(size)
        model.cls.predictions.transform.dense.weight[:] = 10 * torch.eye(size)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("settings", [{}, {"text": "{source} {mask}"}])
def test_a_planted_dictionary_is_found(tmp_path: Path, settings: dict[str, str]) -> None:
    fit = a_fit(planted(tmp_path / "planted"), replace(FILLING, settings=settings))
    given = [row(i, source, target) for i, (source, target) in enumerate(PLANTED.items())]
    scores, features = run(fit, given)
    lengths = features.lengths[features.side == CANDIDATE]
    assert sorted(lengths.tolist()) == [1, 1, 1, 1, 1, 2, 2]
    own = values(kind.decode(scores, given, features, fit.task, WHERE))
    assert own["accuracy"] == own["mrr"] == 100
    # And not because of anything but the table.
    backwards = zip(PLANTED, reversed(PLANTED.values()), strict=True)
    wrong = [row(i, source, target) for i, (source, target) in enumerate(backwards)]
    scores, features = run(fit, wrong)
    assert values(kind.decode(scores, wrong, features, fit.task, WHERE))["accuracy"] == pytest.approx(100 / 7)


def test_a_checkpoint_without_the_head_is_refused(tmp_path: Path) -> None:
    """By itself, transformers would take random weights, and say so in a warning."""
    folder = checkpoint(tmp_path / "bare", auto="AutoModel")
    with pytest.raises(XbenchError, match=r"bare has no masked-LM head: \d+ of its weights are missing, such as cls\."):
        run(a_fit(folder), [row(0, "a", "b")])


def test_a_checkpoint_that_lacks_a_part_of_the_head_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = checkpoint(tmp_path / "cut")
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "transform.dense" not in name}
    assert 0 < len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(XbenchError, match=r"has no masked-LM head: 2 of its weights.*transform\.dense"):
        run(a_fit(folder), [row(0, "a", "b")])
    kept = {name: value for name, value in weights.items() if "encoder.layer.1" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(XbenchError, match="weights of the encoder are missing"):
        run(a_fit(folder), [row(0, "a", "b")])


def test_a_head_that_was_saved_with_others_is_taken(tmp_path: Path) -> None:
    fit = a_fit(checkpoint(tmp_path / "whole", auto="AutoModelForPreTraining"))
    assert np.isfinite(run(fit, [row(0, "a", "b"), row(1, "c", "de")])[0]).all()


def test_that_nothing_is_fitted_is_a_gap_only_for_who_asked_for_it() -> None:
    def planned(*protocols: str) -> Plan:
        request = Request(("embedded",), ("cldr-cloze",), protocols=protocols, languages=("de",))
        return resolve(request, registry(), Library(None, tuple(registry().sources.values()))).plan

    by_default, named = planned(), planned("zero-shot", "translate-train-all")
    assert {run.protocol for run in by_default.runs} == {run.protocol for run in named.runs} == {"zero-shot"}
    assert by_default.gaps == ()
    assert "nothing can be fitted" in by_default.pointless["cldr-cloze", "translate-train-all"]
    assert [(gap.protocol, gap.language) for gap in named.gaps] == [("translate-train-all", "de")]
    assert not named.pointless


def test_the_head_is_fitted_on_nothing(tmp_path: Path) -> None:
    from xbench.model.workspace import Workspace

    with pytest.raises(XbenchError, match="used as it is"):
        head.fit(a_fit(checkpoint(tmp_path / "own")), [], CPU, Workspace(tmp_path), 0)
