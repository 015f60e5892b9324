"""The data room on real and on made-up mirrors."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from data_helpers import Plain, class_label, task_of, write_repo

from xbench.api import Data, Slice, Task
from xbench.data import Library, card
from xbench.errors import Unavailable, XbenchError

REAL = Path(__file__).resolve().parents[2] / "shared" / "hub"
SENTIMENT = ("good", "bad")


@pytest.fixture(autouse=True)
def _own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Two languages; English labels are integers with names in an order that is not the task's."""
    rows = {
        "en": {"test": {"key": [7, 8, 9], "text": ["a", "b", "c"], "label": [0, 1, 0]}},
        "de": {"test": {"key": [9, 7, 5], "text": ["z", "x", "q"], "label": [1, 1, 0]}},
    }
    features = {"key": "int64", "text": "string", "label": class_label("bad", "good")}
    write_repo(tmp_path / "mirror" / "made" / "up", rows, features)
    return tmp_path / "mirror"


def sentiment(**more: Any) -> Task:
    return task_of("made/up", {"text": "text", "label": "label"}, SENTIMENT, **more)


def read(mirror: Path, task: Task, language: str = "en", **more: Any) -> list[dict[str, Any]]:
    piece = Slice(task.data, language, more.pop("split", "test"), **more)
    return Library(mirror).rows(piece, Plain(), task).rows


def tables(mirror: Path, values: dict[str, list[Any]], features: dict[str, Any] | None = None) -> Path:
    """A mirror with one split."""
    write_repo(mirror / "made" / "up", {"en": {"test": values}}, features)
    return mirror


# Made-up data


def test_labels_go_by_name_whatever_their_order(mirror: Path) -> None:
    assert [row["label"] for row in read(mirror, sentiment())] == ["bad", "good", "bad"]


@pytest.mark.parametrize("features", [None, {"text": "string", "label": class_label("0", "1")}])
def test_labels_without_real_names_go_by_place(tmp_path: Path, features: dict[str, Any] | None) -> None:
    mirror = tables(tmp_path / "mirror", {"text": ["a", "b"], "label": [0, 1]}, features)
    assert [row["label"] for row in read(mirror, sentiment())] == ["good", "bad"]


def test_labels_in_lists_go_by_name(tmp_path: Path) -> None:
    features = {"words": {"list": "string"}, "tags": {"list": class_label("NOUN", "VERB", "_")}}
    mirror = tables(tmp_path / "mirror", {"words": [["a", "b"], [], ["c"]], "tags": [[1, 0], [], [2]]}, features)
    task = task_of("made/up", {"words": "words", "tags": "tags"})
    assert [row["tags"] for row in read(mirror, task)] == [["VERB", "NOUN"], [], ["_"]]


def test_the_hubs_minus_one_is_no_label(tmp_path: Path) -> None:
    features = {"text": "string", "label": class_label("0", "1")}
    mirror = tables(tmp_path / "mirror", {"text": ["a", "b"], "label": [1, -1]}, features)
    with pytest.raises(XbenchError, match=r"made/up en test: row 1: label None"):
        read(mirror, sentiment())


def test_a_label_outside_the_set_is_named_with_its_row(tmp_path: Path) -> None:
    mirror = tables(tmp_path / "mirror", {"text": ["a", "b"], "label": ["good", "odd"]})
    with pytest.raises(XbenchError, match=r"made/up en test: row 1: label 'odd'"):
        read(mirror, sentiment())


def test_rows_that_do_not_count_leave_the_numbering_alone(tmp_path: Path) -> None:
    mirror = tables(tmp_path / "mirror", {"text": ["a", "b", "c"], "label": ["good", "skip", "bad"]})
    assert [row["id"] for row in read(mirror, sentiment())] == ["0", "2"]
    assert [row["id"] for row in read(mirror, sentiment(), limit=2)] == ["0", "2"]


def test_ids_are_the_data_sets_own_where_it_has_any(mirror: Path) -> None:
    task = task_of("made/up", {"text": "text", "id": "key"})
    assert [row["id"] for row in read(mirror, task, "de")] == ["9", "7", "5"]


def test_a_limit_takes_the_first_rows(mirror: Path) -> None:
    assert [row["text"] for row in read(mirror, sentiment(), limit=2)] == ["a", "b"]


def test_rows_pair_by_key_in_the_languages_order(mirror: Path) -> None:
    task = task_of("made/up", {"source": "text", "target": "text"}, join="key")
    rows = read(mirror, task, "de", source="en")
    assert rows == [{"source": "c", "target": "z", "id": "9"}, {"source": "a", "target": "x", "id": "7"}]


def test_joins_that_cannot_be(tmp_path: Path) -> None:
    def attempt(english: list[int], german: list[int]) -> None:
        repo = tmp_path / str(english) / "made" / "up"
        sides = {"en": english, "de": german}
        write_repo(repo, {code: {"test": {"key": keys, "text": ["t"] * len(keys)}} for code, keys in sides.items()})
        task = task_of("made/up", {"source": "text", "target": "text"}, join="key")
        read(repo.parents[1], task, "de", source="en")

    with pytest.raises(XbenchError, match="no row has a partner"):
        attempt([1, 2], [3, 4])
    with pytest.raises(XbenchError, match="not unique in the rows of the source language"):
        attempt([1, 1], [1, 2])


def test_a_language_is_not_paired_with_itself(mirror: Path) -> None:
    task = task_of("made/up", {"source": "text", "target": "text"}, join="key")
    why = Library(mirror).missing(Slice(task.data, "en", "test", source="en"))
    assert why is not None
    assert "cannot be paired with itself" in why


def test_a_missing_side_of_a_join_is_missing(mirror: Path) -> None:
    (mirror / "made" / "up" / "en" / "test-00000-of-00001.parquet").unlink()
    task = task_of("made/up", {"source": "text", "target": "text"}, join="key")
    why = Library(mirror).missing(Slice(task.data, "de", "test", source="en"))
    assert why is not None
    assert "no split test of made/up `en`" in why


def test_columns_named_after_configurations(tmp_path: Path) -> None:
    mirror = tables(tmp_path / "mirror", {"text_en": ["a"], "text_de": ["b"]})
    task = task_of("made/up", {"source": "text_{source}", "target": "text_{language}"})
    assert read(mirror, task, "en", source="de") == [{"source": "b", "target": "a", "id": "0"}]


def test_a_missing_column_names_the_closest(mirror: Path) -> None:
    with pytest.raises(XbenchError, match=r"no column `txt` \(for `text`\): did you mean text\?"):
        read(mirror, task_of("made/up", {"text": "txt"}))


def test_an_empty_split_is_named(tmp_path: Path) -> None:
    mirror = tables(tmp_path / "mirror", {"text": [], "label": []}, {"text": "string", "label": "string"})
    with pytest.raises(XbenchError, match="split `test` of en is empty"):
        read(mirror, sentiment())


def test_a_split_whose_rows_are_all_dropped_is_an_error(tmp_path: Path) -> None:
    mirror = tables(tmp_path / "mirror", {"text": ["a"], "label": ["skip"]})
    with pytest.raises(XbenchError, match="no row counts"):
        read(mirror, sentiment())


@pytest.mark.parametrize("repo", ["../up", "made/../up", "/etc/passwd", "made/up/..", "a/b/c", ".", "~/up", "made\\up"])
def test_names_that_leave_the_mirror_are_refused(mirror: Path, repo: str) -> None:
    with pytest.raises(XbenchError, match="not the name of a repository"):
        read(mirror, task_of(repo, {"text": "text"}))


def test_a_repository_that_the_mirror_lacks_is_not_looked_for_elsewhere(mirror: Path) -> None:
    task = task_of("facebook/xnli", {"text": "text"})
    why = Library(mirror).missing(Slice(task.data, "en", "test"))
    assert why is not None
    assert "does not have facebook/xnli" in why
    assert "run without --data" in why
    with pytest.raises(Unavailable, match="does not have facebook/xnli"):
        read(mirror, task)


def test_what_is_missing_is_said_without_reading_rows(mirror: Path) -> None:
    (mirror / "made" / "up" / "en" / "test-00000-of-00001.parquet").write_bytes(b"not parquet at all")
    data, library = sentiment().data, Library(mirror)
    assert library.missing(Slice(data, "en", "test")) is None
    assert library.size(Slice(data, "en", "test")) == 3
    assert "no split train of made/up `en` (there: test)" in str(library.missing(Slice(data, "en", "train")))
    assert "not declared for `fr`" in str(library.missing(Slice(data, "fr", "test")))


def test_a_configuration_that_the_card_lacks_is_said(mirror: Path) -> None:
    data = Data("made/up", "main", {"de": "de_DE"}, {"text": "text"}, "CC0", "made up")
    why = Library(mirror).missing(Slice(data, "de", "test"))
    assert "no configuration `de_DE` of made/up (it has 2)" in str(why)


def test_files_that_the_card_promises_but_the_mirror_lacks(mirror: Path) -> None:
    (mirror / "made" / "up" / "de" / "test-00000-of-00001.parquet").unlink()
    library, data = Library(mirror), sentiment().data
    assert "no split test of made/up `de` (there: none); download it" in str(library.missing(Slice(data, "de", "test")))
    assert len(read(mirror, sentiment(), "en")) == 3


def test_fewer_rows_than_the_card_says(mirror: Path) -> None:
    path = mirror / "made" / "up" / "README.md"
    path.write_text(path.read_text().replace("num_examples: 3", "num_examples: 5"))
    with pytest.raises(XbenchError, match="made/up en test: the mirror has 3 rows, but its card says 5"):
        read(mirror, sentiment())


def test_a_damaged_file_is_named_with_a_remedy(mirror: Path) -> None:
    (mirror / "made" / "up" / "en" / "test-00000-of-00001.parquet").write_bytes(b"not parquet at all")
    with pytest.raises(
        XbenchError, match=r"en test: files in the mirror cannot be read .* may be damaged; download it"
    ):
        read(mirror, sentiment())


def test_a_damaged_card_is_named(mirror: Path) -> None:
    (mirror / "made" / "up" / "README.md").write_text("---\nconfigs: [unclosed\n---\n")
    with pytest.raises(XbenchError, match=r"the card \(README.md\) of made/up cannot be read"):
        read(mirror, sentiment())


def test_a_card_without_a_list_leaves_absence_to_be_found(tmp_path: Path) -> None:
    folder = tmp_path / "mirror" / "made" / "up"
    folder.mkdir(parents=True)
    (folder / "test.jsonl").write_text('{"text": "a", "label": "good"}\n')
    data = Data("made/up", "main", {"en": "default"}, {"text": "text", "label": "label"}, "CC0", "made up")
    task = Task("made-up", 1, "plain", data, labels=SENTIMENT)
    assert Library(folder.parents[1]).missing(Slice(data, "en", "train")) is None
    assert [row["text"] for row in read(folder.parents[1], task)] == ["a"]
    with pytest.raises(Unavailable, match="no split train of made/up `default`"):
        read(folder.parents[1], task, split="train")


def test_files_of_other_formats_in_folders_with_odd_names(tmp_path: Path) -> None:
    folder = tmp_path / "my [data]*" / "made" / "up"
    folder.mkdir(parents=True)
    (folder / "test.tsv").write_text("text\tlabel\nsay \tgood\n")
    files = "data_files: [{split: test, path: test.tsv}]"
    (folder / "README.md").write_text(f"---\nconfigs: [{{config_name: en, {files}}}]\n---\n")
    assert read(folder.parents[1], sentiment()) == [{"text": "say ", "label": "good", "id": "0"}]


def test_a_mirror_must_exist(tmp_path: Path) -> None:
    with pytest.raises(XbenchError, match="no such folder"):
        Library(tmp_path / "nowhere")


def test_an_origin_needs_its_source(mirror: Path) -> None:
    task = task_of("made/up", {"text": "text"}, origin="generatde")
    with pytest.raises(XbenchError, match="did you mean generated"):
        Library(mirror, [Invented()]).missing(Slice(task.data, "en", "test"))


class Invented:
    """A source of another origin."""

    name = "generated"

    def revision(self, data: Data) -> str:
        return "v1"

    def splits(self, data: Data, config: str) -> tuple[str, ...] | None:
        return ("test",)

    def table(self, data: Data, config: str, split: str) -> pa.Table:
        return pa.table({"text": ["one", "two"], "label": ["good", "bad"]})


def test_other_sources_have_the_same_door(mirror: Path) -> None:
    task = sentiment(origin="generated")
    library, piece = Library(mirror, [Invented()]), Slice(task.data, "en", "test")
    found = library.rows(piece, Plain(), task)
    assert [row["label"] for row in found.rows] == ["good", "bad"]
    assert found.revision == library.revision(task.data) == "v1"
    assert library.size(piece) is None
    assert "the source `generated` has no split train" in str(library.missing(Slice(task.data, "en", "train")))


# The digest and what is remembered


def test_the_digest_is_over_the_rows_and_nothing_else(mirror: Path, tmp_path: Path) -> None:
    task = sentiment()
    found = Library(mirror).rows(Slice(task.data, "en", "test"), Plain(), task)
    texts = [json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for row in found.rows]
    assert found.digest == hashlib.sha256("".join(texts).encode()).hexdigest()

    values: dict[str, list[Any]] = {"label": ["bad", "good", "bad"], "text": ["a", "b", "c"], "unused": [1, 2, 3]}
    other = Library(tables(tmp_path / "other", values)).rows(Slice(task.data, "en", "test"), Plain(), task)
    assert other.digest == found.digest
    assert other.revision != found.revision
    assert other.revision.startswith("mirror:")


def test_changed_rows_are_seen(mirror: Path) -> None:
    assert read(mirror, sentiment())[0]["text"] == "a"
    tables(mirror, {"text": ["new"], "label": ["good"]})
    assert [row["text"] for row in read(mirror, sentiment())] == ["new"]


def test_labels_settings_and_limits_are_remembered_apart(mirror: Path) -> None:
    assert read(mirror, sentiment())[0]["label"] == "bad"
    assert len(read(mirror, sentiment(), limit=1)) == 1
    with pytest.raises(XbenchError, match="none of fine, bad"):
        read(mirror, task_of("made/up", {"text": "text", "label": "label"}, ("fine", "bad")))
    read(mirror, sentiment(settings={"layers": {12: 8}}))
    assert len(kept_files()) == 3


def kept_files() -> list[Path]:
    return sorted(Path(os.environ["XBENCH_CACHE"]).glob("rows/*/*.gz"))


def other_rows(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b'"a"', b'"A"'))


@pytest.mark.parametrize(
    "harm",
    [lambda b: b[:40], lambda b: b"", lambda b: b"junk", other_rows, lambda b: gzip.compress(b"")],
    ids=["cut", "empty", "junk", "other rows", "nothing inside"],
)
def test_a_damaged_memory_is_made_anew(mirror: Path, harm: Any) -> None:
    rows = read(mirror, sentiment())
    (path,) = kept_files()
    sound = path.read_bytes()
    path.write_bytes(harm(sound))
    assert read(mirror, sentiment()) == rows
    assert path.read_bytes() == sound


def test_a_memory_that_cannot_be_written_costs_nothing_but_time(mirror: Path, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XBENCH_CACHE", str(tmp_path / "file"))
    assert len(read(mirror, sentiment())) == 3


CLIENT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from data_helpers import Plain, task_of
from xbench.api import Slice
from xbench.data import Library
for name in ("pandas", "datasets", "huggingface_hub"):
    assert name not in sys.modules, "import xbench.data brings " + name
before = set(sys.modules)
task = task_of("made/up", {{"text": "text", "label": "label"}}, ("good", "bad"))
found = Library(Path({mirror!r})).rows(Slice(task.data, "en", "test"), Plain(), task)
print(found.digest, *sorted({{name.split(".")[0] for name in set(sys.modules) - before}}))
"""


def test_reading_imports_no_torch_and_a_second_time_not_even_datasets(mirror: Path, tmp_path: Path) -> None:
    # data_helpers itself needs pyarrow, so what counts is what reading adds.
    code = CLIENT.format(tests=str(Path(__file__).parent), mirror=str(mirror))
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}
    first, second = (
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    )
    assert first[0] == second[0]
    assert "datasets" in first
    assert not {"torch", "transformers"} & set(first)
    assert not {"torch", "transformers", "datasets", "pandas", "huggingface_hub"} & set(second)


# Patterns


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("de/test-*", ["de/test-0.parquet"]),
        ("*/test-*", ["de/test-0.parquet", "en/test-0.parquet"]),
        ("**/test-0.parquet", ["de/test-0.parquet", "deep/er/test-0.parquet", "en/test-0.parquet"]),
        ("**", ["de/test-0.parquet", "deep/er/test-0.parquet", "en/test-0.parquet", "odd[1].csv"]),
        ("d[!f]/test-?.parquet", ["de/test-0.parquet"]),
        ("odd[1].csv", ["odd[1].csv"]),
        ("../secret", []),
    ],
)
def test_patterns_mean_what_the_hub_says(pattern: str, expected: list[str]) -> None:
    files = ["de/test-0.parquet", "deep/er/test-0.parquet", "en/test-0.parquet", "odd[1].csv"]
    assert card.matching([pattern], files) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("data_files: a.csv", {"train": ("a.csv",)}),
        ("data_files: [a.csv, b.csv]", {"train": ("a.csv", "b.csv")}),
        ("data_files: [{split: test, path: [a.csv, b.csv]}]", {"test": ("a.csv", "b.csv")}),
        ("data_dir: de\n  data_files: [{split: test, path: a.csv}]", {"test": ("de/a.csv",)}),
        ("data_dir: de", None),
    ],
)
def test_the_forms_in_which_cards_list_files(files: str, expected: Any) -> None:
    config = card.read(f"---\nconfigs:\n- config_name: de\n  {files}\n---\n", "made/up").configs["de"]
    assert config.patterns == expected


# Real data


@pytest.fixture(scope="module")
def real() -> Library:
    if not REAL.is_dir():
        pytest.skip("needs ../shared/hub, a mirror of real data sets")
    return Library(REAL)


def test_xnli(real: Library) -> None:
    labels = ("entailment", "neutral", "contradiction")
    columns = {"text": "premise", "pair": "hypothesis", "label": "label"}
    task = task_of("facebook/xnli", columns, labels)
    piece = Slice(task.data, "de", "test")
    found = real.rows(piece, Plain(), task)
    assert len(found.rows) == real.size(piece) == 5010
    counts = [sum(row["label"] == label for row in found.rows) for label in labels]
    assert counts == [1670, 1670, 1670]  # XNLI is balanced by design
    assert real.rows(Slice(task.data, "de", "test", limit=5), Plain(), task).rows == found.rows[:5]


def test_wikiann(real: Library) -> None:
    columns = {"words": "tokens", "tags": "ner_tags"}
    data = Data("unimelb-nlp/wikiann", "main", {"en": "en", "ar": "ar"}, columns, "", "")
    task = Task("wikiann", 1, "plain", data)
    rows = real.rows(Slice(data, "en", "train"), Plain(), task).rows
    assert len(rows) == 20000
    tags = {tag for row in rows for tag in row["tags"]}
    assert tags == {"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"}
    missing = Slice(data, "ar", "test")
    assert "the mirror has no split test of unimelb-nlp/wikiann `ar`" in str(real.missing(missing))
    with pytest.raises(Unavailable, match="run without --data"):
        real.rows(missing, Plain(), task)


def test_pawsx(real: Library) -> None:
    columns = {"text": "sentence1", "pair": "sentence2", "label": "label", "id": "id"}
    task = task_of("google-research-datasets/paws-x", columns, ("different", "same"))
    rows = real.rows(Slice(task.data, "de", "test"), Plain(), task).rows
    assert len(rows) == 2000
    assert {row["label"] for row in rows} == {"different", "same"}
    why = str(real.missing(Slice(task.data, "en", "train")))
    assert "the mirror has no split train of google-research-datasets/paws-x `en`" in why
    assert "run without --data" in why


def test_sib200_pairs(real: Library) -> None:
    columns = {"source": "text", "target": "text", "id": "index_id"}
    codes = {"en": "eng_Latn", "de": "deu_Latn", "ace-Arab": "ace_Arab"}
    data = Data("Davlan/sib200", "main", codes, columns, "", "", join="index_id")
    task = Task("sib200-retrieval", 1, "plain", data)
    rows = real.rows(Slice(data, "de", "test", source="en"), Plain(), task).rows
    assert len(rows) == 204
    sides = {}
    for language, column in (("en", "source"), ("de", "target")):
        alone = Data("Davlan/sib200", "main", codes, {"text": "text", "id": "index_id"}, "", "")
        found = real.rows(Slice(alone, language, "test"), Plain(), task).rows
        sides[column] = {row["id"]: row["text"] for row in found}
        if language == "de":
            assert [row["id"] for row in found] == [row["id"] for row in rows]
    for row in rows:
        assert row == {"id": row["id"], "source": sides["source"][row["id"]], "target": sides["target"][row["id"]]}


def test_treebank_tags_go_by_name(real: Library) -> None:
    data = Data("commul/universal_dependencies", "main", {"en": "en_ewt"}, {"words": "tokens", "tags": "upos"}, "", "")
    row = real.rows(Slice(data, "en", "test"), Plain(), Task("ud", 1, "plain", data)).rows[0]
    pairs = dict(zip(row["words"], row["tags"], strict=True))
    assert (pairs["Google"], pairs["What"]) == ("PROPN", "PRON")
