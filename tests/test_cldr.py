"""The generated data: complete and native, parallel, disjoint, the same on every machine, and without giveaways."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cldr_baselines import PAIRS, by_one_sentence, by_overlap, drawn, overlap, rows

from xbench.data import Library
from xbench.data.cldr import locales
from xbench.data.cldr.datasets import DATASETS, Made
from xbench.data.cldr.frames import SEED, SLOTS, Draw, Frame
from xbench.data.cldr.inventory import HELD_OUT, SEEN, UNITS, Names
from xbench.data.cldr.realiser import LONG, MEDIUM, SHORT, STYLES, Realiser, realiser
from xbench.data.cldr.sentences import joined, words
from xbench.data.sources.cldr import corpus, source
from xbench.errors import Unavailable, XbenchError
from xbench.languages import CLDR, CLDR_LACKING, language
from xbench.plugins import registry

TASKS = ("cldr-nli", "cldr-paraphrase", "cldr-ner", "cldr-translation")
SPREAD = "de th ar bn zh ja km my ff-Adlm sr-Latn zu am".split()
"""Languages of many scripts, for what need not be asked of all of them."""


def test_the_table_of_languages_is_what_the_pinned_cldr_covers() -> None:
    if locales.version() != "CLDR 47":
        pytest.skip(f"the table is that of CLDR 47, this babel has {locales.version()}")
    found = locales.coverage()
    assert {tag: locale for tag, (locale, why) in found.items() if not why} == dict(CLDR)
    assert {tag: why for tag, (_, why) in found.items() if why} == dict(CLDR_LACKING)


def test_more_than_a_hundred_languages_of_many_scripts_are_in_the_language_table() -> None:
    assert len(CLDR) >= 100
    assert len({language(tag).script for tag in CLDR}) >= 25


def test_a_language_of_english_names_is_left_out_with_the_reason() -> None:
    """Filipino in CLDR has its own file, which holds English names."""
    assert "fil" not in CLDR
    assert re.fullmatch(r"\d\d % of its names in CLDR are the English ones", CLDR_LACKING["fil"])


def test_looking_at_a_locale_alone_leaves_babel_as_it_was() -> None:
    """`babel.localedata.load(…, merge_inherited=False)` would leave a locale without its parents in babel's cache."""
    locales.lacking("de_AT")
    locales.lacking("sr_Latn")
    from babel import Locale

    assert Locale.parse("sr_Latn").territories["DE"] == "Nemačka"
    assert Locale.parse("de_AT").territories["DE"] == "Deutschland"


@pytest.mark.parametrize("tag", sorted(CLDR))
def test_names_are_native_and_no_two_things_have_one(tag: str) -> None:
    voice = realiser(CLDR[tag])
    places = [voice.territory(code) for code in SEEN.territories + HELD_OUT.territories]
    tongues = [voice.language(code) for code in SEEN.languages + HELD_OUT.languages]
    sums = [voice.price(3, code, LONG) for code in SEEN.currencies + HELD_OUT.currencies]
    extents = [voice.extent(3, unit, LONG) for unit in UNITS]
    # Over all lists: where a country and its language have one name, nobody could say which of them is meant.
    names = [name.casefold() for name in (*places, *tongues, *sums, *extents)]
    assert len(set(names)) == len(names)
    assert not any(unit in name for name in names for unit in UNITS)
    assert not set(places) & set(SEEN.territories + HELD_OUT.territories), "a code instead of a name"


@pytest.mark.parametrize("tag", sorted(CLDR))
def test_dates_have_months_and_the_digits_of_the_language(tag: str) -> None:
    from datetime import date

    voice = realiser(CLDR[tag])
    months = [voice.day(date(2021, month, 14), LONG) for month in range(1, 13)]
    assert len(set(months)) == 12
    assert not any(re.search(r"M\d\d", month) for month in months)
    texts = [*months, voice.price(37, "EUR", LONG), voice.price(37, "EUR", SHORT), voice.extent(37, UNITS[0], LONG)]
    digits = {letter for text in texts for letter in text if letter.isdigit()}
    # Ten digits of one system follow each other in Unicode.
    assert max(map(ord, digits)) - min(map(ord, digits)) <= 9
    assert all("." not in text and "," not in text for text in texts[12:14] if text.isascii())


def test_native_digits_where_the_locale_has_them() -> None:
    assert realiser("bn").price(12, "EUR", LONG) == "১২ ইউরো"
    assert realiser("fa").extent(3, "duration-week", LONG).startswith("۳")
    assert realiser("th").extent(3, "duration-week", LONG).startswith("3")


def test_styles_of_english_by_hand() -> None:
    from datetime import date, time

    voice = realiser("en")
    assert [voice.day(date(2021, 3, 5), style) for style in STYLES] == ["March 5, 2021", "Mar 5, 2021", "3/5/21"]
    assert [voice.price(12, "EUR", style) for style in STYLES] == ["12 euros", "€12", "€12"]
    assert [voice.extent(1, "duration-minute", style) for style in (LONG, MEDIUM)] == ["1 minute", "1 min"]
    assert voice.clock(time(14, 5)).replace("\u202f", " ") == "2:05 PM"
    assert joined(["a", "b", "c"], voice).text == "a, b, and c"


def test_pieces_stand_where_their_spans_say() -> None:
    for tag in SPREAD:
        voice = realiser(CLDR[tag])
        frame = Draw("test").frame(Draw("test").randomness("here", 1))
        pieces = [slot.said(voice) for slot in frame.slots]
        sentence = joined(pieces, voice)
        assert [sentence.text[begin:end] for begin, end in sentence.spans] == pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Côte d’Ivoire, 5 km", ["Côte", "d’Ivoire", ",", "5", "km"]),
        ("i-Ghana ne-58", ["i-Ghana", "ne", "-", "58"]),
        ("และ48", ["แ", "ล", "ะ", "48"]),
        ("กี่", ["กี่"]),
        ("韩语、5", ["韩", "语", "、", "5"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("\u200f25\xa0US$", ["25", "US", "$"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert [text[begin:end] for begin, end in words(text)] == expected


@pytest.mark.parametrize("tag", ["en", *SPREAD])
def test_words_lose_nothing_but_blanks(tag: str) -> None:
    voice = realiser(CLDR[tag])
    for index in range(20):
        frame = Draw("train").frame(Draw("train").randomness("here", index))
        text = joined([slot.said(voice) for slot in frame.slots], voice).text
        found = words(text)
        assert all(first[1] <= second[0] for first, second in pairwise(found))
        between = [text[a[1] : b[0]] for a, b in pairwise([(0, 0), *found, (len(text), len(text))])]
        assert not "".join(between).translate(dict.fromkeys(map(ord, "\u200e\u200f\u061c\u200b"))).strip()


def test_frames_of_two_splits_differ() -> None:
    """Whatever else is equal, their dates are not: digits of a date tell its split."""
    seen: dict[str, set[tuple[int, int]]] = {}
    for split in ("pretrain", "train", "validation", "test"):
        draw = Draw(split)
        frames = [draw.frame(draw.randomness("any", index)) for index in range(2000)]
        numbered = [first.numbered(second) for first, second in pairwise(frames)]
        seen[split] = {(frame.day.value.year, frame.day.value.day) for frame in [*frames, *numbered]}
    every = list(seen.values())
    assert all(not first & second for place, first in enumerate(every) for second in every[place + 1 :])


class Listening:
    """A voice that says what it was asked to name."""

    def __init__(self, voice: Realiser) -> None:
        self._voice = voice
        self.codes: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._voice, name)

    def territory(self, code: str) -> str:
        self.codes.add(code)
        return str(self._voice.territory(code))

    def language(self, code: str) -> str:
        self.codes.add(code)
        return str(self._voice.language(code))

    def currency(self, code: str) -> str:
        self.codes.add(code)
        return str(self._voice.currency(code))

    def price(self, number: int, currency: str, style: str) -> str:
        self.codes.add(currency)
        return str(self._voice.price(number, currency, style))


def codes(names: Names) -> set[str]:
    return {*names.territories, *names.languages, *names.currencies}


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Listening:
    voice = Listening(realiser("en"))
    monkeypatch.setattr("xbench.data.cldr.datasets.realiser", lambda locale: voice)
    monkeypatch.setattr("xbench.data.cldr.corpus.realiser", lambda locale: voice)
    return voice


@pytest.mark.parametrize("name", [name.partition("/")[2] for name in DATASETS])
def test_held_out_names_are_said_in_the_test_split_alone(name: str, listening: Listening) -> None:
    made = DATASETS[f"cldr/{name}"]
    for split in made.sizes.keys() - {"test"}:
        rows(name, "en", split)
    assert listening.codes & codes(SEEN)
    assert not listening.codes & codes(HELD_OUT)
    tested = rows(name, "en", "test")
    assert sum(row["group"] == "unseen" for row in tested) == len(tested) // made.held_out_every
    assert listening.codes & codes(HELD_OUT)


def test_held_out_names_are_not_in_the_text_for_pretraining(listening: Listening) -> None:
    for split in ("train", "dev"):
        corpus.passages("en", split)
    assert listening.codes == codes(SEEN)


@pytest.mark.parametrize("name", [name.partition("/")[2] for name in DATASETS])
def test_rows_of_two_languages_are_parallel(name: str) -> None:
    """The same ids with the same labels; a language has the training rows that English has under these ids."""
    for split in DATASETS[f"cldr/{name}"].sizes:
        english = {row["id"]: row for row in rows(name, "en", split)}
        for tag in ("de", "th"):
            for row in rows(name, tag, split):
                twin = english[row["id"]]
                assert row.get("label") == twin.get("label")
                assert row["group"] == twin["group"]
                spans = [sorted(t for t in one.get("ner_tags", ()) if t.startswith("B-")) for one in (row, twin)]
                assert spans[0] == spans[1]


@pytest.mark.parametrize("tag", sorted(CLDR))
def test_no_two_candidates_of_retrieval_are_the_same(tag: str) -> None:
    texts = [row["text"] for row in rows("parallel", tag, "test")]
    assert len(set(texts)) == len(texts) == 120


def test_four_candidates_share_their_digits() -> None:
    texts = [row["text"] for row in rows("parallel", "en", "test")]
    digits = [re.findall(r"\d+", text) for text in texts]
    assert all(digits[place] == digits[place - place % 4] for place in range(len(texts)))


def test_a_tag_for_every_word_and_whole_spans() -> None:
    (row,) = [row for row in rows("ner", "en", "test") if row["id"].endswith("-test-0")]
    assert len(row["tokens"]) == len(row["ner_tags"])
    for tag in ("en", *SPREAD):
        for one in rows("ner", tag, "test"):
            tags = ["O", *one["ner_tags"]]
            assert all(before[1:] == after[1:] for before, after in pairwise(tags) if after.startswith("I-"))


GOLDEN = "cc17198207129d0301f2220651dac3fc609962a66ec9f017caab7757093ad9cf"
"""SHA-256 over rows and passages of CLDR 47. Who changes them raises `frames.VERSION` and the tasks' revision."""

_DIGEST = """
import hashlib, json
from xbench.data.cldr.datasets import DATASETS, Made
from xbench.data.sources.cldr import corpus
tasks = [DATASETS[f"cldr/{name}"] for name in ("nli", "paraphrase", "ner", "parallel")]
made = [data.rows(tag, split) for data in tasks for tag in ("en", "th", "ar") for split in data.sizes]
made.append(corpus.passages("th", "dev").restated)
print(hashlib.sha256(json.dumps(made).encode()).hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_rows_are_the_same_in_every_process_and_on_every_machine(hash_seed: str) -> None:
    """Nothing may hang on the order of a set, which another hash seed changes, nor on the version of Python."""
    if locales.version() != "CLDR 47":
        pytest.skip(f"the digest is that of CLDR 47, this babel has {locales.version()}")
    done = subprocess.run(
        [sys.executable, "-c", _DIGEST], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": hash_seed}
    )
    assert done.stdout.strip() == GOLDEN


@pytest.fixture
def digests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], str]:
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path))

    def digest() -> str:
        task = registry().tasks["cldr-nli"]
        return (
            Library(sources=registry().sources.values())
            .rows(task.slice("de", "test"), registry().kinds[task.kind], task)
            .digest
        )

    return digest


def test_another_cldr_is_other_data_and_says_so(digests: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(), source.revision(registry().tasks["cldr-nli"].data)
    monkeypatch.setattr("xbench.data.cldr.identity.version", lambda: "CLDR 99")
    after = digests(), source.revision(registry().tasks["cldr-nli"].data)
    assert before[0] != after[0]
    assert after[1] == "CLDR 99, seed 2027, frames 2"
    assert "made from CLDR 99" in source.note(registry().tasks["cldr-nli"].data)


@pytest.mark.parametrize("made", DATASETS.values(), ids=DATASETS)
def test_another_seed_is_other_rows(made: Made) -> None:
    voice = realiser("de")
    first, second = ([made.row(Draw("test", seed=seed), voice, index) for index in range(20)] for seed in (SEED, 1))
    assert all(one != other for one, other in zip(first, second, strict=True))


def test_the_seed_is_in_the_digest(digests: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests()
    monkeypatch.setattr("xbench.data.sources.cldr.SEED", 2028)
    monkeypatch.setattr("xbench.data.cldr.identity.SEED", 2028)
    assert digests() != before


def test_a_cldr_that_lacks_a_language_makes_it_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="`sat` is not covered by the CLDR 47 .* lacks 16 of 24 names of currencies"):
        Realiser("sat")
    with pytest.raises(Unavailable, match="the installed babel has no locale `xx`"):
        Realiser("xx")


def test_errors_of_the_corpus_name_what_there_is() -> None:
    with pytest.raises(XbenchError, match="CLDR does not cover dee: did you mean de"):
        corpus.passages("dee", "train")
    with pytest.raises(XbenchError, match="no split test"):
        corpus.passages("de", "test")


def test_the_declared_revision_is_what_is_made() -> None:
    for name in TASKS:
        data = registry().tasks[name].data
        assert source.note(data) == ""
        assert set(source.splits(data, "de") or ()) >= {"train", "validation", "test"}


UNREAD = 3000
"""Rows beyond those of the test split, from the same draw: with its 100, chance alone moves a score by 5 points."""


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["en", "de", "th"])
@pytest.mark.parametrize(("name", "chance"), [("nli", 100 / 3), ("paraphrase", 50.0)])
def test_one_sentence_alone_does_not_tell_the_label(name: str, chance: float, tag: str) -> None:
    train, test = drawn(name, tag, "train", 0, 3000), drawn(name, tag, "test", 10_000, UNREAD)
    for column in PAIRS[name]:
        guess = by_one_sentence(column, train)
        accuracy = 100 * guess.score([row[column] for row in test], [row["label"] for row in test])
        assert abs(accuracy - chance) < 3, column


@pytest.mark.parametrize("tag", ["en", "de", "th"])
def test_shared_words_tell_little_of_a_paraphrase(tag: str) -> None:
    """Even who learns, in this very language, how many of them tell what."""
    train, test = drawn("paraphrase", tag, "train", 0, 3000), drawn("paraphrase", tag, "test", 10_000, UNREAD)
    guess = by_overlap(PAIRS["paraphrase"], train)
    features = [overlap(row["sentence1"], row["sentence2"]) for row in test]
    assert 100 * guess.score(features, [row["label"] for row in test]) < 75


def test_slots_are_told_apart_by_place() -> None:
    frame = Draw("test").frame(Draw("test").randomness("here", 0))
    assert isinstance(frame, Frame)
    assert len(frame.slots) == SLOTS
    assert [type(slot).__name__ for slot in frame.slots] == ["Place", "Tongue", "Day", "Clock", "Price", "Extent"]
    other = frame.exchanged()
    assert (other.price.number, other.extent.number) == (frame.extent.number, frame.price.number)
    assert np.array_equal([other.place, other.tongue], [frame.place, frame.tongue])
