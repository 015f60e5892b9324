"""The model room against plain transformers loops on the same fp32 weights."""

from __future__ import annotations

import gc
import inspect
import json
import math
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_checkpoints
import torch
import transformers
from kind_helpers import task as declare
from safetensors.torch import load_file, save_file

from xbench.api import Recipe, Slice, Task
from xbench.errors import XbenchError
from xbench.jobs import Fit, TrainSet
from xbench.kinds import classification, tagging, translation
from xbench.model import loading
from xbench.model.batching import Budget, by_length, collate, run_in_batches
from xbench.model.budgets import budget
from xbench.model.forward import forward
from xbench.model.heads.gradient import cross_entropy, label_order
from xbench.model.procrustes import orthogonal_map
from xbench.model.training import Steps
from xbench.model.workspace import Machine, Workspace
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.plugins import load

CPU = Machine("cpu", "fp32")
LABELS = ("yes", "no", "maybe")


def a_fit(folder: Path, kind: Any, task: Task, seed: int = 1, trained: bool = True) -> Fit:
    checkpoint = resolve_checkpoint(str(folder))
    piece = task.slice("en", "train")
    train = (TrainSet(piece, "0" * 64, 1, "made-up"),) if trained else ()
    return Fit(checkpoint, kind, task, train, task.recipe, seed, "fp32")


def pairs(count: int = 40) -> list[dict[str, Any]]:
    texts, others = tiny_checkpoints.letters(count, 1), tiny_checkpoints.letters(count, 2, 6)
    return [
        {"id": str(i), "text": text, "pair": other, "label": LABELS[i % 3]}
        for i, (text, other) in enumerate(zip(texts, others, strict=True))
    ]


def plain_logits(model: Any, tokenizer: Any, rows: list[dict[str, Any]], limit: int) -> np.ndarray:
    """One row at a time, no padding: what any script would do."""
    model.eval()
    names = inspect.signature(model.forward).parameters
    found = []
    for row in rows:
        batch = tokenizer(row["text"], row["pair"], truncation=True, max_length=limit, return_tensors="pt")
        with torch.no_grad():
            found.append(model(**{k: v for k, v in batch.items() if k in names}).logits[0].numpy())
    return np.stack(found)


@pytest.mark.parametrize("architecture", tiny_checkpoints.ARCHITECTURES)
def test_classification_equals_a_plain_loop(tmp_path: Path, architecture: str) -> None:
    folder = tiny_checkpoints.build(
        tmp_path / "own", architecture, auto="AutoModelForSequenceClassification", num_labels=3,
        id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)},
    )  # fmt: skip
    task = declare("classification", "text pair label", labels=LABELS, recipe=Recipe())
    fit = a_fit(folder, classification.kind, task, trained=False)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    rows = pairs()
    features = classification.kind.encode(rows, tokenizer, task, 24)
    head = load(classification.kind.head)
    ours = head.runner(fit, None, CPU, tokenizer.pad_token_id).run(features, task.slice("en", "test"))
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    theirs = plain_logits(model, tokenizer, rows, 24)
    assert np.abs(ours - theirs).max() < 1e-4
    assert (ours.argmax(1) == theirs.argmax(1)).all()
    assert ours.std(axis=0).min() > 0.01, "a model that always answers the same would prove nothing"


@pytest.mark.parametrize("architecture", tiny_checkpoints.ARCHITECTURES)
def test_tagging_equals_a_plain_loop(tmp_path: Path, architecture: str) -> None:
    tags = ("O", "B-X", "I-X")
    folder = tiny_checkpoints.build(
        tmp_path / "own", architecture, auto="AutoModelForTokenClassification", num_labels=3,
        id2label=dict(enumerate(tags)), label2id={tag: i for i, tag in enumerate(tags)},
    )  # fmt: skip
    task = declare("tagging", "words tags", labels=tags, recipe=Recipe())
    fit = a_fit(folder, tagging.kind, task, trained=False)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    rows = [
        {"id": str(i), "words": text.split(), "tags": ["O"] * len(text.split())}
        for i, text in enumerate(tiny_checkpoints.letters(30))
    ]
    features = tagging.kind.encode(rows, tokenizer, task, 60)
    head = load(tagging.kind.head)
    runner = head.runner(fit, None, CPU, tokenizer.pad_token_id)
    output = runner.run(features, task.slice("en", "test"))
    table = tagging.kind.decode(output, rows, features, task, task.slice("en", "test"))
    model = transformers.AutoModelForTokenClassification.from_pretrained(folder).eval()
    names = inspect.signature(model.forward).parameters
    for row, ours in zip(rows, table["prediction"].to_pylist(), strict=True):
        encoded = tokenizer(row["words"], is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            logits = model(**{k: v for k, v in encoded.items() if k in names}).logits[0]
        words = encoded.word_ids(0)
        firsts = [words.index(word) for word in range(len(row["words"]))]
        assert ours == [tags[i] for i in logits[firsts].argmax(1)]


@pytest.mark.parametrize("kind", [classification.kind, tagging.kind], ids=lambda kind: kind.name)
def test_a_head_keeps_nothing_of_what_it_ran_on(tmp_path: Path, kind: Any) -> None:
    # A head is one for the whole process: what it kept would be there until its end, and in every thread.
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    columns = {"classification": "text pair label", "tagging": "words tags"}[kind.name]
    fit = a_fit(folder, kind, declare(kind.name, columns, labels=LABELS, recipe=Recipe()), trained=False)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    words = {"words": ["a", "b"], "tags": [LABELS[0]] * 2}
    rows = pairs() if kind is classification.kind else [{"id": "0", **words}, {"id": "1", **words}]
    features = kind.encode(rows, tokenizer, fit.task, 24)
    kept = weakref.ref(features.marks)
    head = load(kind.head)
    model = loading.with_fresh_head(fit.checkpoint, head.auto, LABELS, 1)
    head.running(fit, model, CPU, tokenizer.pad_token_id).run(features, fit.task.slice("en", "test"))
    head.loss_of(features, forward(model, tokenizer.pad_token_id, torch.device("cpu")))(np.arange(2))
    del features
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize(
    ("architecture", "pooling"),
    [*((name, "mean") for name in tiny_checkpoints.ARCHITECTURES), ("bert", "mean-words"), ("bert", "cls")],
)
def test_pooled_layers_equal_a_plain_loop(tmp_path: Path, architecture: str, pooling: str) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder", architecture)
    task = declare("translation", "source target", settings={"pooling": pooling})
    fit = a_fit(folder, translation.kind, task, trained=False)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    texts = tiny_checkpoints.letters(12, 3)
    rows = [{"id": str(i), "source": text, "target": texts[i // 2]} for i, text in enumerate(texts)]
    features = translation.kind.encode(rows, tokenizer, task, 20)
    ours = (
        load(translation.kind.head)
        .runner(fit, None, CPU, tokenizer.pad_token_id)
        .run(features, task.slice("de", "test"))
    )
    model = transformers.AutoModel.from_pretrained(folder).eval()
    names = inspect.signature(model.forward).parameters
    for side in ("source", "target"):
        for row, vectors in zip(rows, ours[side].swapaxes(0, 1), strict=True):
            batch = tokenizer(row[side], truncation=True, max_length=20, return_tensors="pt")
            with torch.no_grad():
                states = model(
                    **{k: v for k, v in batch.items() if k in names}, output_hidden_states=True
                ).hidden_states
            # What the tokenizer puts around a sentence stands at its ends.
            kept = {"mean": slice(None), "mean-words": slice(1, -1), "cls": slice(0, 1)}[pooling]
            plain = np.stack([state[0, kept].mean(0).numpy() for state in states])
            assert np.abs(plain - vectors).max() < 1e-4
    # Trap: 0 is the embedding layer, so that "layer 8" is hidden_states[8].
    assert len(ours["source"]) == 3


def test_twenty_steps_have_the_plain_loops_losses(tmp_path: Path) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder", dropout=0.0)
    task = declare(
        "classification", "text pair label", labels=LABELS, recipe=Recipe(learning_rate=1e-3, epochs=4, batch_size=8)
    )
    rows = pairs()
    fit = a_fit(folder, classification.kind, task)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    features = classification.kind.encode(rows, tokenizer, task, 24)
    head = load(classification.kind.head)
    workspace = Workspace(tmp_path / "fit")
    facts = head.fit(fit, [(task.slice("en", "train"), features, len(rows))], CPU, workspace, tokenizer.pad_token_id)
    assert facts["steps"] == 20

    model = loading.with_fresh_head(fit.checkpoint, head.auto, LABELS, fit.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, eps=1e-8, weight_decay=0.0)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 0, 20)
    steps = Steps(len(rows), fit.recipe or Recipe(), fit.seed)
    model.train()
    plain = []
    for step in range(20):
        picked = [rows[i] for i in steps[step]]
        batch = tokenizer(
            [row["text"] for row in picked], [row["pair"] for row in picked], truncation=True, max_length=24,
            padding="max_length", return_tensors="pt",
        )  # fmt: skip
        labels = torch.tensor([LABELS.index(row["label"]) for row in picked])
        loss = model(**batch, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        plain.append(loss.item())
    assert np.abs(np.array(facts["losses"]) - np.array(plain)).max() < 1e-4
    assert abs(plain[0] - plain[-1]) > 0.01, "nothing was learned: the comparison would prove nothing"


def test_weights_that_a_loss_which_is_no_number_has_spoilt_are_not_judged_on_dev(tmp_path: Path) -> None:
    recipe = Recipe(learning_rate=1e-3, epochs=2, batch_size=8, select="dev")
    task = declare("classification", "text pair label", labels=LABELS, recipe=recipe)
    rows, last_of_an_epoch = pairs(), 5
    fit = a_fit(tiny_checkpoints.build(tmp_path / "encoder"), classification.kind, task)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    features = classification.kind.encode(rows, tokenizer, task, 24)
    losses: list[torch.Tensor] = []

    def spoilt(logits: torch.Tensor, gold: torch.Tensor) -> torch.Tensor:
        losses.append(cross_entropy(logits, gold))
        return losses[-1] * math.nan if len(losses) == last_of_an_epoch else losses[-1]

    def dev(model: torch.nn.Module) -> float:
        raise AssertionError("asked about weights that are no numbers")

    head = replace(load(classification.kind.head), loss=spoilt)
    train = [(task.slice("en", "train"), features, len(rows))]
    with pytest.raises(XbenchError, match="the loss of step 5 is nan"):
        head.fit(fit, train, CPU, Workspace(tmp_path / "fit", dev=dev), tokenizer.pad_token_id)
    assert not (tmp_path / "fit").exists()


class Killed(Exception):
    """Stands in for the end of a process."""


@pytest.mark.parametrize("select", ["last", "dev"])
@pytest.mark.parametrize("killed_at", [1, 7, 14])
def test_a_fit_that_stops_in_the_middle_continues_as_if_nothing_had_happened(
    tmp_path: Path, killed_at: int, select: Any
) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder", dropout=0.3)
    recipe = Recipe(learning_rate=1e-3, epochs=3, batch_size=8, select=select)
    task = declare("classification", "text pair label", labels=LABELS, recipe=recipe)
    rows = pairs()
    fit = a_fit(folder, classification.kind, task)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    features = classification.kind.encode(rows, tokenizer, task, 24)
    parts = [(task.slice("en", "train"), features, len(rows))]
    head = load(classification.kind.head)

    def dev(model: Any) -> float:
        torch.rand(5)  # an evaluation that uses chance must not change the training after it
        return float(sum(parameter.detach().sum() for parameter in model.parameters()))

    whole = Workspace(tmp_path / "whole", dev=dev)
    facts = head.fit(fit, parts, CPU, whole, 0)
    ticks = 0

    def tick(rows: int) -> None:
        nonlocal ticks
        ticks += 1
        if ticks == killed_at + 1:
            raise Killed

    broken = Workspace(tmp_path / "broken", save_every=0.0, tick=tick, dev=dev)
    with pytest.raises(Killed):
        head.fit(fit, parts, CPU, broken, 0)
    again = head.fit(fit, parts, CPU, replace(broken, tick=lambda rows: None), 0)
    assert again == facts
    ours, theirs = (load_file(w.weights / "model.safetensors") for w in (whole, broken))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_fresh_head_depends_on_the_seed_alone(tmp_path: Path) -> None:
    """Also where the checkpoint brings a head of the same shape: it is left out."""
    folder = tiny_checkpoints.build(tmp_path / "own", auto="AutoModelForSequenceClassification", num_labels=3)
    checkpoint = resolve_checkpoint(str(folder))
    auto = "AutoModelForSequenceClassification"
    first, again, other = (loading.with_fresh_head(checkpoint, auto, LABELS, seed) for seed in (1, 1, 2))
    own = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    assert torch.equal(first.classifier.weight, again.classifier.weight)
    assert not torch.equal(first.classifier.weight, other.classifier.weight)
    assert not torch.equal(first.classifier.weight, own.classifier.weight)
    assert torch.equal(first.bert.embeddings.word_embeddings.weight, own.bert.embeddings.word_embeddings.weight)


def test_weights_saved_in_half_precision_are_loaded_in_fp32(tmp_path: Path) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    model = transformers.AutoModel.from_pretrained(folder).half()
    model.save_pretrained(folder)
    assert transformers.AutoModel.from_pretrained(folder).dtype == torch.float16, "the trap is gone: drop the guard"
    encoder = loading.load_encoder(resolve_checkpoint(str(folder)))
    assert {parameter.dtype for parameter in encoder.parameters()} == {torch.float32}


def test_missing_encoder_weights_are_an_error(tmp_path: Path) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    weights = load_file(folder / "model.safetensors")
    save_file({k: v for k, v in weights.items() if "layer.1" not in k}, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(XbenchError, match=r"weights of the encoder are missing.*layer\.1"):
        loading.load_encoder(resolve_checkpoint(str(folder)))


def test_a_missing_pooler_is_no_error(tmp_path: Path) -> None:
    """Checkpoints of masked language models have none; it belongs to the head."""
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    weights = load_file(folder / "model.safetensors")
    save_file({k: v for k, v in weights.items() if "pooler" not in k}, folder / "model.safetensors", {"format": "pt"})
    checkpoint = resolve_checkpoint(str(folder))
    one, two = (loading.with_fresh_head(checkpoint, "AutoModelForSequenceClassification", LABELS, 5) for _ in range(2))
    assert torch.equal(one.bert.pooler.dense.weight, two.bert.pooler.dense.weight)


@pytest.mark.parametrize(("rows", "what"), [(400, "files are missing"), (5, "another checkpoint")])
def test_a_tokenizer_that_does_not_fit_the_embeddings_is_an_error(tmp_path: Path, rows: int, what: str) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": rows}))
    with pytest.raises(XbenchError, match=what):
        loading.load_tokenizer(resolve_checkpoint(str(folder)))


def test_pickled_weights_that_carry_code_are_refused(tmp_path: Path) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    (folder / "model.safetensors").unlink()

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "executed",))

    torch.save({"embeddings.word_embeddings.weight": Trap()}, folder / "pytorch_model.bin")
    with pytest.raises(XbenchError, match="cannot be loaded"):
        loading.load_encoder(resolve_checkpoint(str(folder)))
    assert not (tmp_path / "executed").exists()


def test_labels_of_a_finetuned_checkpoint_are_mapped_by_name() -> None:
    order = label_order(
        {0: "contradiction", 1: "Entailment", 2: "neutral"}, ("entailment", "neutral", "contradiction"), "x"
    )
    assert order.tolist() == [1, 2, 0]
    with pytest.raises(XbenchError, match="LABEL_0, LABEL_1.*id2label"):
        label_order({0: "LABEL_0", 1: "LABEL_1"}, ("yes", "no"), "x")


def test_an_encoder_has_no_head_of_its_own(tmp_path: Path) -> None:
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    task = declare("classification", "text pair label", labels=LABELS, recipe=Recipe())
    fit = a_fit(folder, classification.kind, task, trained=False)
    with pytest.raises(XbenchError, match="no trained head.*zero-shot"):
        load(classification.kind.head).runner(fit, None, CPU, 0)


def test_xlm_r_spends_positions_on_padding(tmp_path: Path) -> None:
    checkpoint = resolve_checkpoint(str(tiny_checkpoints.build(tmp_path / "encoder", "xlm-roberta")))
    tokenizer = loading.load_tokenizer(checkpoint)
    longest = loading.longest(checkpoint, tokenizer, 512)
    assert longest == 62
    model = loading.load_encoder(checkpoint)
    ids = torch.full((1, longest), 4)
    model(input_ids=ids, attention_mask=torch.ones_like(ids))
    ids = torch.full((1, longest + 1), 4)
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=ids, attention_mask=torch.ones_like(ids))


@pytest.mark.skipif(torch.cuda.is_available(), reason="here torch can use CUDA")
def test_a_torch_without_cuda_says_so() -> None:
    with pytest.raises(XbenchError, match="--device cpu"):
        Machine("cuda:0", "bf16").check()


def test_batches_hold_every_sequence_once_within_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 500)
    batches = list(by_length(lengths, 128))
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert all(len(batch) * lengths[batch].max() <= 128 or len(batch) == 1 for batch in batches)


def test_out_of_memory_halves_the_budget_and_loses_nothing() -> None:
    lengths = np.random.default_rng(0).integers(1, 40, 200)
    told: list[int] = []
    given = Budget(1024, told.append)
    seen: list[int] = []

    def call(picked: np.ndarray) -> None:
        if len(picked) * lengths[picked].max() > 300:
            raise torch.OutOfMemoryError
        seen.extend(picked.tolist())

    run_in_batches(lengths, given, call)
    assert sorted(seen) == list(range(200))
    assert given.tokens == 256
    assert told == [512, 256]

    def never(picked: np.ndarray) -> None:
        raise torch.OutOfMemoryError

    with pytest.raises(XbenchError, match="single sequence"):
        run_in_batches(lengths, Budget(64), never)


def test_a_budget_that_was_too_large_is_so_for_the_next_process_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path / "cache"))
    model = loading.load_encoder(resolve_checkpoint(str(tiny_checkpoints.build(tmp_path / "encoder"))))
    first = budget(model, CPU, padded=False)
    first.halve(torch.OutOfMemoryError(), 10)
    assert budget(model, CPU, padded=False).tokens == first.tokens
    # Of another dtype, or with padding, a batch takes other memory.
    assert budget(model, Machine("cpu", "bf16"), padded=False).tokens == 2 * first.tokens
    assert budget(model, CPU, padded=True).tokens != first.tokens


def test_procrustes_recovers_a_known_rotation() -> None:
    random = np.random.default_rng(0)
    rotation, _ = np.linalg.qr(random.normal(size=(20, 20)))
    source = random.normal(size=(100, 20))
    assert np.abs(orthogonal_map(source, source @ rotation) - rotation).max() < 1e-6


def test_procrustes_stays_orthogonal_with_fewer_pairs_than_dimensions() -> None:
    random = np.random.default_rng(0)
    rotation, _ = np.linalg.qr(random.normal(size=(20, 20)))
    source = random.normal(size=(8, 20))
    found = orthogonal_map(source, source @ rotation)
    assert np.abs(found @ found.T - np.eye(20)).max() < 1e-9
    assert np.abs(source @ found - source @ rotation).max() < 1e-4


def test_collate_pads_with_the_padding_id(tmp_path: Path) -> None:
    task = declare("classification", "text label", labels=LABELS, recipe=Recipe())
    tokenizer = loading.load_tokenizer(resolve_checkpoint(str(tiny_checkpoints.build(tmp_path / "e"))))
    rows = [{"id": "0", "text": "a", "label": "yes"}, {"id": "1", "text": "a b c", "label": "no"}]
    batch = collate(classification.kind.encode(rows, tokenizer, task, 16), np.array([0, 1]), 0, torch.device("cpu"))
    plain = tokenizer(["a", "a b c"], padding=True, return_tensors="pt")
    assert torch.equal(batch["input_ids"], plain["input_ids"])
    assert torch.equal(batch["attention_mask"], plain["attention_mask"])


def test_every_step_trains_on_the_recipes_rows() -> None:
    steps = Steps(10, Recipe(batch_size=4, epochs=2, learning_rate=1.0, warmup=0.5), seed=3)
    assert steps.total == 6
    for epoch in range(2):
        assert sorted(np.concatenate([steps[epoch * 3 + i] for i in range(3)])) == list(range(10))
    assert [round(steps.rate(i), 2) for i in range(6)] == [0.0, 0.33, 0.67, 1.0, 0.67, 0.33]


def test_a_slice_of_one_language_uses_its_map(tmp_path: Path) -> None:
    """The head's fit: on pairs whose target side is a rotation of the source side in disguise."""
    folder = tiny_checkpoints.build(tmp_path / "encoder")
    task = declare("translation", "source target")
    fit = a_fit(folder, translation.kind, task)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    texts = tiny_checkpoints.letters(60, 4)
    rows = [{"id": str(i), "source": text, "target": text[::-1]} for i, text in enumerate(texts)]
    features = translation.kind.encode(rows, tokenizer, task, 32)
    head = load(translation.kind.head)
    piece: Slice = task.slice("de", "train")
    workspace = Workspace(tmp_path / "fit")
    head.fit(fit, [(piece, features, len(rows))], CPU, workspace, tokenizer.pad_token_id)
    bare = head.runner(fit, None, CPU, 0).run(features, piece)
    mapped = head.runner(fit, workspace.weights, CPU, 0).run(features, piece)
    assert np.array_equal(bare["source"], mapped["source"])

    def distance(sides: dict[str, np.ndarray]) -> float:
        unit = {side: v / np.linalg.norm(v, axis=-1, keepdims=True) for side, v in sides.items()}
        return float(np.linalg.norm(unit["source"] - unit["target"]))

    assert distance(mapped) < distance(bare)
    assert np.allclose(np.linalg.norm(bare["target"], axis=-1), np.linalg.norm(mapped["target"], axis=-1), rtol=1e-4)
