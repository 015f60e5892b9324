"""What a tokenizer makes of texts, which rows repeat others, and the way of both into `languages.csv`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import made_up
import numpy as np
import pandas as pd
import pytest
from kind_helpers import MBERT, bytelevel, need, unigram, wordpiece

from xbench.api import Textual
from xbench.kinds.texts import Counts, counted, identities, repeated
from xbench.languages.scripts import spaced
from xbench.plugins import registry
from xbench.reporting.facts import facts, read
from xbench.store import predictions

TEXTS = ["abc x. .", "ab  ab"]
"""Words `abc`, `x.`, `ab`, `ab` (a lone full stop is none); characters 3 + 2 + 1 + 2 + 2; no tokenizer here knows x."""


def test_wordpiece_by_hand() -> None:
    # ab ##c [UNK] . . | ab ab
    assert counted(TEXTS, wordpiece()) == Counts(10, 4, 7, 1, 1)


def test_an_unknown_word_counts_with_all_its_characters() -> None:
    # a [UNK] | no more
    assert counted(["a bxbxb"], wordpiece()) == Counts(6, 2, 2, 1, 5)


def test_pieces_by_hand() -> None:
    # ▁ab c | ▁ <unk> . | ▁ . | ▁ab | ▁ab: the unknown token stands for one letter
    assert counted(TEXTS, unigram()) == Counts(10, 4, 9, 1, 1)


def test_bytes_have_no_unknown_token() -> None:
    found = counted(["a b é"], bytelevel())
    assert (found.unknown, found.unknown_characters, found.characters) == (0, 0, 3)


def test_nothing_is_cut_off_and_nothing_put_around() -> None:
    assert counted(["ab " * 5000], wordpiece()).sub_tokens == 5000


def test_counts_of_a_real_vocabulary() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(need(MBERT))
    texts = ["Der Hund schläft auf dem Sofa.", "ᬅᬓ᭄ᬱᬭ"]
    found = counted(texts, tokenizer)
    assert found.sub_tokens == sum(len(tokenizer.tokenize(text)) for text in texts)
    assert found.words == 7 and found.characters == 25 + len(texts[1])
    assert found.unknown_characters == len(texts[1]), "mBERT has no Balinese"


@pytest.mark.parametrize("tag", ["ja", "zh", "zh-Hant", "th", "lo", "km", "my", "bo", "dz", "yue"])
def test_scripts_without_blanks_have_no_words(tag: str) -> None:
    assert not spaced(tag)


@pytest.mark.parametrize("tag", ["de", "ko", "hi", "ar", "am", "vi", "ru", "en-simple", "qaa"])
def test_scripts_with_blanks_have_words(tag: str) -> None:
    assert spaced(tag)


ROWS: dict[str, dict[str, Any]] = {
    "classification": {"text": "a b", "pair": "c"},
    "tagging": {"words": ["a", "b"], "tags": ["O", "O"]},
    "translation": {"source": "no", "target": "a b"},
    "lexicon": {"source": "no", "target": "a"},
    "alignment": {"source": ["no"], "target": ["a", "b"], "sure": [], "possible": []},
    "cloze": {"source": "no", "target": ["a", "b"], "language": "de"},
    "generation": {"source": "no", "target": "a b"},
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_every_kind_names_the_texts_of_the_tested_language(name: str) -> None:
    kind = registry().kinds[name]
    assert isinstance(kind, Textual)
    texts = kind.texts(ROWS[name])
    assert set(" ".join(texts).split()) <= {"a", "b", "c"}
    assert not isinstance(texts, str)


def test_every_kind_that_is_shipped_is_tried() -> None:
    assert set(ROWS) == set(registry().kinds)


def test_rows_are_the_same_whatever_their_labels_and_blanks() -> None:
    kind = registry().kinds["classification"]
    assert isinstance(kind, Textual)
    rows = [{"text": "a  b", "pair": "c"}, {"text": "a b ", "pair": "c", "label": "x"}, {"text": "a", "pair": "b c"}]
    one, same, other = identities(rows, kind)
    assert one == same and one != other


def test_repeated_counts_every_row_that_was_learned() -> None:
    random = np.random.default_rng(0)
    rows, learned = random.integers(50, size=200).astype(np.uint64), random.integers(50, size=20).astype(np.uint64)
    by_hand = sum(row in set(learned.tolist()) for row in rows.tolist())
    assert repeated(rows, np.unique(learned)) == by_hand > 0
    assert repeated(rows, np.zeros(0, np.uint64)) == 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> made_up.World:
    return made_up.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def out(world: made_up.World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose test rows in English hold three training rows, and one from elsewhere."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (train,) = world.mirror.glob("made-up/topics/**/en/train*.parquet")
    (test,) = world.mirror.glob("made-up/topics/**/en/test*.parquet")
    learned, rows = pq.read_table(train).to_pylist(), pq.read_table(test).to_pylist()
    for place in range(3):
        rows[place]["sentence"] = f" {learned[place + 5]['sentence']}"
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(test)), test)
    folder = tmp_path_factory.mktemp("out")
    assert world.bench(folder, languages=["en", "de"]).complete
    return folder


@pytest.mark.e2e
def test_a_run_says_how_long_its_texts_are_and_which_it_learned_from(world: made_up.World, out: Path) -> None:
    import pyarrow.parquet as pq

    table = pd.read_csv(out / "languages.csv")
    assert table["language"].tolist() == ["de", "en"] and set(table["checkpoint"]) == {world.checkpoint.name}
    for row in table.to_dict("records"):
        (path,) = world.mirror.glob(f"made-up/topics/**/{row['language']}/test*.parquet")
        texts = pq.read_table(path)["sentence"].to_pylist()
        expected = asdict(counted(texts, wordpiece()))
        assert {name: row[name] for name in expected} == expected
        assert row["sub_tokens_per_word"] == pytest.approx(row["sub_tokens"] / row["words"], abs=1e-4)
        (train,) = world.mirror.glob("made-up/topics/**/en/train*.parquet")
        learned = {" ".join(text.split()) for text in pq.read_table(train)["sentence"].to_pylist()}
        again = sum(" ".join(text.split()) in learned for text in texts)
        assert row["repeated"] == again and row["repeated_share"] == pytest.approx(again / 40)
    english = table[table["language"] == "en"].iloc[0]
    assert english["repeated"] >= 3
    assert (english["name"], english["script"], english["family"], english["resource_class"], english["seen"]) == (
        "English", "Latn", "Indo-European", 5, "unknown",
    )  # fmt: skip
    ((place, known),) = read(out / "languages.csv").items()
    assert place[:3] == (world.checkpoint.name, "topics", "zero-shot") and set(known) == {"de", "en"}


@pytest.mark.e2e
def test_predictions_of_before_are_read(world: made_up.World, out: Path, tmp_path: Path) -> None:
    """They say nothing of their texts: fields are empty, and nothing is a zero."""
    import shutil

    old = tmp_path / "old"
    shutil.copytree(out, old)
    for path in old.glob("runs/**/*.parquet"):
        table, said = predictions.load(path)
        kept = {name: value for name, value in said.items() if name not in ("text", "repeated", "content")}
        predictions.save(path, table, kept)
    for path in old.glob("runs/**/scores.json"):
        path.unlink()
    ended = made_up.cli("report", "--out", str(old))
    assert ended.code == 0, ended.err
    table = pd.read_csv(old / "languages.csv")
    assert table[["words", "sub_tokens", "repeated", "unknown_share", "repeated_share"]].isna().all(axis=None)
    assert table["score"].equals(pd.read_csv(out / "languages.csv")["score"])
    assert {fact.repeated_share for known in facts(table).values() for fact in known.values()} == {None}


@pytest.mark.e2e
def test_scores_of_before_are_read(out: Path, tmp_path: Path) -> None:
    """Their `scores.json` is kept as it is where the predictions are the same."""
    import shutil

    old = tmp_path / "old"
    shutil.copytree(out, old)
    for path in old.glob("runs/**/scores.json"):
        said = json.loads(path.read_text())
        for entry in said["languages"].values():
            del entry["text"], entry["repeated"]
        path.write_text(json.dumps(said))
    assert made_up.cli("report", "--out", str(old)).code == 0
    assert pd.read_csv(old / "languages.csv")["words"].isna().all()
