"""Tokenised slices that are remembered on this machine: the same numbers, and none of a file that is not whole."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kind_helpers import bytelevel, task, unigram, wordpiece

from xbench.api import Features, Kind, Task
from xbench.data import Library, Rows
from xbench.data.rows import digest, encoded
from xbench.kinds import tokenised
from xbench.kinds.texts import counted, identities
from xbench.kinds.tokenised import Tokenizer
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.plugins import registry
from xbench.stages.inputs import Inputs
from xbench.store.arrays import cached_arrays

KINDS = registry().kinds
PAIRS = task("classification", "text pair label", labels=("no", "yes"))
TAGS = task("tagging", "words tags", labels=("O", "B-LOC", "I-LOC"))
PARALLEL = task("translation", "source target")
ROWS: dict[str, list[dict[str, Any]]] = {
    "classification": [
        {"id": "0", "text": "abc x", "pair": "ab", "label": "yes"},
        {"id": "1", "text": "a b c d e", "pair": "", "label": "no"},
        {"id": "2", "text": "ab  x", "pair": "e", "label": "no"},
    ],
    "tagging": [
        {"id": "0", "words": ["ab", "abc", "x"], "tags": ["O", "B-LOC", "I-LOC"]},
        {"id": "1", "words": [], "tags": []},
        {"id": "2", "words": ["a"] * 9, "tags": ["O"] * 9},
    ],
    "translation": [{"id": "0", "source": "ab c", "target": "e"}, {"id": "1", "source": "d", "target": "a x b"}],
}
ALL = [PAIRS, TAGS, PARALLEL]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def rows_of(kind: str, **more: Any) -> Rows:
    texts = [encoded(row) for row in ROWS[kind]]
    return Rows(texts, digest(texts), "made up", **more)


def read(declared: Task, tokenizer: Any = None, max_length: int = 8, rows: Rows | None = None) -> Features:
    kind = KINDS[declared.kind]
    own = Tokenizer(tokenizer or wordpiece())
    return tokenised.features(rows or rows_of(declared.kind), kind, declared, own, max_length)


def equal(one: Features, other: Features) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(Features)]
    return all(np.array_equal(a, b) and np.asarray(a).dtype == np.asarray(b).dtype for a, b in pairs)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the kinds that encoded rows, in their order."""
    found: list[str] = []

    def noted(own: Callable[..., Features]) -> Callable[..., Features]:
        def encode(kind: Kind, *given: Any) -> Features:
            found.append(kind.name)
            return own(kind, *given)

        return encode

    for declared in ALL:
        kind = type(KINDS[declared.kind])
        monkeypatch.setattr(kind, "encode", noted(kind.encode))
    return found


# The same numbers


@pytest.mark.parametrize("declared", ALL, ids=lambda one: one.kind)
@pytest.mark.parametrize("tokenizer", [wordpiece, unigram])
def test_what_is_remembered_is_what_the_kind_makes(declared: Task, tokenizer: Any, asked: list[str]) -> None:
    made = KINDS[declared.kind].encode(ROWS[declared.kind], tokenizer(), declared, 8)
    first, second = read(declared, tokenizer()), read(declared, tokenizer())
    assert equal(first, made) and equal(second, made)
    assert asked == [declared.kind] * 2, "once by hand, and once for the cache"


def test_features_are_pages_of_the_file_and_cannot_be_written() -> None:
    for features in (read(PAIRS), read(PAIRS)):
        assert not features.ids.flags.owndata and not features.ids.flags.writeable
        assert features.offsets.ctypes.data % features.offsets.itemsize == 0


def test_counts_and_identities_are_those_of_the_texts() -> None:
    kind: Any = KINDS["classification"]
    texts = [text for row in ROWS["classification"] for text in (row["text"], row["pair"])]
    for _ in range(2):
        assert tokenised.counts(rows_of("classification"), kind, Tokenizer(wordpiece())) == counted(texts, wordpiece())
        assert np.array_equal(
            tokenised.identities(rows_of("classification"), kind), identities(ROWS["classification"], kind)
        )


def test_remembered_rows_are_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KINDS["tagging"]

    def everything() -> tuple[Any, ...]:
        rows = rows_of("tagging")
        own = Tokenizer(wordpiece())
        return read(TAGS, rows=rows), tokenised.counts(rows, kind, own), tokenised.identities(rows, kind), len(rows)

    first = everything()
    monkeypatch.setattr("xbench.data.rows.parsed", lambda texts: pytest.fail("rows were parsed"))
    second = everything()
    assert equal(first[0], second[0]) and first[1] == second[1] and first[3] == second[3] == 3


# What is told apart


def test_whatever_changes_a_number_has_a_file_of_its_own(asked: list[str]) -> None:
    def raised(kind: Kind) -> Kind:
        other = copy.copy(kind)
        other.version = kind.version + 1
        return other

    rows, kind, own = rows_of("classification"), KINDS["classification"], Tokenizer(wordpiece())
    other = Rows(rows.texts[:2], digest(rows.texts[:2]), "made up")
    turned = replace(PAIRS, labels=("yes", "no"))
    for _ in range(2):
        tokenised.features(rows, kind, PAIRS, own, 8)
        assert tokenised.features(rows, kind, PAIRS, own, 6).lengths.max() == 6
        assert tokenised.features(rows, kind, turned, own, 8).labels.tolist() == [0, 1, 1]
        assert len(tokenised.features(other, kind, PAIRS, own, 8)) == 2
        tokenised.features(rows, kind, replace(PAIRS, settings={"drop": ["maybe"]}), own, 8)
        tokenised.features(rows, raised(kind), PAIRS, own, 8)
        tokenised.features(rows, kind, PAIRS, Tokenizer(unigram()), 8)
    assert len(asked) == 7


def test_rows_that_were_made_again_are_not_taken_for_those_before() -> None:
    """Their digest is of what they rest on; another machine's translations may differ under one name."""
    first = rows_of("classification", made={"content": "1"})
    texts = [encoded({**row, "text": "e"}) for row in ROWS["classification"]]
    second = Rows(texts, first.digest, "made up", {"content": "2"})
    assert not equal(read(PAIRS, rows=first), read(PAIRS, rows=second))


def changed(change: Callable[[Any], None]) -> Any:
    tokenizer = wordpiece()
    change(tokenizer)
    return tokenizer


def of_other_normalizer(tokenizer: Any) -> None:
    from tokenizers import normalizers

    tokenizer.backend_tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)


@pytest.mark.parametrize(
    "other",
    [
        unigram,
        bytelevel,
        lambda: changed(of_other_normalizer),
        lambda: changed(lambda one: one.add_tokens(["abcde"])),
        lambda: changed(lambda one: setattr(one, "pad_token", "[SEP]")),
        lambda: changed(lambda one: setattr(one, "model_input_names", ["input_ids", "attention_mask"])),
        lambda: changed(lambda one: setattr(one, "truncation_side", "left")),
    ],
    ids=["unigram", "bytes", "normalizer", "added token", "padding", "no token types", "other side"],
)
def test_tokenizers_that_do_something_else_are_told_apart(other: Callable[[], Any]) -> None:
    assert Tokenizer(other()).digest != Tokenizer(wordpiece()).digest


def test_a_tokenizer_is_the_same_after_use_and_wherever_it_lies(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    used = wordpiece()
    used(["ab", "a b c d e"], truncation=True, max_length=4, padding=True)
    assert Tokenizer(used).digest == Tokenizer(wordpiece()).digest
    found = []
    for name in ("one", "two"):
        wordpiece().save_pretrained(tmp_path / name)
        found.append(Tokenizer(AutoTokenizer.from_pretrained(tmp_path / name)).digest)
    assert found[0] == found[1]


def test_checkpoints_with_one_tokenizer_share_seeds_protocols_and_files(asked: list[str]) -> None:
    declared = registry().tasks["cldr-nli"]
    kind, piece = KINDS[declared.kind], declared.slice("de", "test")
    library = Library(sources=registry().sources.values())
    found = [
        Inputs(library)(resolve_checkpoint(name), kind, declared, piece)
        for name in ("embedded", "embedded-mlm", "embedded")
    ]
    assert len({one.known.digest for one in found}) == 1
    assert asked == ["classification"]


def test_rows_that_say_the_same_keep_their_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read in a translation that came to nothing is what it was, and is recorded as what it is."""
    declared = registry().tasks["cldr-nli"]
    kind, piece = KINDS[declared.kind], declared.slice("de", "test")
    library = Library(sources=registry().sources.values())
    inputs, plain = Inputs(library), library.rows(piece, kind, declared)
    for rows in (plain, replace(plain, digest="of a translation", made={"content": plain.digest})):
        monkeypatch.setattr(Library, "rows", lambda *given, _rows=rows: _rows)
        found = inputs(resolve_checkpoint("embedded"), kind, declared, piece)
        assert (found.rows.digest, found.rows.made) == (rows.digest, rows.made)


# Files


def kept(cache: Path) -> Path:
    (path,) = cache.glob("features/*/*.arrays")
    return path


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize(
    "harm",
    [
        lambda sound: b"",
        lambda sound: b"junk",
        lambda sound: b"[]\n",
        lambda sound: sound[:100],
        lambda sound: sound[:-1],
        lambda sound: bytes(len(sound)),
        lambda sound: sound[: len(sound) // 2] + bytes(len(sound) - len(sound) // 2),
        lambda sound: flipped(sound, len(sound) - 1),
        lambda sound: sound.replace(b'"<i4",', b'"<u4",', 1),
        lambda sound: sound.replace(b'"ids"', b'"idx"', 1),
    ],
    ids=["empty", "junk", "a list", "cut early", "cut late", "zeros", "half zeros", "a bit", "dtype", "name"],
)
def test_a_damaged_file_is_made_anew(cache: Path, harm: Callable[[bytes], bytes], asked: list[str]) -> None:
    made = read(PAIRS)
    sound = kept(cache).read_bytes()
    assert harm(sound) != sound
    path = kept(cache)
    path.unlink()  # not written over: `made` lies in its pages
    path.write_bytes(harm(sound))
    assert equal(read(PAIRS), made)
    assert asked == ["classification"] * 2
    assert kept(cache).read_bytes() == sound


def test_a_file_under_another_key_is_not_taken(cache: Path) -> None:
    assert cached_arrays("shelf", "aa1", lambda: {"x": np.arange(3)})["x"].tolist() == [0, 1, 2]
    shutil.copy(cache / "shelf" / "aa" / "aa1.arrays", cache / "shelf" / "aa" / "aa2.arrays")
    assert cached_arrays("shelf", "aa2", lambda: {"x": np.arange(2)})["x"].tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint64, np.float32, bool])
def test_arrays_of_every_kind_come_back_as_they_were(dtype: Any) -> None:
    arrays = {
        "none": np.zeros(0, dtype),
        "odd": np.arange(7).astype(dtype),
        "strided": np.arange(20).astype(dtype)[::3],
    }
    for _ in range(2):
        found = cached_arrays("shelf", "key", lambda: arrays)
        assert list(found) == list(arrays)
        assert all(np.array_equal(found[name], arrays[name]) and found[name].dtype == dtype for name in arrays)


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(cache: Path, asked: list[str]) -> None:
    cache.write_text("a file where the folder should be")
    assert equal(read(PAIRS), read(PAIRS))
    assert asked == ["classification"] * 2


def _together(key: str) -> int:
    return int(cached_arrays("shelf", key, lambda: {"x": np.arange(100_000)})["x"].sum())


def test_processes_that_write_the_same_at_once_all_have_it(cache: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(_together, [f"{place // 4:02}" for place in range(40)]))
    assert set(found) == {sum(range(100_000))}
    assert len(list(cache.glob("shelf/*/*"))) == 10, "whole files, and no drafts"
