"""The page without a browser: what is packed is what was given, and what is compared belongs together."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from score_frames import column, frame, layered, lost, row

from xbench.languages import languages
from xbench.reporting.columns import columns
from xbench.reporting.markup import Texts
from xbench.reporting.page import Picture, write_page
from xbench.reporting.page.packing import fixed, packed
from xbench.store.seeds import by_seed

SEVEN = ["de", "en", "es", "fr", "ja", "ko", "zh"]
SIGNATURE = "task:xnli|version:1|protocol:zero-shot|checkpoint:{}|epochs:{}|metric:accuracy|data:{}|seeds:1"


class Reader(HTMLParser):
    """Collects the elements of a page, and the data in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._within = "data" if dict(attrs).get("id") == "data" else tag

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "data":
            self.data = json.loads(data)
        elif self._within not in ("script", "style"):
            self.text.append(data)


def page(folder: Path, scores: pd.DataFrame, *more: Any) -> Reader:
    reader = Reader()
    reader.feed(write_page(folder / "report.html", columns(scores), *more).read_text(encoding="utf-8"))
    return reader


def unpacked(value: Any, rows: int) -> list[int | None]:
    """As the page reads it, in numpy."""
    if not isinstance(value, dict):
        return [value] * rows
    ((kind, text),) = value.items()
    missing = {"u1": 255, "u2": 65535, "i4": -(2**31)}[kind]
    found = np.frombuffer(base64.b64decode(text), dtype=f"<{kind}").tolist()
    return [None if number == missing else number for number in found]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**31) + 1, 2**31 - 1), st.integers(250, 260), st.just(65535))))
def test_packed_numbers_come_back(values: list[int | None]) -> None:
    assert unpacked(packed(values), len(values)) == values


ties = st.integers(-2000000, 2000000).map(lambda number: number / 2 / 10**4)
beside = st.builds(math.nextafter, ties, st.sampled_from((-math.inf, math.inf)))


@given(st.lists(st.one_of(st.none(), st.floats(-100, 100), ties, beside)))
def test_scores_are_rounded_as_in_the_table(values: list[float | None]) -> None:
    told = [None if number is None else f"{number / 10**4:.4f}" for number in fixed(values)]
    assert told == [None if value is None else f"{value:.4f}".replace("-0.0000", "0.0000") for value in values]


def test_every_number_is_the_tables(tmp_path: Path) -> None:
    rows = column(SEVEN, salt=1, every=5) + column(SEVEN, salt=2, every=4, checkpoint="acme/other")
    scores = frame(rows)
    data = page(tmp_path, scores).data
    found = {}
    for packed_column in data["columns"]:
        names = unpacked(packed_column["languages"], 1)
        fields = {name: unpacked(packed_column[name], len(names)) for name in ("score", "sd", "low", "high", "chance")}
        whole = {name: unpacked(packed_column[name], len(names)) for name in ("seeds", "examples", "status", "reason")}
        for place, number in enumerate(names):
            assert number is not None
            key = (data["contenders"][packed_column["contender"]]["name"], data["languages"]["tag"][number])
            values = [None if fields[name][place] is None else fields[name][place] / 10**4 for name in fields]
            found[key] = [*values, *(whole[name][place] for name in ("seeds", "examples"))]
            found[key] += [data["statuses"][whole["status"][place]], data["texts"][whole["reason"][place]]]
    expected = {}
    for one in rows:
        if one["language"]:
            numbers = [one[name] for name in ("score", "sd", "ci_low", "ci_high", "chance")]
            counts = [one["seeds"] or 0, one["examples"], one["status"], one["reason"]]
            expected[one["checkpoint"], one["language"]] = [*numbers, *counts]
    near = {
        key: [pytest.approx(one) if isinstance(one, float) else one for one in own] for key, own in expected.items()
    }
    assert near == found
    assert any(None in own for own in expected.values())


def test_signatures_come_back_whole(tmp_path: Path) -> None:
    line = "task:tatoeba|version:1|metric:accuracy|layer:{}|direction:en→{}|data:{}|seeds:1"
    rows = [row(tag, signature=line.format(8, tag, f"0{place}")) for place, tag in enumerate(SEVEN)]
    data = page(tmp_path, frame(rows)).data
    (own,) = data["columns"]
    names, forms, holes = (unpacked(own[name], 7) for name in ("languages", "form", "own"))
    found = {}
    for number, form, hole in zip(names, forms, holes, strict=True):
        assert number is not None and form is not None and hole is not None
        values = iter(data["texts"][hole].split("\n"))
        found[data["languages"]["tag"][number]] = re.sub("\0", lambda _, of=values: next(of), data["texts"][form])
    assert found == {one["language"]: one["signature"] for one in rows}
    assert len(set(forms)) == 1


def placed(folder: Path, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Which checkpoint stands on which board."""
    data = page(folder, frame(rows)).data
    told = [" ".join(filter(None, (one["protocol"], one["metric"], one["difference"]))) for one in data["boards"]]
    names = [" ".join(filter(None, (one["name"], one["revision"]))) for one in data["contenders"]]
    return [(names[one["contender"]], told[one["board"]]) for one in data["columns"]]


def test_what_differs_in_more_than_the_checkpoint_stands_apart(tmp_path: Path) -> None:
    rows = [
        row("de", checkpoint=name, signature=SIGNATURE.format(revision, epochs, "d"))
        for name, revision, epochs in (("a", "1", 3), ("b", "2", 3), ("b", "2", 5))
    ]
    three, five = "zero-shot accuracy epochs:3", "zero-shot accuracy epochs:5"
    assert placed(tmp_path, rows) == [("a", three), ("b", three), ("b", five)]


def test_a_checkpoint_under_two_revisions_is_two(tmp_path: Path) -> None:
    rows = [row("de", checkpoint="a", signature=SIGNATURE.format(one, 3, "d")) for one in ("aaaa", "bbbb")]
    assert placed(tmp_path, rows) == [("a aaaa", "zero-shot accuracy"), ("a bbbb", "zero-shot accuracy")]


def test_what_has_no_score_stands_where_it_was_asked_for(tmp_path: Path) -> None:
    rows = [row("de", checkpoint="a", signature=SIGNATURE.format("1", 3, "d"))]
    rows += [row("de", checkpoint="b", task="pawsx", signature=SIGNATURE.format("2", 3, "d"))]
    rows += [lost("de", checkpoint="b"), lost("de", checkpoint="b", protocol="translate-train")]
    assert sorted(placed(tmp_path, rows)) == [
        ("a", "zero-shot accuracy"), ("b", "translate-train accuracy"), ("b", "zero-shot accuracy"),
        ("b", "zero-shot accuracy"),
    ]  # fmt: skip


def test_layers_that_are_not_the_main_one_make_no_boards(tmp_path: Path) -> None:
    assert placed(tmp_path, layered(SEVEN)) == [("acme/mini", "as-is accuracy")]


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def test_hostile_names_are_text(tmp_path: Path) -> None:
    rows = [row(tag, checkpoint=HOSTILE, task=HOSTILE, note=HOSTILE) for tag in SEVEN]
    table = Texts(HOSTILE, [HOSTILE], [[HOSTILE]], [[HOSTILE]], [HOSTILE])
    picture = tmp_path / "one.svg"
    picture.write_text(f"<svg xmlns='http://www.w3.org/2000/svg'><text>{HOSTILE}</text></svg>", encoding="utf-8")
    reader = page(tmp_path, frame(rows), [Picture(HOSTILE, picture)], [table])
    assert [attributes for tag, attributes in reader.tags if tag == "script"] == [
        {"type": "application/json", "id": "data"}, {},
    ]  # fmt: skip
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert [attributes["src"] for tag, attributes in reader.tags if tag == "img"] == [
        "data:image/svg+xml;base64," + base64.b64encode(picture.read_bytes()).decode()
    ]
    assert reader.data["contenders"][0]["name"] == HOSTILE
    assert sum(HOSTILE in text for text in reader.text) >= 6
    assert "<script>alert" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_only_the_pages_own_script_may_run(tmp_path: Path) -> None:
    """A browser compares the digest with the text of each script."""
    import hashlib

    text = write_page(tmp_path / "report.html", columns(frame(column(SEVEN)))).read_text(encoding="utf-8")
    *_, script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert "connect-src" not in rules
    assert not re.findall(r"(?:src|href)=\"(?!data:|#|\w+\.png|\w+\.svg)[^\"]*\"", text)


def noisy(path: Path, size: int) -> Path:
    """A picture that does not compress."""
    values = np.random.default_rng(size).integers(0, 255, (size, size, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    return path


def test_pictures_stay_files_when_there_is_no_room(tmp_path: Path) -> None:
    given = [Picture(f"no {size}", noisy(tmp_path / "plots" / f"no {size}.png", size)) for size in (900, 1100, 1150)]
    given += [Picture(f"again {copy}", noisy(tmp_path / "plots" / f"{copy}.png", 1150)) for copy in range(4)]
    reader = page(tmp_path, frame(column(SEVEN)), given)
    sources = [attributes["src"] or "" for tag, attributes in reader.tags if tag == "img"]
    assert 0 < len(sources) < len(given)
    first = Image.open(io.BytesIO(base64.b64decode(sources[0].partition(",")[2])))
    assert first.size == (900, 900)
    links = {attributes.get("href") for tag, attributes in reader.tags if tag == "a"}
    assert {f"plots/{copy}.png" for copy in range(4)} | {"plots/no%20900.png"} <= links
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    assert f"{len(given) - len(sources)} more beside this page" in " ".join(reader.text)


@pytest.mark.slow
def test_a_page_of_20_checkpoints_176_languages_and_4_tasks_is_small(tmp_path: Path) -> None:
    tags = [one.tag for one in languages() if one.tag != "en"][:175]
    rows = []
    for place, (checkpoint, task) in enumerate(product(range(20), ("xnli", "wikiann", "pawsx", "udpos"))):
        given = {"checkpoint": f"acme/number-{checkpoint}", "task": task}
        for one in column(["en", *tags], salt=place, **given):
            parts = f"task:{task}|version:1|protocol:zero-shot|split:test|source:en|checkpoint:{checkpoint:08x}"
            parts += "|train:b55711fa|made_by:original|recipe:5f3c04f4|epochs:2|select:last|max_length:128|dtype:fp32"
            parts += f"|metric:accuracy|data:{crc32((task + one['language']).encode()):08x}|seeds:1,2,3|ci:t-over-seeds"
            there = one["score"] is not None
            seeds = by_seed([1, 2, 3], [one["score"] + noise for noise in (0.5, -0.3, -0.2)], {}) if there else ""
            rows.append({**one, "signature": parts if there else "", "by_seed": seeds})
    path = write_page(tmp_path / "report.html", columns(frame(rows)))
    scored = sum(one["language"] != "" for one in rows)
    assert scored == 20 * 176 * 4
    assert path.stat().st_size < 2_000_000
