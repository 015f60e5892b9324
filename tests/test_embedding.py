"""Fine-tuning the rows of an embedding that are read, against fine-tuning all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_checkpoints
import torch
import transformers
from kind_helpers import task as declare
from test_model import CPU, LABELS, a_fit, pairs

from xbench.api import Recipe
from xbench.kinds import classification
from xbench.model import loading
from xbench.model.embedding import Read, trained_rows
from xbench.model.heads import gradient
from xbench.model.workspace import Workspace
from xbench.plugins import load

WORDS = "embeddings.word_embeddings.weight"


def model(tmp_path: Path, auto: str = "AutoModelForSequenceClassification", architecture: str = "bert") -> Any:
    folder = tiny_checkpoints.build(tmp_path / architecture, architecture, auto=auto)
    return getattr(transformers, auto).from_pretrained(folder, dtype=torch.float32)


def fitted(folder: Path, encoder: Path, decay: float) -> tuple[dict[str, torch.Tensor], list[float], np.ndarray]:
    """Weights and losses of a fit of twenty steps, and the sub-tokens of its rows."""
    recipe = Recipe(learning_rate=1e-2, epochs=4, batch_size=8, weight_decay=decay, epsilon=1e-4)
    task = declare("classification", "text pair label", labels=LABELS, recipe=recipe)
    rows = [{**row, "text": row["text"].replace("e", "d"), "pair": row["pair"].replace("e", "d")} for row in pairs()]
    fit = a_fit(encoder, classification.kind, task)
    tokenizer = loading.load_tokenizer(fit.checkpoint)
    features = classification.kind.encode(rows, tokenizer, task, 24)
    head, workspace = load(classification.kind.head), Workspace(folder)
    folder.mkdir()
    facts = head.fit(fit, [(task.slice("en", "train"), features, len(rows))], CPU, workspace, tokenizer.pad_token_id)
    found = transformers.AutoModelForSequenceClassification.from_pretrained(workspace.weights)
    return found.state_dict(), facts["losses"], np.unique(features.ids)


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta", "distilbert", "deberta-v2"])
def test_what_is_learned_is_the_same(
    tmp_path: Path, decay: float, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = tiny_checkpoints.build(tmp_path / "encoder", architecture, dropout=0.0)
    ours, losses, used = fitted(tmp_path / "ours", encoder, decay)

    @contextmanager
    def every(*given: Any) -> Iterator[None]:
        yield

    monkeypatch.setattr(gradient, "trained_rows", every)
    theirs, plain, _ = fitted(tmp_path / "theirs", encoder, decay)
    assert np.abs(np.array(losses) - plain).max() < 1e-5
    assert ours.keys() == theirs.keys()
    for name, weight in ours.items():
        assert (weight - theirs[name]).abs().max() < 1e-4, name
    (name,) = (name for name in ours if name.endswith(WORDS))
    before = transformers.AutoModel.from_pretrained(encoder, dtype=torch.float32).get_input_embeddings().weight
    moved = (ours[name] != before).any(1)
    assert 0 < len(used) < len(before), "where all sub-tokens occur, nothing is shown"
    if decay:
        # A row of zeros, such as that of padding, has nothing to lose.
        assert moved[before.abs().sum(1) > 0].all()
    else:
        assert not moved[np.setdiff1d(np.arange(len(before)), used)].any()
        assert moved.any()


def test_rows_that_nobody_reads_have_no_gradient_and_no_moments(tmp_path: Path) -> None:
    found = model(tmp_path)
    wide = found.get_input_embeddings().weight.shape[1]
    with trained_rows(found, np.array([5, 7, 5]), 0.0):
        inner = found.get_input_embeddings()
        assert isinstance(inner, Read)
        assert [tuple(one.shape) for name, one in found.named_parameters() if name.endswith(WORDS)] == [(2, wide)]
    assert type(found.get_input_embeddings()) is torch.nn.Embedding


def test_within_it_every_sub_token_can_be_read_the_trained_ones_as_they_are_now(tmp_path: Path) -> None:
    found = model(tmp_path)
    before = found.get_input_embeddings().weight.detach().clone()
    ids = torch.tensor([[0, 5, 6], [7, 9, 5]])
    with trained_rows(found, np.array([5, 7]), 0.0):
        inner = found.get_input_embeddings()
        assert torch.equal(inner(ids), before[ids])
        with torch.no_grad():
            inner.weight += 1
        expected = before.clone()
        expected[[5, 7]] += 1
        assert torch.equal(inner(ids), expected[ids])
    assert torch.equal(found.get_input_embeddings()(ids), expected[ids])


def test_padding_that_is_read_learns_nothing(tmp_path: Path) -> None:
    found = model(tmp_path)
    whole = found.get_input_embeddings()
    assert whole.padding_idx is not None
    with trained_rows(found, np.array([whole.padding_idx, 5]), 0.0):
        inner = found.get_input_embeddings()
        inner(torch.tensor([whole.padding_idx, 5])).sum().backward()
        assert inner.weight.grad[0].abs().sum() == 0 < inner.weight.grad[1].abs().sum()


def test_an_embedding_whose_weights_are_also_others_is_left_as_it_is(tmp_path: Path) -> None:
    found = model(tmp_path, "AutoModelForMaskedLM")
    assert found.get_output_embeddings().weight is found.get_input_embeddings().weight
    with trained_rows(found, np.array([5]), 0.0):
        assert type(found.get_input_embeddings()) is torch.nn.Embedding


def test_what_was_learned_before_an_error_is_kept(tmp_path: Path) -> None:
    found = model(tmp_path)

    def killed() -> None:
        with trained_rows(found, np.array([5]), 0.0):
            torch.nn.init.zeros_(found.get_input_embeddings().weight)
            raise KeyError

    with pytest.raises(KeyError):
        killed()
    assert found.get_input_embeddings().weight[5].abs().sum() == 0
