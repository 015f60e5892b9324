"""Test rows that are read in translation: all of them count, and answers come back to their own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import facts_world
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sacrebleu
import tiny_translators
from kind_helpers import task as declared
from kind_helpers import wordpiece
from made_up import World, cli, made, snapshot
from test_carry import perfect

from xbench.api import Aligner, Links, Translator
from xbench.data.cldr.frames import SLOTS, Draw
from xbench.data.cldr.ner import tagged
from xbench.data.cldr.realiser import LONG, realiser
from xbench.data.cldr.sentences import joined
from xbench.errors import Unavailable, XbenchError
from xbench.kinds.carrying import LEFT_OUT
from xbench.kinds.classification import kind as classification
from xbench.kinds.tag_carrying import NO_WORDS
from xbench.kinds.tag_reading import brought_back, read, words_of
from xbench.kinds.tagging import kind as tagging
from xbench.languages import CLDR
from xbench.metrics.spans import lenient, strict
from xbench.model.mt import Mt
from xbench.model.workspace import Machine
from xbench.planning.translators import pin
from xbench.plugins import registry
from xbench.protocols.translate_test import protocol
from xbench.store import predictions
from xbench.store.files import read_json

IOB = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
ANNA = {"id": "1", "words": ["Anna", "sah", "Neu", "York"], "tags": ["B-PER", "O", "B-LOC", "I-LOC"]}
LINKS = frozenset({(0, 0), (1, 1), (2, 2), (3, 3)})


def saying(said: dict[str, str | None]) -> Any:
    return lambda texts: [said[text] for text in texts]


# --- tags come back ---


def test_answers_come_back_to_the_sentences_own_words() -> None:
    (row,) = read([ANNA], saying({"Anna sah Neu York": "It is New York Ann saw"}),
                  lambda pairs: [frozenset({(0, 4), (1, 5), (2, 2), (3, 3)})]).rows  # fmt: skip
    assert words_of(row) == ["It", "is", "New", "York", "Ann", "saw"]
    assert (row["words"], row["tags"]) == (ANNA["words"], ANNA["tags"]), "the gold stays where it was"
    right = ["O", "O", "B-LOC", "I-LOC", "B-PER", "O"]
    assert brought_back(row, right, strict) == ANNA["tags"]
    assert brought_back(row, ["B-LOC", *right[1:]], strict) == ANNA["tags"], "a span without links has no place"
    assert brought_back(row, ["O", "O", "O", "O", "B-PER", "I-PER"], strict) == ["B-PER", "I-PER", "O", "O"]
    loose = ["O", "O", "I-LOC", "I-LOC", "O", "O"]
    assert brought_back(row, loose, lenient) == ["O", "O", "B-LOC", "I-LOC"]
    assert brought_back(row, loose, strict) == ["O"] * 4, "read as the task reads spans"


def test_no_row_is_left_out_of_a_test() -> None:
    rows = [ANNA, {"id": "2", "words": ["Ja"], "tags": ["O"]}, {"id": "3", "words": ["Nein"], "tags": ["B-LOC"]}]
    asked: list[Any] = []

    def align(pairs: Sequence[Any]) -> list[Links]:
        asked.extend(pairs)
        return [LINKS] * len(pairs)

    done = read(rows, saying({"Anna sah Neu York": "Ann saw New York", "Ja": None, "Nein": "  "}), align)
    assert done.lost == {LEFT_OUT: 1, NO_WORDS: 1}
    assert [row["id"] for row in done.rows] == ["1", "2", "3"]
    assert list(done.rows[1:]) == rows[1:], "read as they are"
    assert brought_back(done.rows[2], ["B-PER"], strict) == ["B-PER"]
    assert asked == [(ANNA["words"], ["Ann", "saw", "New", "York"])]


@pytest.mark.parametrize("language", ["de", "fr", "ru", "tr", "hi", "fi", "hy", "ja", "zh", "vi"])
def test_on_perfect_alignments_right_answers_are_right_when_they_come_back(language: str) -> None:
    """Who tags the English list perfectly has tagged the other one perfectly, where links are those by construction."""
    draw, counted = Draw("test"), 0
    voices = [realiser(CLDR[tag]) for tag in (language, "en")]
    for index in range(100):
        random = draw.randomness("reading", index)
        frame = draw.frame(random)
        chosen = random.sample(range(SLOTS), 4)
        labels = [frame.slots[slot].label for slot in chosen]
        own, english = (joined([frame.slots[slot].said(voice, LONG) for slot in chosen], voice) for voice in voices)
        given, answered = tagged(own, labels), tagged(english, labels)
        row = {"id": "1", "words": given["tokens"], "tags": given["ner_tags"]}
        links = perfect(own, english)
        (done,) = read([row], lambda texts, said=english.text: [said], lambda pairs, links=links: [links]).rows
        assert words_of(done) == answered["tokens"]
        assert brought_back(done, answered["ner_tags"], strict) == given["ner_tags"], (own.text, english.text)
        counted += len(labels)
    assert counted == 400


def test_the_kind_reads_the_translation_and_scores_the_row() -> None:
    task = declared("tagging", "words tags", labels=IOB, aligner=Aligner("embedded", 0))
    own = {"id": "1", "words": ["a", "b", "c"], "tags": ["B-LOC", "I-LOC", "O"]}
    plain = {"id": "2", "words": ["d"], "tags": ["O"]}
    done = tagging.read([own, plain], saying({"a b c": "e cab d a", "d": None}),
                        lambda pairs: [frozenset({(0, 2), (1, 3), (2, 0)})], task, Translator("mt"))  # fmt: skip
    features = tagging.encode(done.rows, wordpiece(), task, 32)
    assert features.marks[features.marks >= 0].tolist() == [0, 1, 2, 3, 0]
    answers = ["O", "O", "B-LOC", "I-LOC", "B-PER"]
    logits = np.array([[float(label == answer) for label in IOB] for answer in answers], np.float32)
    table = tagging.decode(logits, done.rows, features, task, task.slice("de", "test"))
    assert table["gold"].to_pylist() == [own["tags"], plain["tags"]]
    assert table["prediction"].to_pylist() == [["B-LOC", "I-LOC", "O"], ["B-PER"]]
    scores = {one.metric.name: one.metric.value(one.statistics.sum(0)) for one in tagging.measures(table, task)}
    assert scores["recall"] == 100 and scores["precision"] == 50 and scores["accuracy"] == 75


def test_texts_are_read_in_one_language_or_the_other() -> None:
    task = declared("classification", "text pair label", labels=("a", "b"))
    rows = [{"id": "1", "text": "eins", "pair": "zwei", "label": "a"}, {"id": "2", "text": "zwei", "pair": "drei",
             "label": "b"}]  # fmt: skip
    said = saying({"eins": "one", "zwei": "two", "drei": None})
    done = classification.read(rows, said, lambda pairs: [], task, Translator("mt"))
    assert done.rows == [rows[0] | {"text": "one", "pair": "two"}, rows[1]]
    assert done.lost == {LEFT_OUT: 1}


# --- who can be read in translation ---


def test_what_is_asked_is_settled_before_the_key() -> None:
    tags = declared("tagging", "words tags", labels=IOB, aligner=Aligner("embedded", 0))
    asked = Translator("mt", carry="markers")
    assert tagging.reading(tags, asked) == replace(asked, carry="alignment", aligner=Aligner("embedded", 0))
    with pytest.raises(XbenchError, match="name one with --aligner"):
        tagging.reading(replace(tags, aligner=None), asked)
    with pytest.raises(Unavailable, match="tags can be carried where they mark spans"):
        tagging.reading(declared("tagging", "words tags", labels=("NOUN", "VERB")), asked)


def test_the_fit_is_zero_shots_and_other_languages_are_translated() -> None:
    task = replace(registry().tasks["cldr-nli"], translator=Translator("mt"))
    (leg,) = protocol.legs(task, ["de", "en"])
    (zero,) = registry().protocols["zero-shot"].legs(task, ["de", "en"])
    assert leg.train == zero.train
    german, english = leg.test
    assert english == task.slice("en", "test")
    assert (german.language, german.made_by) == ("de", "xbench-mt")
    assert german.translator == Translator("mt", source="de", target="en")
    (other,) = protocol.legs(replace(task, source="fr"), ["de"])
    assert other.test[0].translator == Translator("mt", source="de", target="fr")


@pytest.mark.parametrize(
    ("name", "languages", "reason"),
    [
        ("cldr-translation", ["de"], "in two languages"),
        ("cldr-generation", ["de"], "in two languages"),
        ("cldr-nli", ["en"], "en is what cldr-nli is trained on: use zero-shot"),
    ],
)
def test_a_task_without_anything_to_translate_says_so(name: str, languages: list[str], reason: str) -> None:
    task = replace(registry().tasks[name], translator=Translator("mt"))
    with pytest.raises(Unavailable, match=reason):
        list(protocol.legs(task, languages))
    with pytest.raises(Unavailable, match="--translator|two languages"):
        list(protocol.legs(replace(task, translator=None), languages))


# --- the whole path ---

ASKED: dict[str, Any] = {
    "tasks": ["facts"], "languages": ["en", "de", "fr"], "protocols": ["zero-shot", "translate-test"], "beams": 1,
    "settings": ["recipe.epochs=1"],
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return facts_world.build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def results(world: World, marian_back: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = world.bench(tmp_path_factory.mktemp("out"), translator=str(marian_back), **ASKED)
    assert not found.errors
    return found


def table(out: Path, protocol: str, language: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    (path,) = out.glob(f"runs/*/facts/{protocol}/seed-*/predictions/{language}.parquet")
    return pq.read_table(path).to_pandas(), predictions.facts(path)


@pytest.mark.slow
def test_the_translator_translates_what_it_has_not_seen(marian_back: Path) -> None:
    found = pin(Translator(str(marian_back), source="de", target="en"))
    unseen = tiny_translators.said("test", 100, "de", most=2)
    for german in ([one.target for one in unseen], [one.spaced_target for one in unseen]):
        texts = Mt(found.checkpoint, Machine("cpu", "fp32"))(german, found.direction)
        assert sacrebleu.corpus_chrf([one.text for one in texts], [[one.source for one in unseen]]).score > 60


@pytest.mark.slow
@pytest.mark.e2e
def test_one_fit_serves_both_and_every_row_counts(results: Any) -> None:
    assert len(list(results.out.glob("fits/*/fit.json"))) == 1
    (zero, zeros), (read, reads) = (table(results.out, name, "de") for name in ("zero-shot", "translate-test"))
    assert read["id"].tolist() == zero["id"].tolist() and read["gold"].tolist() == zero["gold"].tolist()
    assert reads["digest"] != zeros["digest"] and (zeros["made_by"], reads["made_by"]) == ("human", "xbench-mt")
    assert (reads["read"]["translator"]["source"], reads["read"]["translator"]["target"]) == ("de", "en")
    assert "read" not in zeros
    same, _ = table(results.out, "translate-test", "en")
    assert same.equals(table(results.out, "zero-shot", "en")[0]), "the language of the fit is read as it is"


@pytest.mark.slow
@pytest.mark.e2e
def test_what_is_read_is_the_translation(results: Any, world: World) -> None:
    """A second way to the same answers: the translations as a data set of their own, under zero-shot."""
    from data_helpers import write_repo
    from made_up import write_task

    from xbench.data import made as made_rows

    _, facts = table(results.out, "translate-test", "de")
    rows = made_rows.recall(facts["digest"])
    assert rows is not None and len(rows.rows) == 40
    columns = {"item": "id", "sentence": "text", "topic": "label"}
    translated = {name: [row[column] for row in rows.rows] for name, column in columns.items()}
    english = pq.read_table(world.mirror / "made-up/facts/en/train-00000-of-00001.parquet").to_pydict()
    few = {name: column[:40] for name, column in english.items()}
    write_repo(world.mirror / "made-up/again", {"en": {"train": english, "validation": few, "test": few},
                                                 "de": {"test": translated}})  # fmt: skip
    write_task(world, "again", repo="made-up/again", configs={"en": "en", "de": "de"}, panels={})
    again = world.bench(results.out.parent / "again", **(ASKED | {"tasks": ["again"], "protocols": ["zero-shot"],
                                                                  "languages": ["de"]}))  # fmt: skip
    assert not again.errors and not again.gaps
    (path,) = again.out.glob("runs/*/again/zero-shot/seed-*/predictions/de.parquet")
    found = pq.read_table(path).to_pandas()
    read, _ = table(results.out, "translate-test", "de")
    assert found["prediction"].tolist() == read["prediction"].tolist()
    assert np.allclose(np.stack(found["logits"]), np.stack(read["logits"]), atol=1e-4)


@pytest.mark.slow
@pytest.mark.e2e
def test_results_say_who_translated(results: Any) -> None:
    scores = results.scores[results.scores["main"] & results.scores["language"].isin(["de", "en"])]
    read = scores[scores["protocol"] == "translate-test"]
    assert read["signature"].str.contains(r"\|translator:de-en@[0-9a-f]{8}/beams:1\|").all()
    assert not scores[scores["protocol"] == "zero-shot"]["signature"].str.contains("translator:").any()
    assert set(read["train_made_by"]) == {"original"}
    (gap,) = results.gaps
    assert (gap.protocol, gap.language) == ("translate-test", "fr") and "translates from de only" in gap.reason
    (row,) = results.scores.index[
        results.scores["main"] & (results.scores["language"] == "de") & (results.scores["protocol"] == "translate-test")
    ]
    ended = cli("why", str(row + 1), "--out", str(results.out))
    assert "made by xbench-mt" in ended.out and "from 40 rows of de into en by de-en at sha256:" in ended.out


@pytest.mark.slow
@pytest.mark.e2e
def test_what_is_there_is_not_done_again_and_another_translator_is_another_run(
    results: Any, world: World, marian_back: Path
) -> None:
    before = made(results.out)
    world.bench(results.out, translator=str(marian_back), **ASKED)
    assert made(results.out) == before
    runs = snapshot(results.out, "runs/**/*.parquet")
    other = world.bench(results.out, translator=str(marian_back), **(ASKED | {"beams": 2}))
    assert runs.items() < snapshot(results.out, "runs/**/*.parquet").items()
    rows = other.scores.query("main and language == 'de' and protocol == 'translate-test'")
    assert len(rows) == 2 and rows["signature"].nunique() == 2


@pytest.mark.slow
@pytest.mark.e2e
def test_a_moved_checkpoint_of_a_direction_is_read_again(world: World, marian_back: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(marian_back, tmp_path / "mt-de-en")
    asked = ASKED | {"languages": ["de"], "protocols": ["translate-test"], "limit": 8}
    asked["translator"] = str(tmp_path / "mt-{source}-{language}")
    first = world.bench(tmp_path / "out", **asked)
    config = tmp_path / "mt-de-en" / "generation_config.json"
    config.write_text(config.read_text().replace("{", '{"length_penalty": 0.5,', 1))
    again = world.bench(tmp_path / "out", **asked)
    assert not again.errors
    assert [run.key for run in first.plan.runs] == [run.key for run in again.plan.runs], "a pattern pins no revision"
    (path,) = (tmp_path / "out").glob("runs/*/facts/translate-test/*/predictions/de.parquet")
    revision = predictions.facts(path)["read"]["translator"]["revision"]
    (run,) = again.plan.runs
    assert [piece.translator.revision for piece in run.tests] == [revision]
    assert first.plan.runs[0].tests[0].translator.revision != revision


@pytest.mark.slow
@pytest.mark.e2e
def test_a_run_without_any_translation_is_no_translate_test(world: World, marian_back: Path, tmp_path: Path) -> None:
    asked = ASKED | {"languages": ["en", "fr"], "protocols": ["translate-test"], "limit": 8}
    found = world.bench(tmp_path / "out", translator=str(marian_back), **asked)
    reasons = {gap.language: gap.reason for gap in found.gaps}
    assert "translates from de only" in reasons["fr"]
    assert reasons["en"].startswith("no other language can be translated: the translator de-en cannot be used")
    assert not list((tmp_path / "out").glob("runs/*/*/*/seed-*"))


def test_rows_that_were_read_as_they_are_are_said_where_they_are_many(tmp_path: Path) -> None:
    from xbench.stages.losses import read_as_they_are

    said = read_as_they_are({"source_rows": 40, "lost": {LEFT_OUT: 3, NO_WORDS: 3}})
    assert said.startswith("15% of the test rows have no translation that is fit to be read")
    assert read_as_they_are({"source_rows": 40, "lost": {LEFT_OUT: 4}}) == ""


@pytest.mark.slow
@pytest.mark.e2e
def test_names_are_found_in_translation_and_come_back(marian_back: Path, tmp_path: Path) -> None:
    """The suite's names, with the shipped checkpoint as aligner."""
    ended = cli(
        "run", "--model", "embedded", "--tasks", "cldr-ner", "--languages", "en,de", "--seeds", "1,",
        "--protocols", "translate-test", "--translator", str(marian_back), "--beams", "1", "--limit", "48",
        "--device", "cpu", "--out", str(tmp_path / "out"), "--quiet",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    (path,) = (tmp_path / "out").glob("runs/*/cldr-ner/translate-test/*/predictions/de.parquet")
    found, facts = predictions.load(path)
    assert facts["read"]["translator"]["carry"] == "alignment"
    assert facts["read"]["translator"]["aligner"]["name"] == "embedded"
    rows = found.to_pylist()
    assert len(rows) == 48 and all(len(row["gold"]) == len(row["prediction"]) for row in rows)
    (run,) = (tmp_path / "out").glob("runs/*/cldr-ner/translate-test/*/run.json")
    assert read_json(run)["read_by"]["name"] == "de-en"
