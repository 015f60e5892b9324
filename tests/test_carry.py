"""Labels through translation: spans by markers, by word alignment, and by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kind_helpers import task as declared

from xbench.api import Aligner, Links, Translator
from xbench.data import Library
from xbench.data.cldr.frames import SLOTS, Draw
from xbench.data.cldr.ner import tagged
from xbench.data.cldr.realiser import LONG, realiser
from xbench.data.cldr.sentences import Sentence, joined, words
from xbench.errors import Unavailable, XbenchError
from xbench.kinds.classification import kind as classification
from xbench.kinds.markers import mark, markable, unmark
from xbench.kinds.projection import project, spans_of, tags_of
from xbench.kinds.tag_carrying import BRACKETS, MARKERS, UNALIGNED, carry_tags
from xbench.kinds.tagging import kind as tagging
from xbench.languages import CLDR
from xbench.metrics.spans import strict
from xbench.plugins import registry

IOB = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
ROW = {"id": "7", "words": ["Ann", "saw", "New", "York", "."], "tags": ["B-PER", "O", "B-LOC", "I-LOC", "O"]}


def nothing(pairs: Sequence[Any]) -> list[Links]:
    raise AssertionError("nobody asked for alignment")


def saying(said: dict[str, str | None]) -> Any:
    """A translator that says what it is told to."""
    return lambda texts: [said[text] for text in texts]


# --- markers ---


def test_marked_pieces_are_found_again_in_another_order() -> None:
    marked = "[1 Ann] saw [2 New York] ."
    assert " ".join(mark(ROW["words"], [(0, 1), (2, 4)])) == marked
    done = carry_tags([ROW], saying({marked: "[2 Nueva York] vio [1 Ana]."}), nothing, "markers")
    assert done.rows == [
        {
            "id": "7",
            "words": ["Nueva", "York", "vio", "Ana", "."],
            "tags": ["B-LOC", "I-LOC", "O", "B-PER", "O"],
        }
    ]
    assert (done.lost, done.counts["names"], done.counts["names_by_markers"]) == ({}, 2, 2)


@pytest.mark.parametrize(
    "said",
    [
        "Ana vio [2 Nueva York].",
        "[1 Ana] vio [2 Nueva York] y [2 Nueva York].",
        "[1 Ana] vio [2 Nueva York.",
        "[1 Ana] vio [2 Nueva York] y [3 Roma].",
        "[1 Ana] vio [2 ].",
        "[1 Ana] vio [Nueva York].",
        "[1 Ana [2 Nueva York]] vio.",
        "[1 Ana][2 Nueva] York.x[",
        "",
    ],
)
def test_markers_that_were_swallowed_doubled_or_broken_are_a_counted_loss(said: str) -> None:
    done = carry_tags([ROW, ROW | {"words": ["Hi"], "tags": ["O"]}],
                      saying({"[1 Ann] saw [2 New York] .": said, "Hi": "Hola"}), nothing, "markers")  # fmt: skip
    assert [row["words"] for row in done.rows] == [["Hola"]], "a sentence without names needs no markers"
    assert done.lost == {MARKERS: 1}
    assert (done.counts["names"], done.counts["names_by_markers"]) == (2, 0)


def test_digits_and_brackets_of_another_script_are_markers_too() -> None:
    found = unmark("【१ अन्ना】 ने ［２ न्यूयॉर्क］ देखा", 2)
    assert found is not None
    assert {number: found.text[begin:end] for number, (begin, end) in found.spans.items()} == {1: "अन्ना", 2: "न्यूयॉर्क"}
    assert found.text == "अन्ना ने न्यूयॉर्क देखा"


def test_two_names_in_one_word_are_a_loss() -> None:
    done = carry_tags([ROW], saying({"[1 Ann] saw [2 New York] .": "[1 Ana][2 york] vio"}), nothing, "markers")
    assert done.lost == {MARKERS: 1}


def test_a_sentence_with_brackets_of_its_own_is_not_marked() -> None:
    row = {"words": ["[", "1", "]", "Ann"], "tags": ["O", "O", "O", "B-PER"]}
    assert not markable(row["words"])
    assert carry_tags([row], saying({}), nothing, "markers").lost == {BRACKETS: 1}
    aligned = carry_tags([row], saying({"[ 1 ] Ann": "[1] Ana"}), lambda pairs: [frozenset({(3, 3)})], "both")
    assert aligned.rows[0]["tags"] == ["O", "O", "O", "B-PER"]


@given(st.lists(st.sampled_from(["a", "bc", "d1", "20", "東", "."]), min_size=1, max_size=8), st.data())
def test_what_nobody_changes_comes_back_as_it_was(sentence: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sentence)), max_size=6)))
    spans = [(begin, end) for begin, end in zip(cuts[::2], cuts[1::2], strict=False)]
    text = " ".join(mark(sentence, spans))
    found = unmark(text, len(spans))
    assert found is not None
    assert found.text == " ".join(sentence)
    assert [found.text[slice(*found.spans[number])] for number in range(1, len(spans) + 1)] == [
        " ".join(sentence[begin:end]) for begin, end in spans
    ]


# --- alignment ---


def test_spans_are_projected_as_worked_out_by_hand() -> None:
    assert project([(0, 1), (2, 4)], {(0, 3), (1, 2), (2, 0), (3, 1), (4, 4)}) == [(3, 4), (0, 2)]
    assert project([(0, 2)], {(0, 0), (1, 2)}) == [(0, 3)], "a word without a link inside a span"
    assert project([(0, 2)], {(0, 0), (1, 3), (0, 4)}) == [(3, 5)], "the longest run"
    assert project([(0, 2)], {(0, 0), (1, 3)}) == [(0, 1)], "the first of two that are as long"
    assert project([(0, 1)], {(1, 0)}) == [None]
    assert project([(0, 2), (2, 3)], {(0, 1), (1, 1), (2, 1), (2, 2)}) == [(1, 2), (2, 3)], "more links win"
    assert project([(0, 1), (1, 2)], {(0, 0), (1, 0)}) == [None, None], "neither of two with as many"
    assert project([(0, 2), (2, 3)], {(0, 0), (1, 2), (2, 1)}) == [(0, 1), (1, 2)], "no span runs over another"


@given(
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["LOC", "PER"])), min_size=1, max_size=3),
)
def test_projected_tags_are_well_formed_whatever_the_links(
    links: set[tuple[int, int]], lengths: list[tuple[int, str]]
) -> None:
    spans, at = [], 0
    for length, _ in lengths:
        spans.append((at, at + length))
        at += length
    found = {span: label for span, (_, label) in zip(project(spans, links), lengths, strict=True) if span}
    tags = tags_of(8, found)
    # Strict IOB2 knows every one of them, and no other.
    assert strict(tags) == {(label, begin, end - 1) for (begin, end), label in found.items()}
    assert len(found) == sum(span is not None for span in project(spans, links))


def test_what_is_not_aligned_is_lost_and_what_markers_lose_alignment_may_find() -> None:
    asked: list[Any] = []

    def align(pairs: Sequence[Any]) -> list[Links]:
        asked.extend(pairs)
        return [frozenset({(0, 2), (2, 0), (3, 1)}) if pair[0][0] == "Ann" else frozenset() for pair in pairs]

    other = {"words": ["Bob", "ran"], "tags": ["B-PER", "O"]}
    kept = {"words": ["Eve", "ran"], "tags": ["B-PER", "O"]}
    said = {
        "[1 Ann] saw [2 New York] .": "Nueva York [Ana]",
        "Ann saw New York .": "Nueva York Ana",
        "[1 Bob] ran": "corrió",
        "Bob ran": "corrió Bob",
        "[1 Eve] ran": "corrió [1 Eva]",
    }
    done = carry_tags([ROW, other, kept], saying(said), align, "both")
    assert [row["words"] for row in done.rows] == [["Nueva", "York", "Ana"], ["corrió", "Eva"]]
    assert done.rows[0]["tags"] == ["B-LOC", "I-LOC", "B-PER"]
    assert asked == [(ROW["words"], ["Nueva", "York", "Ana"]), (["Bob", "ran"], ["corrió", "Bob"])]
    assert done.lost == {UNALIGNED: 1}
    assert done.counts == {"names": 4, "names_by_markers": 1, "names_by_alignment": 2}
    alone = carry_tags([ROW, other], saying(said), align, "alignment")
    assert alone.counts == {"names": 3, "names_by_markers": 0, "names_by_alignment": 2}
    assert "[1 Ann]" not in str(asked)


def perfect(source: Sentence, target: Sentence) -> Links:
    """Links by construction: within a slot, numbers with numbers and the other words with the other words."""
    sides = [
        [
            (at, slot, sentence.text[begin:end].isdigit())
            for at, (begin, end) in enumerate(words(sentence.text))
            for slot, (first, last) in enumerate(sentence.spans)
            if begin < last and end > first
        ]
        for sentence in (source, target)
    ]
    return frozenset((s, t) for s, *own in sides[0] for t, *other in sides[1] if own == other)


@pytest.mark.parametrize("language", ["de", "fr", "ru", "tr", "hi", "fi", "hy", "ja", "zh", "vi"])
def test_on_perfect_alignments_spans_are_those_of_the_construction(language: str) -> None:
    """The suite knows which piece of a text says what: projection has to find the same tags as the generator."""
    draw, counted = Draw("train"), 0
    voices = [realiser(CLDR[tag]) for tag in ("en", language)]
    for index in range(100):
        random = draw.randomness("projection", index)
        frame = draw.frame(random)
        chosen = random.sample(range(SLOTS), 4)
        labels = [frame.slots[slot].label for slot in chosen]
        source, target = (joined([frame.slots[slot].said(voice, LONG) for slot in chosen], voice) for voice in voices)
        given, wanted = tagged(source, labels), tagged(target, labels)
        spans = spans_of(given["ner_tags"])
        found = project([span for span, _ in spans], perfect(source, target))
        labelled = {span: label for span, (_, label) in zip(found, spans, strict=True) if span}
        assert tags_of(len(wanted["tokens"]), labelled) == wanted["ner_tags"], (source.text, target.text)
        counted += len(spans)
    assert counted > 150


# --- what a kind needs ---


def test_a_method_and_an_aligner_are_settled_before_the_key() -> None:
    own = declared("tagging", "words tags", labels=IOB)
    asked = Translator("mt")
    assert tagging.carrying(own, asked).carry == "markers"
    helped = replace(own, aligner=Aligner("embedded", 0))
    assert tagging.carrying(helped, asked) == replace(asked, carry="both", aligner=Aligner("embedded", 0))
    named = replace(asked, aligner=Aligner("mbert", 8))
    assert tagging.carrying(helped, named).aligner == Aligner("mbert", 8), "the user's before the task's"
    assert tagging.carrying(helped, replace(named, carry="markers")).aligner is None, "what plays no part is in no key"
    with pytest.raises(XbenchError, match="has no aligner of its own; name one with --aligner"):
        tagging.carrying(own, replace(asked, carry="alignment"))
    with pytest.raises(Unavailable, match="tags can be carried where they mark spans"):
        tagging.carrying(declared("tagging", "words tags", labels=("NOUN", "VERB")), asked)
    texts = declared("classification", "text label", labels=("a", "b"))
    assert classification.carrying(texts, named) == asked, "a label of a whole text needs no aligner"


# --- real sentences ---


def test_names_of_real_sentences_survive_being_marked(hub: Path) -> None:
    """What a translator that changes nothing gives back, but for how words are cut."""
    found = registry()
    task, kind = found.tasks["wikiann"], found.kinds["tagging"]
    rows = Library(hub).rows(replace(task.slice("en", "train"), limit=2000), kind, task).rows
    done = carry_tags(rows, list, nothing, "markers")
    assert set(done.lost) == {BRACKETS} and len(done.rows) > 0.98 * len(rows)
    before = {row["id"]: row for row in rows}
    for row in done.rows:
        assert _names(row) == _names(before[row["id"]])


def _names(row: Any) -> list[tuple[str, str]]:
    return [(label, "".join(row["words"][begin:end])) for (begin, end), label in spans_of(row["tags"])]
