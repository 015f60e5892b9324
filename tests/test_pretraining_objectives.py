"""Where the weights of a pretraining begin, and what it learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pretraining_helpers import THINGS, Toy, pooled, recipe, said, tokenizer, told, word
from torch.nn.functional import cross_entropy
from transformers import BertForMaskedLM

from xbench.api import Passages
from xbench.model.workspace import Machine
from xbench.pretraining import checkpoint
from xbench.pretraining.encoder import Encoder
from xbench.pretraining.initialise import structured
from xbench.pretraining.lsa import vectors
from xbench.pretraining.objectives import APART, TOGETHER, Contrastive, MaskedPairs, MaskedPassages, Matching, contrast
from xbench.pretraining.packing import Template, hide, pack, template
from xbench.pretraining.passages import Pool


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy()


@pytest.fixture(scope="module")
def words(toy: Toy) -> Any:
    return tokenizer(toy)


@pytest.fixture(scope="module")
def passages(toy: Toy, words: Any) -> Pool:
    return pooled(toy, words)


@pytest.fixture(scope="module")
def shape(words: Any) -> Template:
    return template(words, 32)


def runner(words: Any, shape: Template, passages: Pool | None = None) -> Encoder:
    """A model with weights by chance, or with structured ones, that differ enough for a wrong batch to show."""
    model = checkpoint.build(recipe(), len(words), shape)
    if passages is not None:
        structured(model, passages, 0)
    else:
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) * 0.2)
    model.set_attn_implementation("eager")
    # Pieces of few sub-tokens, so that a batch is many of them.
    return Encoder(model.eval(), Machine("cpu", "fp32"), 64)


def random() -> np.random.Generator:
    return np.random.default_rng(7)


# Where weights begin


def pieces(words: Any, language: str) -> dict[int, int]:
    """Thing -> its sub-token, of the things whose word is one."""
    vocabulary = words.get_vocab()
    names = {thing: word(language, thing) for thing in range(THINGS)}
    return {thing: vocabulary[name] for thing, name in names.items() if name in vocabulary}


def test_words_that_translate_each_other_get_similar_vectors(words: Any, passages: Pool) -> None:
    found = vectors(passages, len(words), 30, 0)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.array_equal(found, vectors(passages, len(words), 30, 0))
    de, ru = pieces(words, "de"), pieces(words, "ru")
    both = sorted(de.keys() & ru.keys())
    assert len(both) > THINGS / 2
    cosines = found[[de[thing] for thing in both]] @ found[[ru[thing] for thing in both]].T
    assert (cosines.argmax(axis=1) == np.arange(len(both))).mean() > 0.95


def test_without_translations_words_of_one_subject_are_alike() -> None:
    """Things below 20 are never mentioned beside those from 20 on."""
    halves = [told("de", one) for one in said(300, things=20)]
    others = [told("de", [thing + 20 for thing in one]) for one in said(300, seed=1, things=20)]
    corpus = Toy(("de",), parallel=False)
    corpus.passages = lambda language, split: Passages((*halves, *others))  # type: ignore[method-assign]
    own = tokenizer(corpus)
    found = vectors(pooled(corpus, own), len(own), 4, 0)
    known = pieces(own, "de")
    cosines = found[list(known.values())] @ found[list(known.values())].T
    side = np.array(list(known)) < 20
    same = side[:, None] == side
    assert cosines[same].mean() > cosines[~same].mean() + 0.5


@pytest.mark.parametrize(("hidden", "heads"), [(64, 2), (48, 3), (128, 2), (96, 4)])
def test_a_token_attends_to_its_copy_in_the_other_segment(
    hidden: int, heads: int, words: Any, passages: Pool, shape: Template
) -> None:
    wide = {**recipe().architecture, "hidden_size": hidden, "num_attention_heads": heads, "intermediate_size": hidden}
    model = checkpoint.build(recipe(architecture=wide), len(words), shape)
    structured(model, passages, 0)
    model.set_attn_implementation("eager")
    known = list(pieces(words, "de").values())[:12]
    # The same things in another order.
    left, right = known[:6], [known[place] for place in (3, 5, 0, 4, 1, 2)]
    ids = torch.tensor([[shape.first, *left, shape.last[0], *right, shape.last[0]]])
    types = torch.tensor([[0] * 8 + [1] * 7])
    attended = model.bert(ids, token_type_ids=types, output_attentions=True).attentions[0][0].mean(0)
    for place, token in enumerate(left, 1):
        assert int(attended[place].argmax()) == 8 + right.index(token)
    for place, token in enumerate(right, 8):
        assert int(attended[place].argmax()) == 1 + left.index(token)


def test_the_reserved_dimensions_know_nothing_but_the_segment(words: Any, passages: Pool, shape: Template) -> None:
    model = runner(words, shape, passages).model
    embeddings = model.bert.embeddings
    reserved = [0, 32]
    assert not embeddings.word_embeddings.weight[:, reserved].any()
    assert not embeddings.position_embeddings.weight[:, reserved].any()
    assert embeddings.token_type_embeddings.weight[:, reserved].tolist() == pytest.approx(
        np.array([[-0.53] * 2, [0.53] * 2])
    )
    first, later = (layer.attention.self for layer in model.bert.encoder.layer)
    for weight, sign in ((first.query.weight, -1.0), (first.key.weight, 1.0)):
        assert weight[reserved, reserved].tolist() == [sign, sign]
        assert int((weight[reserved] != 0).sum()) == int((weight[:, reserved] != 0).sum()) == 2
    for weight in (later.query.weight, later.key.weight):
        assert float(weight.detach().diag().mean()) == pytest.approx(0.5, abs=0.02)
    turned = first.value.weight / 0.7
    torch.testing.assert_close(turned @ turned.T, torch.eye(64), atol=1e-5, rtol=0)
    assert model.cls.predictions.decoder.weight is embeddings.word_embeddings.weight


# Objectives


def test_masked_loss_is_that_of_transformers(words: Any, passages: Pool, shape: Template) -> None:
    encoder = runner(words, shape)
    objective = MaskedPassages(0.2)
    with torch.no_grad():
        own = objective.loss(encoder, passages, shape, 16, random())
    again = random()
    languages, rows = passages.draw(16, again)
    batch, labels = hide(pack(passages, shape, passages.first[languages] + rows), shape, 0.2, again)
    theirs = BertForMaskedLM(encoder.model.config).eval()
    state = {name: value for name, value in encoder.model.state_dict().items() if "seq_relationship" not in name}
    assert not [key for key in theirs.load_state_dict(state, strict=False).missing_keys if "pooler" not in key]
    with torch.no_grad():
        wanted = theirs(
            torch.tensor(batch.ids), torch.tensor(batch.mask), torch.tensor(batch.types), labels=torch.tensor(labels)
        ).loss
    assert float(own) == pytest.approx(float(wanted), rel=1e-5)


def test_pairs_are_translations_restatements_or_what_follows(words: Any, passages: Pool, shape: Template) -> None:
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    encoder = runner(words, shape)

    def spy(pool: Pool, shape: Template, left: np.ndarray, right: np.ndarray | None = None) -> Any:
        assert right is not None
        seen.append((left, right))
        return pack(pool, shape, left, right)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xbench.pretraining.objectives.pack", spy)
        for crosslingual, pool in ((0.6, passages), (0.0, passages), (0.0, pooled(Toy(restated=False), words))):
            MaskedPairs(0.2, crosslingual).loss(encoder, pool, shape, 300, random())
    mixed, restated, following = seen
    # 400 passages and as many again of each language.
    translated = mixed[0] // 800 != mixed[1] // 800
    assert translated.mean() == pytest.approx(0.6, abs=0.08)
    assert (mixed[0] % 800 == mixed[1] % 800)[translated].all()
    assert (mixed[1] - mixed[0] == 400)[~translated].all()
    assert (restated[1] - restated[0] == 400).all()
    assert (following[0] // 400 == following[1] // 400).all()
    assert ((following[0] + 1) % 400 == following[1] % 400).all()


def test_contrast_is_the_formula() -> None:
    left, right = (torch.randn(5, 8, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    a, b = left.double().numpy(), right.double().numpy()
    total = 0.0
    for i in range(5):
        there = [a[i] @ b[j] / np.linalg.norm(a[i]) / np.linalg.norm(b[j]) / 0.07 for j in range(5)]
        back = [a[j] @ b[i] / np.linalg.norm(a[j]) / np.linalg.norm(b[i]) / 0.07 for j in range(5)]
        total += np.log(np.exp(there).sum()) - there[i] + np.log(np.exp(back).sum()) - back[i]
    assert float(contrast(left, right, 0.07)) == pytest.approx(total / 10, rel=1e-5)


def test_contrastive_compares_means_without_the_first_state(words: Any, passages: Pool, shape: Template) -> None:
    encoder = runner(words, shape)
    with torch.no_grad():
        own = Contrastive(0.07).loss(encoder, passages, shape, 6, random())
        again = random()
        languages, _ = passages.draw(6, again)
        rows = again.permutation(400)[:6]
        others = passages.others(languages, again)
        assert (others != languages).all()
        sides = []
        for side in (languages, others):
            means = []
            for start in passages.first[side] + rows:
                ids = passages.ids[passages.offsets[start] : passages.offsets[start + 1]]
                sequence = torch.tensor([[shape.first, *ids, *shape.last]])
                means.append(encoder.model.bert(sequence).last_hidden_state[0, 1:].mean(0))
            sides.append(torch.stack(means))
    assert float(own) == pytest.approx(float(contrast(*sides, 0.07)), rel=1e-4)


def test_matching_loss_is_that_of_transformers(words: Any, passages: Pool, shape: Template) -> None:
    encoder, objective = runner(words, shape), Matching(0.7)
    with torch.no_grad():
        own = objective.loss(encoder, passages, shape, 16, random())
        left, right, labels = objective.pairs(passages, 16, random())
        batch = pack(passages, shape, left, right)
        logits = encoder.model(
            torch.tensor(batch.ids), torch.tensor(batch.mask), torch.tensor(batch.types)
        ).seq_relationship_logits
    assert float(own) == pytest.approx(float(cross_entropy(logits, torch.tensor(labels))), rel=1e-4)


def test_matching_pairs_say_the_same_or_not(passages: Pool) -> None:
    left, right, labels = Matching(0.7).pairs(passages, 4000, random())
    same_row = left % 400 == right % 400
    np.testing.assert_array_equal(same_row, labels == TOGETHER)
    one_language = left // 800 == right // 800
    # In one language, the right side is never the passage itself.
    assert (right % 800 >= 400)[one_language].all()
    for label in (TOGETHER, APART):
        chosen = labels == label
        assert chosen.mean() == pytest.approx(0.5, abs=0.03)
        assert one_language[chosen].mean() == pytest.approx(0.7, abs=0.04), "which languages say nothing of the answer"


def test_without_restatements_all_pairs_are_translations(words: Any) -> None:
    left, right, _ = Matching(0.7).pairs(pooled(Toy(restated=False), words), 500, random())
    assert (left // 400 != right // 400).all()
