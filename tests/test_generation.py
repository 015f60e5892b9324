"""The kind `generation` and its head: layouts, sacreBLEU's numbers, a mapping that is learnt, beams, and resuming."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_checkpoints
import torch
from kind_helpers import bytelevel, task, unigram, wordpiece
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from xbench.api import Features, Kind, Recipe, Slice, Task
from xbench.errors import XbenchError
from xbench.jobs import Fit, TrainSet
from xbench.kinds.generation import kind
from xbench.metrics import likeness
from xbench.metrics.degenerate import beats_majority
from xbench.model import loading
from xbench.model.heads.seq2seq import head, search, sides
from xbench.model.workspace import Machine, Workspace
from xbench.planning.checkpoints import resolve_checkpoint

RECIPE = Recipe(learning_rate=5e-3, epochs=30, batch_size=10, warmup=0.1)
WRITING = task("generation", "source target id", recipe=RECIPE, train_languages=("de",))
WHERE = Slice(WRITING.data, "de", "test", source="en")
CPU = Machine("cpu", "fp32")
SECRET = str.maketrans("abcde", "ebdac")
"""A letter of the one language to that of the other."""


def rows(part: slice) -> list[dict[str, Any]]:
    """All sentences of two or three letters in some order, and the same in secret writing: 150 of them."""
    texts = [" ".join(letters) for count in (2, 3) for letters in product("abcde", repeat=count)]
    order = np.random.default_rng(0).permutation(len(texts))[part]
    return [{"id": str(i), "source": texts[i].translate(SECRET), "target": texts[i]} for i in order]


def table(written: list[str], restored: list[str] | None = None) -> Any:
    """What the kind keeps of these texts."""
    given = [
        {"id": str(i), "source": f"the {word} house stands in number {i}", "target": f"das {word} Haus"}
        for i, word in enumerate(["red", "old", "tall", "green", "wooden", "small", "last", "other"])
    ]
    output = {"written": written, "restored": restored or [row["source"] for row in given]}
    return kind.decode(output, given, None, WRITING, WHERE)  # type: ignore[arg-type]


def scores(found: Any) -> dict[str, float]:
    return {m.metric.name: float(m.metric.value(m.statistics.sum(0))) for m in kind.measures(found, WRITING)}


# The kind


def test_is_a_kind_and_travels() -> None:
    found: Kind = kind
    assert pickle.loads(pickle.dumps(found)).name == "generation"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ("a", "b")}, "has no labels"),
        ({"recipe": None}, "give a recipe, and train_languages"),
        ({"train_languages": ()}, "give a recipe, and train_languages"),
        ({"settings": {"beam": 2}}, "did you mean beams"),
        ({"settings": {"encoder": "froze"}}, "did you mean frozen"),
        ({"settings": {"layers": 0}}, "'layers' is 0: give a number from 1 on"),
        ({"settings": {"beams": "many"}}, "'beams' is 'many'"),
        ({"settings": {"beams": 1.5}}, r"'beams' is 1\.5"),
        ({"settings": {"beams": True}}, "'beams' is True"),
        ({"main": "blue"}, "did you mean bleu"),
        ({"data": task("", "source targets").data}, "did you mean target"),
    ],
)
def test_check_names_the_fault(change: dict[str, Any], message: str) -> None:
    kind.check(WRITING)
    # As the command line gives them.
    kind.check(replace(WRITING, settings={"encoder": "trained", "layers": "1", "beams": "8"}))
    with pytest.raises(XbenchError, match=message):
        kind.check(replace(WRITING, **change))


def test_row() -> None:
    assert kind.row({"source": " a\n", "target": "b", "id": 4}, WRITING) == {"id": "4", "source": "a", "target": "b"}
    for side in ("source", "target"):
        with pytest.raises(XbenchError, match=f"the {side} of a row is empty: mend the row, or remove it"):
            kind.row({"source": "a", "target": "b", side: " \t"}, WRITING)


@pytest.mark.parametrize("make", [wordpiece, unigram])
def test_a_sequence_is_what_is_read_and_then_what_is_written(make: Callable[[], Any]) -> None:
    tokenizer = make()
    given = [{"id": "0", "source": "a b", "target": "a b c d e"}, {"id": "1", "source": "c", "target": "b"}]
    features = kind.encode(given, tokenizer, WRITING, 6)
    for place, row in enumerate(given):
        own = slice(features.offsets[place], features.offsets[place + 1])
        read, written = (tokenizer(row[s], truncation=True, max_length=6)["input_ids"] for s in ("target", "source"))
        assert features.ids[own].tolist() == [*read, *written]
        assert features.marks[own].tolist() == [-1] * len(read) + list(range(len(written)))
        assert features.labels[own].tolist() == [-100] * (len(read) + 1) + written[1:]
    assert features.rows.tolist() == [0, 1]
    assert features.truncated == 1, "seven sub-tokens of the longer text"
    read, written = sides(features)
    assert [len(read), len(written)] == [2, 2]
    assert written.lengths.tolist() == [len(tokenizer(row["source"])["input_ids"]) for row in given]


def test_a_tokenizer_that_marks_no_end_is_refused() -> None:
    with pytest.raises(XbenchError, match="cannot know where one begins and ends"):
        kind.encode(rows(slice(2)), bytelevel(), WRITING, 16)


def test_numbers_are_those_of_sacrebleu() -> None:
    from sacrebleu import corpus_bleu, corpus_chrf

    found = table([f"the red house stand in nummer {i}" for i in range(8)], [f"the red house {i}" for i in range(8)])
    references, read = found["reference"].to_pylist(), found["read"].to_pylist()
    own = scores(found)
    for column, ending in (("written", ""), ("restored", "_ceiling"), ("read", "_copy")):
        texts = found[column].to_pylist()
        assert own[f"chrf{ending}"] == pytest.approx(corpus_chrf(texts, [references]).score)
        assert own[f"bleu{ending}"] == pytest.approx(corpus_bleu(texts, [references], force=True).score)
    assert read[0] == "das red Haus"
    measures = list(kind.measures(found, WRITING))
    assert [m.metric.name for m in measures if m.main] == ["chrf"]
    assert {m.direction for m in measures} == {"de→en"}
    assert {m.metric.name: m.metric.mode for m in measures}["bleu"] == "tok:13a"
    bleu = replace(WRITING, main="bleu")
    assert [m.metric.name for m in kind.measures(found, bleu) if m.main] == ["bleu"]


def test_chance_is_the_best_text_for_everything() -> None:
    from sacrebleu import corpus_chrf

    found = table(["x"] * 8)
    references = found["reference"].to_pylist()
    best = max(corpus_chrf([text] * 8, [references]).score for text in references)
    chances = {m.metric.name: m.chance for m in kind.measures(found, WRITING)}
    assert chances.pop("chrf") == pytest.approx(best)
    assert set(chances.values()) == {None}


def test_the_tokeniser_of_bleu_is_that_of_the_language_that_is_written() -> None:
    given = rows(slice(3))
    output = {"written": ["a"] * 3, "restored": ["a"] * 3}
    found = kind.decode(output, given, None, WRITING, replace(WHERE, source="zh"))  # type: ignore[arg-type]
    assert {m.metric.mode for m in kind.measures(found, WRITING) if m.metric.name == "bleu"} == {"tok:zh"}


def test_what_the_tokenizer_loses_is_seen() -> None:
    ceiling = scores(table(["x"] * 8, [f"the house {i}" for i in range(8)]))["chrf_ceiling"]
    assert 0 < ceiling < 80 < scores(table(["x"] * 8))["chrf_ceiling"] == pytest.approx(100)


def test_texts_for_other_rows_are_refused() -> None:
    with pytest.raises(XbenchError, match="returned 7 texts and 8 references for 8 rows"):
        table(["a"] * 7)


def test_a_fit_that_says_one_thing_is_told_from_one_that_translates() -> None:
    # Each is like its own reference, and none is one.
    good = table(
        [f"a {word} house in {i}" for i, word in enumerate("red old tall green wooden small last other".split())]
    )
    gold, predicted = kind.answers(good, WRITING)
    assert gold.tolist() == predicted.tolist() == list(range(8))
    assert beats_majority(gold, predicted)[0]
    same = table(["the old house stands in number 1"] * 8)
    gold, predicted = kind.answers(same, WRITING)
    assert predicted.tolist() == [1] * 8
    assert not beats_majority(gold, predicted)[0]
    empty = table([""] * 8)
    assert kind.answers(empty, WRITING)[1].tolist() == [-1] * 8
    assert not beats_majority(*kind.answers(empty, WRITING))[0]


def test_references_that_say_the_same_are_one_answer() -> None:
    given = [{"id": str(i), "source": text, "target": "x"} for i, text in enumerate(["a cat", "the dog", "a cat"])]
    output = {"written": ["the dogs", "dog", "cats"], "restored": ["", "", ""]}
    found = kind.decode(output, given, None, WRITING, WHERE)  # type: ignore[arg-type]
    gold, predicted = kind.answers(found, WRITING)
    assert gold.tolist() == [0, 1, 0] and predicted.tolist() == [1, 1, 0]


def test_all_pairs_are_scored_as_sacrebleu_scores_one() -> None:
    from sacrebleu import corpus_chrf, sentence_chrf

    random = np.random.default_rng(5)
    texts, references = (
        ["".join(random.choice(list("aab c"), random.integers(0, 25))) for _ in range(count)] for count in (40, 30)
    )
    found = likeness.chrf_of_all(texts, references)
    for place, text in enumerate(texts):
        expected = [sentence_chrf(text, [reference]).score for reference in references]
        assert found[place].tolist() == pytest.approx(expected, abs=1e-9)
        best = likeness.nearest([text], references)[0]
        assert best == (int(np.argmax(expected)) if max(expected) > 0 else -1)
    constants = [corpus_chrf([reference] * len(references), [references]).score for reference in references]
    assert likeness.constant(tuple(references)) == pytest.approx(max(constants))


# The head


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return tiny_checkpoints.build(tmp_path_factory.mktemp("checkpoint") / "tiny")


def a_fit(folder: Path, of: Task = WRITING, seed: int = 1) -> Fit:
    train = (TrainSet(of.slice("de", "train"), "0" * 64, 1, "made-up"),)
    return Fit(resolve_checkpoint(str(folder)), kind, of, train, of.recipe, seed, "fp32")


def encoded(fit: Fit, given: list[dict[str, Any]]) -> tuple[Features, int]:
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    return kind.encode(given, tokenizer, fit.task, 24), tokenizer.pad_token_id


def trained(fit: Fit, folder: Path, count: int = 100, workspace: Workspace | None = None) -> Path:
    """Weights of a fit on rows in secret writing."""
    features, pad = encoded(fit, rows(slice(count)))
    workspace = workspace or Workspace(folder)
    head.fit(fit, [(fit.train[0].slice, features, count)], CPU, workspace, pad)
    return workspace.weights


@pytest.fixture(scope="module", params=["frozen", "trained"])
def learnt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Fit, Path]:
    """A fit on 100 sentences, and its weights: of an encoder with random weights, wide enough to be read."""
    folder = tmp_path_factory.mktemp("wide")
    tokenizer = wordpiece()
    shape = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 128}
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    torch.manual_seed(0)
    model = BertModel(BertConfig(vocab_size=len(tokenizer), hidden_size=64, initializer_range=0.2, **shape, **still))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    fit = a_fit(folder, replace(WRITING, settings={"encoder": request.param, "layers": 1}))
    return fit, trained(fit, tmp_path_factory.mktemp("fit"))


def test_secret_writing_is_learnt(learnt: tuple[Fit, Path]) -> None:
    fit, weights = learnt
    unseen = rows(slice(100, 150))
    features, pad = encoded(fit, unseen)
    output = head.runner(fit, weights, CPU, pad).run(features, WHERE)
    assert output["restored"] == [row["source"] for row in unseen]
    found = kind.decode(output, unseen, features, fit.task, WHERE)
    own = scores(found)
    (chance,) = (m.chance for m in kind.measures(found, WRITING) if m.main)
    assert own["chrf"] > 80 > 2 * max(own["chrf_copy"], chance)
    assert beats_majority(*kind.answers(found, fit.task))[0]


@pytest.mark.parametrize("beams", [1, 3])
def test_batches_change_no_translation(learnt: tuple[Fit, Path], beams: int) -> None:
    """Each text as transformers writes it for that sentence alone, without padding."""
    fit, weights = learnt
    fit = replace(fit, task=replace(fit.task, settings={**fit.task.settings, "beams": beams}))
    given = rows(slice(60, 100))
    features, pad = encoded(fit, given)
    runner = head.runner(fit, weights, CPU, pad)
    together = runner.run(features, WHERE)["written"]
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    for row, text in zip(given, together, strict=True):
        with torch.inference_mode():
            ids = runner.model.generate(
                **tokenizer(row["target"], return_tensors="pt"), generation_config=search(runner.model, beams)
            )
        assert tokenizer.decode(ids[0], skip_special_tokens=True).strip() == text


def test_a_killed_fit_goes_on_to_the_same_weights(encoder: Path, tmp_path: Path) -> None:
    """With dropout in the decoder, and so with the random state that belongs to a step."""
    fit = a_fit(encoder, replace(WRITING, recipe=replace(RECIPE, epochs=2)))
    whole = trained(fit, tmp_path / "whole", 40)
    seen = []

    def killed(count: int) -> None:
        seen.append(count)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(fit, tmp_path / "again", 40, Workspace(tmp_path / "again", save_every=0.0, tick=killed))
    assert (tmp_path / "again" / "state.pt").is_file()
    ticks: list[int] = []
    again = trained(fit, tmp_path / "again", 40, Workspace(tmp_path / "again", tick=ticks.append))
    assert ticks[0] == 3 * 10, "three steps are done already"
    assert (whole / "model.safetensors").read_bytes() == (again / "model.safetensors").read_bytes()


@pytest.mark.parametrize("architecture", tiny_checkpoints.ARCHITECTURES)
@pytest.mark.parametrize("mode", ["frozen", "trained"])
def test_a_frozen_encoder_stays_as_it_is(tmp_path: Path, architecture: str, mode: str) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder", architecture)
    short = replace(WRITING, recipe=replace(RECIPE, epochs=1), settings={"encoder": mode})
    fit = a_fit(folder, short)
    weights = trained(fit, tmp_path / "fit", 20)
    before, after = load_file(folder / "model.safetensors"), load_file(weights / "model.safetensors")
    same = [torch.equal(value, after[f"encoder.{name}"]) for name, value in before.items()]
    assert (
        all(same)
        if mode == "frozen"
        else not any(equal for equal, name in zip(same, before, strict=True) if "layer" in name and "weight" in name)
    )
    # And it is read back, and writes.
    features, pad = encoded(fit, rows(slice(3)))
    assert len(head.runner(fit, weights, CPU, pad).run(features, WHERE)["written"]) == 3


def test_a_frozen_encoder_has_no_dropout_in_training(encoder: Path, tmp_path: Path) -> None:
    modes = []

    def look(module: Any, inputs: Any) -> None:
        modes.append((module.training, torch.is_grad_enabled()))

    from transformers.models.bert.modeling_bert import BertEncoder

    for settings in ({}, {"encoder": "trained"}):
        hook = torch.nn.modules.module.register_module_forward_pre_hook(
            lambda module, inputs: look(module, inputs) if isinstance(module, BertEncoder) else None
        )
        try:
            short = replace(WRITING, recipe=replace(RECIPE, epochs=1), settings=settings)
            trained(a_fit(encoder, short), tmp_path / str(len(settings)), 10)
        finally:
            hook.remove()
    # An encoder and a decoder for each of one step.
    assert modes == [(False, False), (True, True), (True, True), (True, True)]


def test_the_decoder_begins_with_the_embeddings_of_the_checkpoint(encoder: Path) -> None:
    from xbench.model import translator

    shape = {"layers": 1, "begin": 2, "end": 3, "pad": 0, "longest": 9}
    checkpoint = resolve_checkpoint(str(encoder))
    one, same, other = (translator.build(checkpoint, **shape, seed=seed) for seed in (1, 1, 2))
    known = load_file(encoder / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert torch.equal(one.decoder.get_input_embeddings().weight, known)
    assert one.decoder.get_output_embeddings().weight is one.decoder.get_input_embeddings().weight
    weights = [dict(model.named_parameters()) for model in (one, same, other)]
    crossed = "decoder.bert.encoder.layer.0.crossattention.self.query.weight"
    assert torch.equal(weights[0][crossed], weights[1][crossed])
    assert not torch.equal(weights[0][crossed], weights[2][crossed])


def test_an_encoder_alone_writes_nothing(encoder: Path) -> None:
    with pytest.raises(XbenchError, match="is an encoder and has no decoder of its own: use --protocols zero-shot"):
        head.runner(a_fit(encoder), None, CPU, 0)
