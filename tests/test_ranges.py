"""Splits cut out of a published one, and languages that are columns of one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from data_helpers import Plain, task_of, write_repo
from hypothesis import given
from hypothesis import strategies as st

from xbench.api import Data, Slice, Task
from xbench.data import Library
from xbench.data.ranges import Part, overlaps, part
from xbench.errors import Unavailable, XbenchError
from xbench.jobs import task_facts, task_from
from xbench.kinds import declarations
from xbench.planning.request import adapt

COLUMNS = {"source": "{source}", "target": "{language}"}
SPLITS = {"train": "test[:4]", "dev": "test[4:5]", "test": "test[5:8]"}
EIGHT = [f"row {place}" for place in range(8)]


def shared(columns: dict[str, str] | None = None, **more: Any) -> Task:
    """Three languages that are columns of the configuration `default`; Yoruba is declared, but not there."""
    data = Data(
        "made/up", "main", {"en": "eng", "de": "deu", "sw": "swa", "yo": "yor"}, columns or COLUMNS, "CC0", "made up",
        splits=SPLITS, shared="default",
    )  # fmt: skip
    return Task("made-up", 1, "plain", replace(data, **more))


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    table = {code: [f"{code} {text}" for text in EIGHT] for code in ("eng", "deu", "swa")}
    write_repo(tmp_path / "mirror" / "made" / "up", {"default": {"test": table}})
    return tmp_path / "mirror"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("test", Part("test")),
        ("test[:5]", Part("test", 0, 5)),
        ("test[5:]", Part("test", 5)),
        ("a[b]", None),
        ("test[5:5]", None),
        ("test[5-9]", None),
        ("test[-5:]", None),
        ("test[:50%]", None),
        ("", None),
    ],
)
def test_forms(text: str, found: Part | None) -> None:
    if found:
        assert part(text) == found
    else:
        with pytest.raises(XbenchError):
            part(text)


@given(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
def test_parts_meet_where_they_have_a_row_in_common(one: int, length: int, other: int, more: int) -> None:
    first, second = Part("test", one, one + length), Part("test", other, other + more)
    both = set(range(one, one + length)) & set(range(other, other + more))
    assert first.meets(second) == second.meets(first) == bool(both)
    assert not first.meets(replace(second, split="train"))
    assert list(overlaps({"train": f"test[{one}:{one + length}]", "test": f"test[{other}:{other + more}]"})) == (
        [("train", "test")] if both else []
    )


def test_splits_of_a_declaration_share_no_row() -> None:
    columns = {"source": True, "target": True}
    declarations.check(shared(), columns, (), ())
    overlapping = shared(splits={"train": "test[:6]", "test": "test[5:]"})
    with pytest.raises(XbenchError, match=r"train \(test\[:6\]\) and test \(test\[5:\]\) of made/up share rows"):
        declarations.check(overlapping, columns, (), ())
    with pytest.raises(XbenchError, match=r"write its name, or rows of it as"):
        declarations.check(shared(splits={"test": "test[5-8]"}), columns, (), ())


def test_rows_of_a_split(mirror: Path) -> None:
    library, task = Library(mirror), shared()
    texts = {
        split: [row["target"] for row in library.rows(Slice(task.data, "de", split, source="en"), Plain(), task).rows]
        for split in SPLITS
    }
    assert texts == {
        "train": [f"deu row {place}" for place in range(4)], "dev": ["deu row 4"],
        "test": ["deu row 5", "deu row 6", "deu row 7"],
    }  # fmt: skip
    assert [library.size(Slice(task.data, "de", split, source="en")) for split in SPLITS] == [4, 1, 3]


def test_any_two_columns_make_pairs(mirror: Path) -> None:
    task = adapt(shared(), (), "sw")
    assert task.paired and task.data.multiparallel
    rows = Library(mirror).rows(task.slice("de", "test"), Plain(), task).rows
    assert rows[0] == {"id": "0", "source": "swa row 5", "target": "deu row 5"}
    why = Library(mirror).missing(task.slice("sw", "test"))
    assert why is not None and "cannot be paired with itself" in why


def test_a_language_without_a_column_is_unavailable(mirror: Path) -> None:
    task = shared()
    with pytest.raises(Unavailable, match="the mirror .* has no column `yor` of made/up; leave the language out"):
        Library(mirror).rows(task.slice("yo", "test"), Plain(), task)
    from_yoruba = replace(task, source="yo")
    with pytest.raises(Unavailable, match="no column `yor`"):
        Library(mirror).rows(from_yoruba.slice("de", "test"), Plain(), from_yoruba)
    undeclared = Library(mirror).missing(task.slice("fr", "test"))
    assert undeclared is not None and "not declared for `fr`" in undeclared


def test_a_split_that_does_not_reach_as_far_is_of_another_version(mirror: Path) -> None:
    task = shared(splits={"test": "test[5:9]"})
    with pytest.raises(XbenchError, match=r"split test has 8 rows, and the declaration takes rows 5 to 9"):
        Library(mirror).rows(task.slice("de", "test"), Plain(), task)


def test_a_column_that_is_no_language_is_a_fault_of_the_declaration(mirror: Path) -> None:
    task = shared({**COLUMNS, "id": "number"})
    with pytest.raises(XbenchError, match=r"no column `number` \(for `id`\)") as caught:
        Library(mirror).rows(task.slice("de", "test"), Plain(), task)
    assert not isinstance(caught.value, Unavailable)


def test_joined_rows_are_cut_on_both_sides(tmp_path: Path) -> None:
    tables = {code: {"test": {"key": list(range(8)), "text": [f"{code}{place}" for place in range(8)]}}
              for code in ("en", "de")}  # fmt: skip
    write_repo(tmp_path / "mirror" / "made" / "up", tables)
    task = task_of("made/up", {"source": "text", "target": "text"}, join="key", splits=SPLITS)
    rows = Library(tmp_path / "mirror").rows(Slice(task.data, "de", "test", source="en"), Plain(), task).rows
    assert [(row["source"], row["target"]) for row in rows] == [("en5", "de5"), ("en6", "de6"), ("en7", "de7")]


def test_a_declaration_comes_back_from_json() -> None:
    task = shared()
    assert task_from(task_facts(task)).data == replace(task.data, lacking={})
