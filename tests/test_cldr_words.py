"""The generated dictionary and alignments: what they say by hand, what is disjoint, and that they stay as they are."""

from __future__ import annotations

import hashlib
import json
from datetime import date, time
from random import Random
from typing import Any

import pytest
from cldr_baselines import rows

from xbench.data import Library
from xbench.data.cldr import alignment, lexicon, locales
from xbench.data.cldr.alignment import Side, links, said
from xbench.data.cldr.frames import CLOCK, Clock, Day, Draw, Extent, Frame, Place, Price, Tongue
from xbench.data.cldr.inventory import HELD_OUT, SEEN, UNITS
from xbench.data.cldr.realiser import LONG, SHORT, realiser
from xbench.data.sources.cldr import source
from xbench.kinds.alignment import read
from xbench.languages import CLDR
from xbench.plugins import registry

SPREAD = "de th ar bn zh ja km my ff-Adlm sr-Latn zu am bg lt".split()
GOLDEN = "85927d704d264f817dacb4a58239d7b7c935906308f523828a9538e20cf243b8"
"""SHA-256 over rows of CLDR 47. Who changes them raises `frames.VERSION` and the tasks' revision."""


def by_item(tag: str) -> dict[str, str]:
    """Id -> word."""
    return {row["id"]: row["word"] for split in ("train", "test") for row in rows("lexicon", tag, split)}


def test_a_dictionary_by_hand() -> None:
    english, german = by_item("en"), by_item("de")
    found = {word: german[item] for item, word in english.items()}
    assert len(found) == 190
    pairs = {
        "Libya": "Libyen", "Czechia": None, "German": "Deutsch", "US Dollar": "US-Dollar", "March": "März",
        "Swiss Franc": "Schweizer Franken", "minutes": "Minuten",
    }  # fmt: skip
    assert {word: found.get(word) for word in pairs} == pairs


def test_months_are_named_by_themselves_in_the_right_language_whoever_was_asked_before() -> None:
    from babel import Locale

    Locale.parse("uz").months["stand-alone"]["wide"]
    assert [realiser(tag).month(1) for tag in ("uz", "th", "ja", "fi")] == ["Yanvar", "มกราคม", "1月", "tammikuu"]
    # In a date it has another form.
    assert realiser("ru").month(3) == "март"
    assert "марта" in realiser("ru").day(date(2021, 3, 5), LONG)


@pytest.mark.parametrize("tag", sorted(CLDR))
def test_every_word_of_a_dictionary_is_another_one(tag: str) -> None:
    words = [word.casefold() for word in by_item(tag).values()]
    assert len(set(words)) == len(words) == 190
    assert all(word.strip() == word for word in words)


def test_words_are_trained_on_or_tested_and_half_of_those_are_held_out() -> None:
    voice = realiser("en")
    held_out, seen = (
        {
            *map(voice.territory, own.territories),
            *map(voice.language, own.languages),
            *map(voice.currency, own.currencies),
        }
        for own in (HELD_OUT, SEEN)
    )
    seen |= {*map(voice.month, range(1, 13)), *map(voice.unit, UNITS)}
    train, test = ([row["word"] for row in rows("lexicon", "en", split)] for split in ("train", "test"))
    unseen = [row["word"] for row in rows("lexicon", "en", "test") if row["group"] == "unseen"]
    assert set(unseen) == held_out and len(unseen) == lexicon.TESTED
    assert {*train, *test} == held_out | seen and len({*train, *test}) == len(train) + len(test)


@pytest.mark.parametrize("tag", SPREAD)
def test_words_stand_in_their_contexts(tag: str) -> None:
    for row in rows("lexicon", tag, "test"):
        assert len(row["context"]) == len(row["span"]) == 3
        for text, (begin, end) in zip(row["context"], row["span"], strict=True):
            assert text[begin:end] == row["word"] != text


def test_the_tasks_pair_the_words_and_their_contexts() -> None:
    from dataclasses import replace

    task, kind = registry().tasks["cldr-lexicon"], registry().kinds["lexicon"]
    library = Library(sources=[source])
    isolated = library.rows(task.slice("de", "test"), kind, task).rows
    assert isolated[0].keys() == {"id", "group", "source", "target"}
    contextual = replace(task, settings={**task.settings, "vectors": "contextual"})
    kind.check(contextual)
    for row in library.rows(contextual.slice("de", "test"), kind, contextual).rows:
        for side in ("source", "target"):
            assert {text[begin:end] for text, begin, end in row[f"{side}_context"]} == {row[side]}
    # Another pivot than English: its words on the source's side.
    french = library.rows(replace(task, source="fr").slice("de", "test"), kind, task).rows
    assert [row["source"] for row in french] == [row["word"] for row in rows("lexicon", "fr", "test")]


FRAME = Frame(
    Place("SN"), Tongue("ka"), Day(date(2021, 3, 5)), Clock(time(14, 5)), Price(12, "EUR"), Extent(30, "duration-day")
)


def linked(
    styles: tuple[dict[int, str], dict[int, str]], tag: str
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Pairs of words that are linked for sure, and possibly."""
    one, other = (
        said(FRAME, styles[0], realiser("en"), Random(1)),
        said(FRAME, styles[1], realiser(CLDR[tag]), Random(2)),
    )
    return tuple({(one.words[a], other.words[b]) for a, b in found} for found in links(one, other))  # type: ignore[return-value]


def test_links_by_hand() -> None:
    sure, possible = linked(({0: LONG, 4: LONG}, {0: LONG, 4: LONG}), "de")
    assert sure == {("Senegal", "Senegal"), ("12", "12"), ("euros", "Euro")}
    # Digits and the name of the sum; the conjunctions.
    assert possible == {("12", "Euro"), ("euros", "12"), ("and", "und")}
    sure, possible = linked(({2: LONG}, {2: LONG}), "de")
    assert sure == {("March", "März"), ("5", "5"), ("2021", "2021")}
    assert ("March", "5") in possible and (",", ".") in possible


def test_a_month_in_letters_is_not_sure_to_be_what_stands_behind_digits() -> None:
    """`March 5, 2021` and `5.03.21 г.`: either has one word with letters, and they are not each other's."""
    sure, possible = linked(({2: LONG}, {2: SHORT}), "bg")
    assert sure == {("5", "5")}
    assert ("March", "г") in possible


def test_halves_of_the_day_are_never_sure() -> None:
    sure, possible = linked(({CLOCK: LONG}, {CLOCK: LONG}), "de")
    assert sure == {("05", "05")}
    assert ("2", "14") in possible and ("PM", "14") in possible


def test_names_of_several_words_are_linked_possibly() -> None:
    one = Side(("Sierra", "Leone", ",", "and", "5"), {0: (0, 1), 4: (4,)}, (2, 3))
    other = Side(("٥", "و", "سيراليون"), {0: (2,), 4: (0,)}, (1,))
    assert links(one, other) == ({(4, 0)}, {(0, 2), (1, 2), (2, 1), (3, 1)})


@pytest.mark.parametrize("tag", sorted(set(CLDR) - {"en"}))
def test_links_are_inside_and_every_pair_has_sure_ones(tag: str) -> None:
    for row in rows("alignment", tag, "test"):
        sure, possible = read(row["links"])
        sizes = [len(row[side].split()) for side in ("source", "target")]
        assert sure and not sure & possible
        assert all(word < size for link in sure | possible for word, size in zip(link, sizes, strict=True))
        # No word is the sure partner of two.
        assert len({a for a, _ in sure}) == len({b for _, b in sure}) == len(sure)


@pytest.mark.parametrize("tag", SPREAD)
def test_words_of_different_slots_are_never_linked(tag: str) -> None:
    draw, voice = Draw("test"), realiser(CLDR[tag])
    for index in range(30):
        random = draw.randomness("here", index)
        frame, styles = draw.frame(random), dict.fromkeys((0, 1, 3, 5), LONG)
        one, other = said(frame, styles, realiser("en"), random), said(frame, styles, voice, random)
        sure, possible = links(one, other)
        parts = [*((one.slots[place], other.slots[place]) for place in styles), (one.between, other.between)]
        inside = {(a, b) for own, others in parts for a in own for b in others}
        assert sure | possible == inside


def test_letters_without_spaces_between_them_are_one_word_within_their_slot() -> None:
    one = said(FRAME, {0: LONG, 1: LONG, 4: LONG}, realiser("th"), Random(2))
    assert sorted(one.words) == sorted(["12", "ยูโร", "และ", "เซเนกัล", "จอร์เจีย"])
    assert [one.words[place] for place in one.between] == ["และ"]
    sure, _ = linked(({0: LONG, 1: LONG, 4: LONG}, {0: LONG, 1: LONG, 4: LONG}), "zh")
    assert sure == {("Senegal", "塞内加尔"), ("Georgian", "格鲁吉亚语"), ("12", "12"), ("euros", "欧元")}


def test_numbers_that_are_linked_for_sure_are_the_same() -> None:
    for tag in SPREAD:
        for row in rows("alignment", tag, "test"):
            source_words, target_words = row["source"].split(), row["target"].split()
            for a, b in read(row["links"])[0]:
                one, other = source_words[a], target_words[b]
                assert one.isdigit() == other.isdigit()
                assert not one.isdigit() or int(one) == int(other)


def test_pairs_of_training_and_test_differ() -> None:
    train, test = ({row["source"] for row in rows("alignment", "de", split)} for split in ("train", "test"))
    assert len(train) == 60 and len(test) == 100 and not train & test


def test_the_rows_are_what_they_were() -> None:
    if locales.version() != "CLDR 47":
        pytest.skip(f"the digest is that of CLDR 47, this babel has {locales.version()}")
    names, splits = ("lexicon", "alignment"), ("train", "test")
    made: list[Any] = [rows(name, tag, split) for name in names for tag in ("en", "th", "ar") for split in splits]
    assert hashlib.sha256(json.dumps(made).encode()).hexdigest() == GOLDEN


@pytest.mark.parametrize("name", ["cldr-lexicon", "cldr-alignment"])
def test_the_declared_revision_is_what_is_made(name: str) -> None:
    data = registry().tasks[name].data
    assert source.note(data) == ""
    assert source.splits(data, "de") == ("train", "test")
    assert alignment.NAME in data.repo or lexicon.NAME in data.repo
