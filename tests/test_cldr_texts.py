"""The generated rows of the cloze and of the generation probe."""

from __future__ import annotations

import hashlib
import json

import pytest
from cldr_baselines import rows

from xbench.data.cldr import locales
from xbench.data.cldr.datasets import DATASETS
from xbench.data.cldr.generation import LEARNED
from xbench.data.sources.cldr import source
from xbench.languages import CLDR
from xbench.plugins import registry

SPREAD = "en de th ar bn zh ja km my ff-Adlm sr-Latn zu am".split()
GOLDEN = "081efa5733df8edf094a99b6f9e2093d2746d8a6c707fecffb5f0984e4ed7e28"
"""SHA-256 over rows of CLDR 47. Who changes them raises `frames.VERSION` and the tasks' revision."""


@pytest.mark.parametrize("tag", SPREAD)
def test_a_gap_is_the_word_taken_out_of_the_text(tag: str) -> None:
    for split in ("validation", "test"):
        for row in rows("cloze", tag, split):
            assert row["gap"].count("{mask}") == 1
            assert row["gap"].replace("{mask}", row["word"]) == row["text"]


def test_gaps_are_names_of_places_and_of_languages_in_turn() -> None:
    from xbench.data.cldr.inventory import HELD_OUT, SEEN
    from xbench.data.cldr.realiser import realiser

    voice = realiser("en")
    places = {voice.territory(code) for code in (*SEEN.territories, *HELD_OUT.territories)}
    for place, row in enumerate(rows("cloze", "en", "test")):
        assert (row["word"] in places) == (place % 2 == 0)


@pytest.mark.parametrize("tag", sorted(CLDR))
def test_no_word_of_a_slice_answers_two_questions_that_differ_in_english(tag: str) -> None:
    """Names are translated one to one, so that a language has as many candidates as English."""
    own, english = ([row["word"] for row in rows("cloze", one, "test")] for one in (tag, "en"))
    assert len(set(own)) == len(set(english)) == len(set(zip(own, english, strict=True)))


def test_training_languages_have_rows_of_their_own() -> None:
    task = registry().tasks["cldr-generation"]
    assert tuple(LEARNED) == task.train_languages
    made = DATASETS["cldr/generation"]
    indices = {tag: set(made.indices(CLDR[tag], "train")) for tag in ("en", "ar", "de", "ru", "zh", "fr", "th")}
    assert [len(indices[tag]) for tag in indices] == [4000, 1000, 1000, 1000, 1000, 30, 30]
    assert len(indices["ar"] | indices["de"] | indices["ru"] | indices["zh"]) > 2000
    assert all(own <= indices["en"] for own in indices.values())


@pytest.mark.parametrize("name", ["cldr-cloze", "cldr-generation"])
def test_the_declared_revision_is_what_is_made(name: str) -> None:
    task = registry().tasks[name]
    registry().check(task)
    assert source.note(task.data) == ""
    splits = {task.data.splits[split] for split in task.splits}
    assert splits == set(source.splits(task.data, "de") or ())


def test_rows_are_those_of_before() -> None:
    if locales.version() != "CLDR 47":
        pytest.skip(f"the digest is that of CLDR 47, this babel has {locales.version()}")
    made = [
        DATASETS[f"cldr/{name}"].rows(tag, split)
        for name in ("cloze", "generation")
        for tag in ("en", "th", "ar")
        for split in DATASETS[f"cldr/{name}"].sizes
    ]
    assert hashlib.sha256(json.dumps(made).encode()).hexdigest() == GOLDEN
