"""Gold files of a folder: what is read, where it is looked for, and errors that name file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted import write

from xbench.api import Data, Task
from xbench.data import Library
from xbench.data.sources.folder import Folder
from xbench.errors import Unavailable, XbenchError
from xbench.kinds.alignment import kind as alignment
from xbench.kinds.lexicon import kind as lexicon

COLUMNS = {"source": "source", "target": "target", "id": "id"}
PAIRS = Data("words", "none", {"de": "en-de", "fi": "en-fi"}, COLUMNS, "CC0", "made up", origin="folder")
SENTENCES = Data(
    "gold",
    "none",
    {"de": "ende"},
    {**COLUMNS, "links": "links"},
    "CC0",
    "made up",
    splits={"test": "test"},
    origin="folder",
)
LEXICON = Task("words", 1, "lexicon", PAIRS)
ALIGNMENT = Task("sentences", 1, "alignment", SENTENCES, settings={"first_index": 1})


def dictionary(root: Path, lines: list[str], name: str = "en-de.test.tsv") -> Library:
    write(root / "words", {name: lines})
    return Library(root)


def aligned(root: Path, sentences: list[str], links: list[str]) -> Library:
    write(root / "gold", {"ende.src-tgt": sentences, "ende.gold": links})
    return Library(root)


def test_a_dictionary_is_read_line_by_line(tmp_path: Path) -> None:
    library = dictionary(tmp_path, ["dog\tHund", "to go \t gehen", "to go\tlaufen"])
    assert library.rows(LEXICON.slice("de", "test"), lexicon, LEXICON).rows == [
        {"id": "en-de.test.tsv:1", "source": "dog", "target": "Hund"},
        {"id": "en-de.test.tsv:2", "source": "to go", "target": "gehen"},
        {"id": "en-de.test.tsv:3", "source": "to go", "target": "laufen"},
    ]
    assert library.size(LEXICON.slice("de", "test")) == 3


def test_windows_line_ends_and_byte_order_marks_are_no_part_of_a_word(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "en-de.test.tsv").write_bytes("\ufeffdog\tHund\r\ncat\tKatze".encode())
    rows = Library(tmp_path).rows(LEXICON.slice("de", "test"), lexicon, LEXICON).rows
    assert [(row["source"], row["target"]) for row in rows] == [("dog", "Hund"), ("cat", "Katze")]


def test_a_line_separator_inside_of_a_line_ends_no_line(tmp_path: Path) -> None:
    rows = dictionary(tmp_path, ["a\u2028b\tc", "d\te"]).rows(LEXICON.slice("de", "test"), lexicon, LEXICON).rows
    assert [row["id"] for row in rows] == ["en-de.test.tsv:1", "en-de.test.tsv:2"]


def test_alignments_are_read_from_two_files(tmp_path: Path) -> None:
    library = aligned(tmp_path, ["the dog  ||| der Hund", "no ||| nein doch"], ["1-1 2-2", "1-1 1p2"])
    first, second = library.rows(ALIGNMENT.slice("de", "test"), alignment, ALIGNMENT).rows
    assert first == {
        "id": "ende.gold:1", "source": ["the", "dog"], "target": ["der", "Hund"], "sure": [[0, 0], [1, 1]],
        "possible": [],
    }  # fmt: skip
    assert second == {
        "id": "ende.gold:2", "source": ["no"], "target": ["nein", "doch"], "sure": [[0, 0]], "possible": [[0, 1]],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a\tb", "c d"], r"words/en-de\.test\.tsv:2: 'c d' is not two sides with a tab between them"),
        (["a\tb\tc"], r"en-de\.test\.tsv:1: .* is not two sides"),
        (["a\tb", "", "c\td"], r"en-de\.test\.tsv:2: '' is not two sides"),
        (["a\t "], r"en-de\.test\.tsv:1: .* has an empty side"),
        ([], "empty"),
    ],
)
def test_a_bad_dictionary_is_named_with_its_line(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(XbenchError, match=message):
        dictionary(tmp_path, lines).rows(LEXICON.slice("de", "test"), lexicon, LEXICON)


@pytest.mark.parametrize(
    ("sentences", "links", "message"),
    [
        (["a b ||| c"], ["1-1 3-1"], r"row ende\.gold:1: the link 3-1 is outside .* words 1 to 2, the target 1 to 1"),
        (["a ||| c", "a ||| c"], ["1-1", "0p1"], r"row ende\.gold:2: the link 0p1 is outside"),
        (["a ||| c"], ["1-2"], r"row ende\.gold:1: the link 1-2 is outside"),
        (["a ||| c"], ["1:1"], r"row ende\.gold:1: '1:1' is no link: write 3-4"),
        (["a ||| c", "b ||| d"], ["1-1"], r"ende\.src-tgt has 2 lines and ende\.gold has 1"),
        (["a ||| "], ["1-1"], r"ende\.src-tgt:1: .* has an empty side"),
        (["a c"], ["1-1"], r"ende\.src-tgt:1: .* with `\|\|\|` between them"),
    ],
)
def test_bad_links_are_named_with_file_and_line(
    tmp_path: Path, sentences: list[str], links: list[str], message: str
) -> None:
    with pytest.raises(XbenchError, match=message):
        aligned(tmp_path, sentences, links).rows(ALIGNMENT.slice("de", "test"), alignment, ALIGNMENT)


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "words", {})
    (tmp_path / "words" / "en-de.test.tsv").write_bytes(b"gr\xfcn\tgreen\n")
    with pytest.raises(XbenchError, match="is not UTF-8"):
        Library(tmp_path).rows(LEXICON.slice("de", "test"), lexicon, LEXICON)


def test_what_is_not_there_is_unavailable_with_what_was_looked_for(tmp_path: Path) -> None:
    assert "give the folder that it lies in with DATA=<folder> (--data), such that <folder>/words is there" in str(
        Library().missing(LEXICON.slice("de", "test"))
    )
    assert f"there is no folder {tmp_path / 'words'}" in str(Library(tmp_path).missing(LEXICON.slice("de", "test")))
    library = dictionary(tmp_path, ["a\tb"])
    assert library.missing(LEXICON.slice("de", "test")) is None
    assert f"{tmp_path / 'words'} has neither `en-fi.test.tsv` nor `en-fi.test.src-tgt`" in str(
        library.missing(LEXICON.slice("fi", "test"))
    )
    assert "has neither `en-de.train.tsv`" in str(library.missing(LEXICON.slice("de", "train")))
    write(tmp_path / "gold", {"ende.src-tgt": ["a ||| b"]})
    with pytest.raises(Unavailable, match=r"ende\.src-tgt has no ende\.gold beside it"):
        Library(tmp_path).rows(ALIGNMENT.slice("de", "test"), alignment, ALIGNMENT)


def test_two_files_of_one_name_are_no_silent_choice(tmp_path: Path) -> None:
    write(tmp_path / "words", {"en-de.test.src-tgt": ["a ||| b"]})
    with pytest.raises(XbenchError, match="are both there"):
        dictionary(tmp_path, ["a\tb"]).rows(LEXICON.slice("de", "test"), lexicon, LEXICON)


def test_the_only_split_may_be_left_out_of_the_name(tmp_path: Path) -> None:
    library = aligned(tmp_path, ["a ||| b"], ["1-1"])
    write(tmp_path / "gold", {"ende.test.src-tgt": ["a ||| b"], "ende.test.gold": ["1-1"]})
    with pytest.raises(XbenchError, match=r"ende\.test\.src-tgt and .*ende\.src-tgt are both there"):
        library.rows(ALIGNMENT.slice("de", "test"), alignment, ALIGNMENT)
    (tmp_path / "gold" / "ende.src-tgt").unlink()
    assert (
        Library(tmp_path).rows(ALIGNMENT.slice("de", "test"), alignment, ALIGNMENT).rows[0]["id"] == "ende.test.gold:1"
    )
    write(tmp_path / "words", {"en-de.tsv": ["a\tb"]})
    assert "has neither `en-de.test.tsv` nor `en-de.test.src-tgt`:" in str(library.missing(LEXICON.slice("de", "test")))


def test_an_absolute_folder_needs_no_data_folder(tmp_path: Path) -> None:
    from dataclasses import replace

    dictionary(tmp_path, ["a\tb"])
    task = replace(LEXICON, data=replace(PAIRS, repo=str(tmp_path / "words")))
    assert len(Library().rows(task.slice("de", "test"), lexicon, task).rows) == 1


def test_the_rows_tell_who_they_are_wherever_they_lie(tmp_path: Path) -> None:
    piece = LEXICON.slice("de", "test")
    here, there = (dictionary(tmp_path / name, ["a\tb"]).rows(piece, lexicon, LEXICON) for name in ("here", "there"))
    assert (here.digest, here.revision) == (there.digest, there.revision)
    changed = dictionary(tmp_path / "there", ["a\tc"]).rows(piece, lexicon, LEXICON)
    assert changed.digest != here.digest
    assert changed.revision != here.revision


def test_the_example_of_the_documents_reads_the_files_beside_it(tmp_path: Path) -> None:
    from xbench.plugins import registry

    text = (Path(__file__).parents[1] / "docs" / "probing.md").read_text(encoding="utf-8")
    (tmp_path / "my_words.py").write_text(text.partition("```python\n")[2].partition("```")[0], encoding="utf-8")
    write(tmp_path / "words", {"en-eu.test.tsv": ["dog\ttxakur"]})
    registry.cache_clear()
    try:
        assert registry().add_file(tmp_path / "my_words.py") == ("my-words",)
        task = registry().tasks["my-words"]
    finally:
        registry.cache_clear()
    assert Library().rows(task.slice("eu", "test"), lexicon, task).rows[0]["target"] == "txakur"
    assert "has neither `en-et.test.tsv`" in str(Library().missing(task.slice("et", "test")))


def test_files_that_nobody_reads_do_not_count(tmp_path: Path) -> None:
    dictionary(tmp_path, ["a\tb"])
    before = Folder(tmp_path).revision(PAIRS)
    write(tmp_path / "words", {"README.md": ["words"]})
    assert Folder(tmp_path).revision(PAIRS) == before
