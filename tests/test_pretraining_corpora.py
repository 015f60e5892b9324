"""What a pretraining reads: tokenizers, corpora, and passages as sequences."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from made_up import cli, refused
from pretraining_helpers import LETTERS, SMALL, Toy, folder, pooled, recipe, said, tokenizer, told
from transformers import AutoTokenizer

from xbench.api import Corpus
from xbench.plugins import Registry, registry
from xbench.pretraining.folder import Folder
from xbench.pretraining.material import material
from xbench.pretraining.packing import IGNORED, Template, hide, pack, template
from xbench.pretraining.passages import Pool
from xbench.pretraining.tokenizer import balanced, save, train

THAI, LAO, KHMER, BURMESE, TIBETAN, KANA = "สวัสดีครับ", "ສະບາຍດີ", "សួស្តី", "မင်္ဂလာပါ", "བཀྲ་ཤིས", "こんにちはカタカナ"


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


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text files of four languages that translate each other."""
    return folder(tmp_path_factory.mktemp("texts") / "texts")


def random() -> np.random.Generator:
    return np.random.default_rng(7)


# The tokenizer


def test_the_same_texts_give_the_same_tokenizer(tmp_path: Path) -> None:
    """In another process too, whose hash tables are in another order."""
    texts = {"de": [told("de", one) for one in said(200)], "ru": [told("ru", one) for one in said(200)], "th": [THAI]}
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    code = (
        "import json, sys; from xbench.pretraining.tokenizer import train;"
        "print(train(json.load(open(sys.argv[1])), 200, 0.3).backend_tokenizer.to_str())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "texts.json")]
    other = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert {train(texts, 200, 0.3).backend_tokenizer.to_str() for _ in range(3)} == {other}


def test_a_tokenizer_is_loaded_as_it_was_saved(words: Any, tmp_path: Path) -> None:
    """Beside the configuration of a BERT, by whose name transformers chooses the tokenizer's class."""
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    mixed = {"th": [THAI, "ก", "ข"], "en": ["Café au lait, 12.50", "Ａ ﬁ"], "zh": ["中国 人"], "ja": [KANA]}
    for trained in (words, train(mixed, 200, 0.3)):
        save(trained, 32, tmp_path)
        loaded = AutoTokenizer.from_pretrained(tmp_path)
        for text in [*(told(tag, one) for tag in LETTERS for one in said(50)), *chain(*mixed.values())]:
            assert dict(loaded(text, text)) == dict(trained(text, text))
        assert loaded.model_max_length == 32
    assert loaded("a", "a")["token_type_ids"] == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("text", [THAI, LAO, KHMER, BURMESE, TIBETAN, KANA])
def test_letters_of_scripts_without_spaces_stand_alone(text: str, words: Any) -> None:
    import unicodedata

    pieces = [piece for piece, _ in words.backend_tokenizer.pre_tokenizer.pre_tokenize_str(f"ab {text}")]
    assert pieces[0] == "ab" and "".join(pieces[1:]) == text
    for piece in pieces[1:]:
        assert sum(unicodedata.category(character) in ("Lo", "Ll") for character in piece) <= 1


def test_a_number_stands_apart_and_stays_whole(words: Any) -> None:
    pieces = [piece for piece, _ in words.backend_tokenizer.pre_tokenizer.pre_tokenize_str("و125 12an")]
    assert pieces == ["و", "125", "12", "an"]


def test_case_and_accents_stay_and_composition_does_not_matter(words: Any) -> None:
    normalize = words.backend_tokenizer.normalizer.normalize_str
    assert normalize("E\u0301Ab") == "ÉAb"


def test_rare_characters_leave_room_for_words() -> None:
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 500)))
    trained = train({"zh": [many], "en": ["hello there"] * 20}, 200, 1.0)
    single = [piece for piece in trained.get_vocab() if len(piece.removeprefix("##")) == 1]
    assert len(single) + 5 <= 100
    assert trained.tokenize("hello there") == ["hello", "there"]
    assert trained.tokenize("hole") != ["[UNK]"], "frequent characters are there on their own"


def test_small_languages_count_for_more_than_their_share() -> None:
    texts = {"en": [f"{i}" for i in range(10_000)], "yo": [f"{i}" for i in range(10)]}
    large, small = (list(taken) for taken in balanced(texts, 0.3))
    assert len(large) + len(small) == pytest.approx(10_010, abs=2)
    assert len(large) / len(small) == pytest.approx((10_000 / 10) ** 0.3, rel=0.01)
    assert set(small) == set(texts["yo"])
    assert np.ptp(np.diff([int(text) for text in large])) <= 1, "evenly from the whole"


# Corpora


def test_a_folder_holds_out_the_same_lines_of_every_file(texts: Path) -> None:
    corpus: Corpus = Folder(texts, parallel=True)
    assert corpus.languages == ("de", "en", "ru", "sw")
    things = said(400)
    for language in corpus.languages:
        held = corpus.passages(language, "dev").texts
        assert held == tuple(told(language, things[line]) for line in range(19, 400, 20))
        learned = corpus.passages(language, "train").texts
        assert sorted((*held, *learned)) == sorted(told(language, one) for one in things)


@pytest.mark.parametrize("tag", ["ar", "de", "en", "th"])
def test_no_passage_for_pretraining_that_is_held_out_is_learned_from(tag: str) -> None:
    """Nor one of the same letters, which would be the same facts in another order."""
    corpus = registry().corpora["cldr"]
    held, learned = (corpus.passages(tag, split) for split in ("dev", "train"))
    seen = {"".join(sorted(text)) for text in (*learned.texts, *learned.restated)}
    assert len(held.texts) == len(held.restated) == 200
    assert not [text for text in (*held.texts, *held.restated) if "".join(sorted(text)) in seen]


def test_a_revision_is_of_the_content(texts: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(texts, tmp_path / "copy")
    assert Folder(copy).revision() == Folder(texts).revision()
    (copy / "de.txt").write_text("other\n" * 400)
    assert Folder(copy).revision() != Folder(texts).revision()


def test_ends_of_lines_and_marks_are_no_passages(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_bytes("\ufeffone\r\ntwo\u2028two\r\n\r\nthree\r\nfour\r\n\n".encode())
    corpus = Folder(tmp_path)
    found = {*corpus.passages("en", "train").texts, *corpus.passages("en", "dev").texts}
    assert found == {"one", "two\u2028two", "three", "four"}


def empty(path: Path) -> None:
    for file in path.iterdir():
        file.unlink()


BAD_FOLDERS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "no files": (empty, ("holds no text", "de.txt")),
    "no language": (lambda path: (path / "germn.txt").write_text("a\n"), ("germn.txt", "not called after a language")),
    "twice": (lambda path: (path / "deu.txt").write_text("a\n"), ("de.txt", "deu.txt", "both of the language de")),
    "empty": (lambda path: (path / "sw.txt").write_text("\n \n"), ("sw.txt is empty",)),
    "not UTF-8": (lambda path: (path / "sw.txt").write_bytes(b"ab\xff\n"), ("sw.txt is not UTF-8 (byte 2)",)),
    "uneven": (lambda path: (path / "sw.txt").write_text("a\n" * 399), ("400 lines", "has 399", "--parallel")),
    "blank": (
        lambda path: (path / "sw.txt").write_text("a\n" * 30 + "\n" + "a\n" * 369),
        ("line 31", "sw.txt", "is blank"),
    ),
    "short": (lambda path: [file.write_text("a\nb\n") for file in path.iterdir()], ("two or more",)),
}


@pytest.mark.parametrize("name", BAD_FOLDERS)
def test_bad_folders_say_what_is_wrong(name: str, texts: Path, tmp_path: Path) -> None:
    spoil, parts = BAD_FOLDERS[name]
    corpus = shutil.copytree(texts, tmp_path / "corpus")
    spoil(corpus)
    ended = cli("pretrain", "--corpus", str(corpus), "--parallel", "--out", str(tmp_path / "out"), *SMALL)
    refused(ended, *parts)


def test_a_corpus_is_a_plugin() -> None:
    module = ModuleType("made_up_corpus")
    module.corpus = Toy()  # type: ignore[attr-defined]
    found = Registry()
    assert found.scan(module, "here") == 1
    assert found.corpora["toy"].passages("de", "dev").texts


# Sequences


def test_passages_are_put_together_as_the_tokenizer_does(toy: Toy, words: Any, passages: Pool, shape: Template) -> None:
    de, en = (toy.passages(tag, "train").texts for tag in ("de", "en"))
    left, right = np.arange(0, 400, 9), np.arange(0, 400, 9)
    single = pack(passages, shape, passages.first[0] + left)
    pair = pack(passages, shape, passages.first[0] + left, passages.first[1] + right)
    expected = (
        (single, words([de[row] for row in left], padding=True, return_tensors="np")),
        (pair, words([de[row] for row in left], [en[row] for row in right], padding=True, return_tensors="np")),
    )
    for batch, wanted in expected:
        np.testing.assert_array_equal(batch.ids, wanted["input_ids"])
        np.testing.assert_array_equal(batch.types, wanted["token_type_ids"])
        np.testing.assert_array_equal(batch.mask, wanted["attention_mask"])
        special = np.isin(batch.ids, words.all_special_ids)
        np.testing.assert_array_equal(batch.own, batch.mask & ~special)


def test_long_passages_lose_their_end(passages: Pool, words: Any) -> None:
    short = template(words, 8)
    every = np.arange(400)
    assert pack(passages, short, every).ids.shape[1] == 8
    pair = pack(passages, short, every, every)
    assert pair.ids.shape[1] <= 8
    assert (pair.own & (pair.types == 1)).any(axis=1).all(), "the second passage is there as well"


@pytest.mark.parametrize(
    ("objectives", "shortened"),
    [({"mlm": 1.0}, False), ({"contrastive": 1.0}, False), ({"mlm": 1.0, "tlm": 1.0}, True), ({"matching": 1.0}, True)],
)
def test_passages_lose_their_end_where_two_stand_in_a_sequence(
    objectives: dict[str, float], shortened: bool, toy: Toy, words: Any
) -> None:
    """Four to six words: room for each of two is in no sequence of 12, room for one is in every."""
    narrow = {**recipe().architecture, "max_position_embeddings": 12}
    asked = recipe(objectives=objectives, languages=toy.languages, architecture=narrow)
    found = material(asked, toy, lambda passages: words)
    assert (found.facts()["shortened"] > 0) is shortened
    assert (found.facts()["passages"], found.facts()["held_out"]) == (4 * 400, 4 * 40)


def test_a_fifth_is_hidden_as_in_bert(passages: Pool, shape: Template) -> None:
    batch = pack(passages, shape, np.arange(1600), np.arange(1600))
    masked, labels = hide(batch, shape, 0.2, random())
    hidden = labels != IGNORED
    assert not hidden[~batch.own].any()
    np.testing.assert_array_equal(hidden.sum(1), np.maximum(1, np.round(0.2 * batch.own.sum(1))))
    np.testing.assert_array_equal(labels[hidden], batch.ids[hidden])
    np.testing.assert_array_equal(masked.ids[~hidden], batch.ids[~hidden])
    became = masked.ids[hidden]
    assert (became == shape.mask).mean() == pytest.approx(0.8, abs=0.03)
    assert (became == batch.ids[hidden]).mean() == pytest.approx(0.1, abs=0.03)
    assert np.isin(became[became != shape.mask], shape.ordinary).all()
