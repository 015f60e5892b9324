"""Stage make: rows of one language to rows of another, from files to files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import facts_world
import pytest
from made_up import World, child, cli, kill_when, refused, snapshot

from xbench.api import Slice, Task, Translator
from xbench.data import Library, made
from xbench.errors import Unavailable, XbenchError
from xbench.jobs import Making, TrainSet
from xbench.languages.mt import Direction
from xbench.planning.facts import Facts
from xbench.planning.making import shelf, to_make
from xbench.plugins import registry
from xbench.stages.make import Models, make
from xbench.store import translations
from xbench.store.translations import Segment, shelves

NLI = "cldr-nli"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def library(cache: Path) -> Library:
    return Library(None, tuple(registry().sources.values()))


class Fake:
    """Stands in for a checkpoint: what it says is given, and what it was asked is remembered."""

    def __init__(self, say: Callable[[str], str | Segment]) -> None:
        self.asked: list[str] = []
        self._say = say

    def __call__(self, texts: Sequence[str], direction: Direction, tick: Callable[[int], None]) -> list[Segment]:
        self.asked += texts
        tick(len(texts))
        said = [self._say(text) for text in texts]
        return [one if isinstance(one, Segment) else Segment(one) for one in said]

    def models(self) -> Any:
        """As the stage is given them."""
        models = Models("cpu")
        models.mt = lambda *_: self  # type: ignore[method-assign]
        return models


def trainset(
    library: Library, checkpoint: Path, task: Task, language: str = "de", limit: int = 40, **how: Any
) -> TrainSet:
    asked = replace(task, translator=Translator(str(checkpoint), beams=1, **how))
    piece = replace(asked.translation(language, "train"), limit=limit)
    return Facts(library, registry().kinds).trainset(piece, asked)


def making(library: Library, checkpoint: Path, task: str = NLI, **how: Any) -> Making:
    found = trainset(library, checkpoint, registry().tasks[task], **how).making
    assert found is not None
    return found


def source_rows(library: Library, one: Making) -> list[dict[str, Any]]:
    return library.rows(made.original(one.slice), one.kind, one.task).rows


# --- the stage ---


def test_a_label_stays_with_its_texts(library: Library, marian: Path) -> None:
    one = making(library, marian)
    rows = source_rows(library, one)
    fake = Fake(lambda text: text.upper() + " Übersetzung")
    done = make(one, library, fake.models(), lambda count: None)
    assert [row["label"] for row in done.rows] == [row["label"] for row in rows]
    assert [row["id"] for row in done.rows] == [row["id"] for row in rows]
    assert [row["pair"] for row in done.rows] == [row["pair"].upper() + " Übersetzung" for row in rows]
    assert len(fake.asked) == len(set(fake.asked)) == len({row[text] for row in rows for text in ("text", "pair")})
    again = Fake(lambda text: "asked twice")
    assert make(one, library, again.models(), lambda count: None) == done
    assert not again.asked
    assert library.rows(one.slice, one.kind, one.task).rows == done.rows


def test_rows_of_which_a_text_came_out_wrong_are_left_out_and_counted(library: Library, marian: Path) -> None:
    one = making(library, marian)
    rows = source_rows(library, one)
    bad = {rows[3]["text"]: "", rows[5]["pair"]: "Кошка", rows[7]["text"]: Segment("Die", "unfinished")}
    done = make(one, library, Fake(lambda text: bad.get(text, "Die Übersetzung")).models(), lambda count: None)
    lost = {row["id"] for row in rows if row["text"] in bad or row["pair"] in bad}
    assert [row["id"] for row in done.rows] == [row["id"] for row in rows if row["id"] not in lost]
    assert done.facts["left_out"] == {"empty": 1, "wrong script": 1, "unfinished": 1}
    assert done.facts["lost"] == {"a text whose translation was left out": len(lost)}
    assert done.facts["examples"]["wrong script"] == [[rows[5]["pair"], "Кошка"]]
    assert (done.facts["source_rows"], done.facts["rows"]) == (40, 40 - len(lost))


def test_a_language_of_which_nothing_survives_is_an_error(library: Library, marian: Path) -> None:
    with pytest.raises(XbenchError, match="no row of cldr/nli en train survived translation into de by en-de") as error:
        make(making(library, marian), library, Fake(lambda text: "").models(), lambda count: None)
    assert "empty" in str(error.value)


def test_rows_that_are_not_made_or_damaged_are_not_read(library: Library, marian: Path) -> None:
    one = making(library, marian)
    with pytest.raises(XbenchError, match="translation of cldr/nli en train into de is not made"):
        library.rows(one.slice, one.kind, one.task)
    done = make(one, library, Fake(lambda text: "Die Übersetzung").models(), lambda count: None)
    (path,) = shelves().glob("rows/*.gz")
    path.write_bytes(path.read_bytes()[:-20])
    assert made.recall(one.digest) is None
    mended = Fake(lambda text: "never asked: the segments are whole")
    assert make(one, library, mended.models(), lambda count: None).rows == done.rows
    assert not mended.asked


def test_a_kill_costs_one_window_and_changes_nothing(
    library: Library, marian: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translations, "WINDOW", 16)
    one = making(library, marian)
    whole = make(one, library, Fake(lambda text: f"Wort {len(text)}").models(), lambda count: None)
    shutil.rmtree(shelves())

    class Killed(BaseException):
        pass

    def dies(text: str) -> str:
        if len(first.asked) > 40:
            raise Killed
        return f"Wort {len(text)}"

    first = Fake(dies)
    with pytest.raises(Killed):
        make(one, library, first.models(), lambda count: None)
    kept = snapshot(shelves(), "**/*.jsonl.gz")
    assert len(kept) == 2, "two windows were whole when it was killed, and no rows are made of them"
    (folder,) = shelves().glob("en-de*")
    (folder / ".000002.jsonl.gz.1.draft").write_bytes(b"half")

    second = Fake(lambda text: f"Wort {len(text)}")
    assert make(one, library, second.models(), lambda count: None).rows == whole.rows
    assert not set(second.asked) & set(first.asked[:32])
    after = snapshot(shelves(), "**/*.jsonl.gz")
    assert {name: after[name] for name in kept} == kept
    assert not list(folder.glob(".*draft"))


# --- names of what is made ---


def test_everything_that_changes_the_rows_changes_their_digest(library: Library, marian: Path) -> None:
    nli, base = registry().tasks[NLI], {"library": library, "checkpoint": marian}
    first = trainset(**base, task=nli)
    assert trainset(**base, task=nli).digest == first.digest
    assert trainset(**base, task=nli, carry="markers").digest == first.digest, "labels of texts need no markers"
    others = [
        trainset(**base, task=nli, limit=41),
        trainset(**base, task=nli, dtype="bf16"),
        trainset(library, marian.parent / "{source}-{language}", nli),
    ]
    assert others[2].digest == first.digest, "the name of a checkpoint is not what it is"
    assert len({first.digest, others[0].digest, others[1].digest}) == 3
    again = replace(first.slice, translator=replace(first.slice.translator, revision="sha256:other"))  # type: ignore[type-var]
    kind = registry().kinds[nli.kind]
    source = library.rows(made.original(first.slice), kind, nli).digest
    assert made.name(first.slice, source, kind, nli) == first.digest
    assert made.name(again, source, kind, nli) != first.digest


def test_planning_counts_what_is_left(library: Library, marian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "WINDOW", 16)
    one = making(library, marian)
    texts = {row[text] for row in source_rows(library, one) for text in ("text", "pair")}
    (left,) = to_make([one, one], library, "cpu")
    assert (left.segments, left.seconds) == (len(texts), None)
    fake = Fake(lambda text: "Die Übersetzung")
    own = shelf(one, [text for row in source_rows(library, one) for text in (row["text"], row["pair"])])
    own.keep(own.windows[0], fake([own.texts[at] for at in own.windows[0]], Direction(), lambda count: None))
    (left,) = to_make([one], library, "cpu")
    assert left.segments == len(texts) - 16
    make(one, library, fake.models(), lambda count: None)
    assert to_make([one], library, "cpu") == ()
    (other,) = to_make([making(library, marian, limit=20)], library, "cpu")
    assert other.seconds is not None, "the first one has measured the rate"


def test_what_a_translator_does_not_know_is_unavailable(library: Library, marian: Path) -> None:
    with pytest.raises(Unavailable, match="translates into de only, not into `fr`"):
        trainset(library, marian, registry().tasks[NLI], language="fr")


def test_only_training_rows_of_other_languages_are_translated() -> None:
    nli = replace(registry().tasks[NLI], translator=Translator("mt"))
    assert nli.translation("en", "train") == nli.slice("en", "train")
    german: Slice = nli.translation("de", "train")
    assert german.translator == Translator("mt", source="en", target="de")
    assert german.made_by == "xbench-mt"
    assert nli.slice("de", "train").made_by == "generated"
    pairs = replace(registry().tasks["cldr-translation"], translator=Translator("mt"))
    assert pairs.translation("de", "train") == pairs.slice("de", "train"), "pairs are there already"


def test_wikiann_is_planned_like_the_others(hub: Path, cache: Path, m2m: Path) -> None:
    library = Library(hub, tuple(registry().sources.values()))
    part = trainset(library, m2m, registry().tasks["wikiann"], limit=20)
    assert (part.slice.made_by, part.rows) == ("xbench-mt", 20)
    assert part.making is not None
    assert part.slice.translator is not None and part.slice.translator.carry == "markers"
    (left,) = to_make([part.making], library, "cpu")
    assert 0 < left.segments <= 20
    fake = Fake(lambda text: f"Ja, {text}")
    done = make(left.making, library, fake.models(), lambda count: None)
    assert done.facts["counts"]["names_by_markers"] > 0.9 * done.facts["counts"]["names"] > 0


def test_translations_are_removed_only_when_they_are_named(library: Library, marian: Path, cache: Path) -> None:
    make(making(library, marian), library, Fake(lambda text: "Die Übersetzung").models(), lambda count: None)
    before = snapshot(shelves())
    assert before and list(cache.glob("rows/*"))
    cli("clean", "--cache", "--out", str(cache / "none"))
    assert snapshot(shelves()) == before and not list(cache.glob("rows/*"))
    cli("clean", "--translations", "--out", str(cache / "none"))
    assert not shelves().exists()


# --- the command ---


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> World:
    return facts_world.build(tmp_path_factory.mktemp("facts"))


def arguments(world: World, translator: Path, *more: str) -> list[str]:
    return [
        "translate", "--translator", str(translator), "--beams", "1", "--task-file", str(world.file("facts")),
        "--tasks", "facts", "--data", str(world.mirror), "--device", "cpu", *more,
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.e2e
def test_the_command_translates_and_says_what_is_lost(facts: World, marian: Path, cache: Path) -> None:
    asked = arguments(facts, marian, "--limit", "30")
    before = cli(*asked, "--dry-run")
    assert before.code == 0
    assert "30 segments in 1 direction by en-de; time: unknown" in before.out
    assert "facts fr: unavailable: the translator en-de cannot be used: it translates into de only" in before.out
    done = cli(*asked)
    assert done.code == 3, "a language is unavailable"
    assert "of 30 rows; " in done.out and "facts fr: unavailable" in done.out
    kept = snapshot(cache / "translations")
    assert cli(*asked).out == done.out
    assert snapshot(cache / "translations") == kept
    assert "nothing, everything is there" in cli(*asked, "--dry-run").out


def test_the_command_refuses_what_makes_no_sense(facts: World, marian: Path, tmp_path: Path) -> None:
    refused(cli("translate", "--tasks", NLI), "name a checkpoint with --translator")
    refused(cli("translate", "--translator", str(marian)), "the rows of what?")
    refused(cli(*arguments(facts, marian, "--tasks", "fact")), "unknown task 'fact'", "did you mean facts?")
    refused(cli(*arguments(facts, marian, "--languages", "dee")), "no language 'dee' here: did you mean de?")
    refused(cli(*arguments(facts, marian, "--translator", str(tmp_path))), "no config.json")
    refused(cli(*arguments(facts, marian, "--translator", "embedded")), "has no decoder")
    refused(cli("run", "--carry", "markers", "--tasks", NLI, "--model", "embedded"), "--carry", "--translator")


@pytest.mark.slow
@pytest.mark.e2e
def test_a_command_that_was_killed_goes_on_where_it_was(
    facts: World, marian: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = arguments(facts, marian, "--languages", "de")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    process = child(tmp_path / "log", *asked)
    kill_when(process, lambda: bool(list(cache.glob("translations/en-de*/000000.jsonl.gz"))))
    before = snapshot(cache, "translations/**/*.gz")
    assert len(before) == 1, "one window of two, and no rows"
    killed = cli(*asked)
    assert killed.code == 0, killed.err
    after = snapshot(cache, "translations/**/*.gz")
    assert {name: after[name] for name in before} == before
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path / "other"))
    assert cli(*asked).out == killed.out
    other = snapshot(tmp_path / "other", "translations/**/*.gz")
    assert {name: digest for name, (_, _, digest) in other.items()} == {
        name: digest for name, (_, _, digest) in after.items()
    }
