"""Tests in the page: what the browser shows is what stands in `comparison.csv` and `groups.csv`."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import made_up_results as made
import numpy as np
import pandas as pd
import pytest
from browser import Page, opened
from made_up import cli, refused
from made_up_results import labels

from xbench.languages import language

HOSTILE = "<script>alert(1)</script>"
TAGS = ["de", "en", "fr", "hi", "ru", "sw", "th", "zh"]
MARKS = {"better": "▲", "worse": "▼", "not told apart": "≈"}

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline, one better in some languages and worse in others, one like it, and one without predictions."""
    out = tmp_path_factory.mktemp("tested") / "results"
    for name, gain in (("acme/base", 0.0), ("acme/other", 0.3), (HOSTILE, 0.0), ("acme/bare", 0.1)):
        for seed in (1, 2, 3):
            random = np.random.default_rng([seed, len(name)])
            skills = {tag: 0.6 + gain * (place - 3.5) / 4 for place, tag in enumerate(TAGS)}
            rows = {tag: labels(random.random(200) < skill) for tag, skill in skills.items()}
            made.run(out, name, rows, seed=seed)
    assert cli("score", "--out", str(out)).code == 0
    for folder in (out / "runs" / "acme--bare").rglob("predictions"):
        shutil.rmtree(folder)
    ended = cli("report", "--out", str(out), "--baseline", "base")
    assert ended.code == 3, ended.err
    assert "acme/bare on topics zero-shot: no predictions of it are on disk" in " ".join(ended.out.split())
    return out


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from opened(tmp_path_factory.mktemp("profile"))


@pytest.fixture
def page(driver: Any, results: Path) -> Iterator[Page]:
    made = Page(driver).open(results / "report.html")
    yield made
    assert made.complaints() == []


def table(results: Path, name: str) -> pd.DataFrame:
    """One of the comparison's own tables."""
    (path,) = (results / "comparisons").glob(f"*/{name}.csv")
    return pd.read_csv(path, keep_default_na=False, na_values={"detectable": [""], "p_seeds_holm": [""]})


def cells(page: Page, checkpoint: str) -> dict[str, int]:
    """Name of a language -> place of a checkpoint's difference among the numbers of the table of scores."""
    script = """
        const numbers = [...document.querySelectorAll("#scores-table tbody:last-of-type td[data-about]")];
        const heads = [...document.querySelectorAll("#scores-table thead tr:last-child th")];
        const column = heads.findIndex((one) => one.textContent.includes(`of ${arguments[0]} to`));
        return numbers.flatMap((one, place) => one.cellIndex === column
          ? [[one.closest("tr").querySelector("span").textContent, place]] : []);
    """
    return dict(page.run(script, checkpoint))


def shown(p: float) -> str:
    """A p as `comparison.md` rounds it, in as many digits as it is worth."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.{4 if p < 0.001 else 3 if p < 0.1 else 2}f}"


@pytest.mark.parametrize("checkpoint", ["acme/other", HOSTILE])
def test_every_language_shows_the_verdict_of_the_table(page: Page, results: Path, checkpoint: str) -> None:
    frame = table(results, "comparison").set_index(["other", "language"]).loc[checkpoint]
    assert set(frame.index) == set(TAGS)
    if checkpoint == "acme/other":
        assert set(frame["verdict"]) == set(MARKS), "every verdict is needed for this test to say anything"
    places = cells(page, checkpoint)
    for tag, row in frame.iterrows():
        name = language(tag).name
        page.focus(places[name])
        cell = " ".join(page.run("return document.activeElement.textContent").split())
        assert cell[0] == MARKS[row["verdict"]]
        assert float(cell[1:].replace("−", "-")) == pytest.approx(row["difference"], abs=0.0501)
        told = page.text("#details")
        assert f"{row['verdict']}, {shown(row['p_holm'])}" in told
        low, high = (f"{row[key]:+.2f}".replace("-", "−") for key in ("difference_low", "difference_high"))
        assert f"{low} to {high}" in told or "0.00" in (low[1:], high[1:])
        assert ("Would show" in told) == (not math.isnan(row["detectable"]))
        if not math.isnan(row["detectable"]):
            assert f"{row['detectable']:.1f} points (power 80 %)" in told
        assert f"{shown(row['p_seeds_holm'])} (Welch, Holm)" in told
        assert row["test"] in told and "conditional on these seeds (3 and 3)" in told


def test_averages_over_a_group_show_the_test_of_that_group(page: Page, results: Path) -> None:
    groups = table(results, "groups").set_index(["other", "by", "group"]).loc["acme/other"]
    whole = groups.loc[("panel", "all")]
    place = page.texts("#overview-table tbody th").index("acme/other")
    page.focus(place, "overview")
    assert shown(whole["p"]) in page.text("#details")
    page.choose("#rows", "scripts")
    marks = {}
    for line in page.run("return [...document.querySelectorAll('#scores-table tbody tr')].map((one) => one.innerText)"):
        marks[line.split()[0]] = line
    own = groups.loc["script"]
    for code, script in (("Deva", "Devanagari"), ("Cyrl", "Cyrillic"), ("Latn", "Latin")):
        better = "▲" if own.loc[code, "difference"] > 0 else "▼"
        assert (better if own.loc[code, "p_holm"] < 0.05 else "≈") in marks[script], code
    # Two languages that no group is made of were not tested together.
    page.choose("#rows", "languages")
    page.type("#query", "de, hi")
    page.focus(place, "overview")
    assert "not tested" in page.text("#details")


def test_the_other_side_of_a_test_is_its_mirror(page: Page, results: Path) -> None:
    frame = table(results, "comparison").set_index(["other", "language"]).loc["acme/other"]
    opposite = {"better": "▼", "worse": "▲", "not told apart": "≈"}
    page.choose("#against", "acme/other")
    for name, place in cells(page, "acme/base").items():
        (row,) = (row for tag, row in frame.iterrows() if language(tag).name == name)
        page.focus(place)
        cell = " ".join(page.run("return document.activeElement.textContent").split())
        assert cell[0] == opposite[row["verdict"]]
        low, high = (f"{-row[key]:+.2f}".replace("-", "−") for key in ("difference_high", "difference_low"))
        assert f"{low} to {high}" in page.text("#details") or "0.00" in (low[1:], high[1:])


def test_tested_and_not_tested_are_told_apart(page: Page) -> None:
    assert page.run("return document.querySelector('#against').selectedOptions[0].textContent") == "acme/base"
    notes = page.texts("#scores-table th.difference small")
    assert sorted(notes) == ["not tested", "tested", "tested"]
    lead = page.text("#scores-lead")
    assert "Tested: ▲ better" in lead and "Not tested: △ ▽" in lead
    place = cells(page, "acme/bare")["German"]
    page.focus(place)
    assert "not tested" in page.text("#details")
    assert page.run("return document.activeElement.textContent")[0] in "△▽~"


def test_the_comparison_is_on_top_with_what_could_not_be_compared(page: Page, results: Path) -> None:
    whole = table(results, "groups").query("by == 'panel' and group == 'all'").set_index("other")
    texts = "return [...document.querySelectorAll(arguments[0])].map((row) => [...row.cells].map((c) => c.textContent))"
    rows = page.run(texts, "#comparison tbody tr")
    assert {row[0] for row in rows} == {"acme/other", HOSTILE}
    for row in rows:
        own = whole.loc[row[0]]
        assert [float(text) for text in row[5:7]] == pytest.approx([own["first_score"], own["other_score"]], abs=0.051)
        assert row[8] == shown(own["p"])
        assert row[10] == f"{own['wins']} / {own['ties']} / {own['losses']}"
    assert "Not compared: acme/bare on topics zero-shot: no predictions of it are on disk" in page.text("#comparison")
    page.one("#comparison summary").click()
    assert "on average over 8 languages that both have" in page.text("#comparison")
    for link in page.all("#comparison a"):
        assert Path(unquote(link.get_attribute("href").removeprefix("file://"))).is_file()
    assert page.run("return document.scripts.length") == 2


def test_the_keyboard_reaches_the_comparison(page: Page) -> None:
    page.run("document.querySelector('#comparison summary').focus()")
    page.press("\ue007")
    assert page.one("#comparison details").get_attribute("open")
    page.press("\ue004")
    assert page.run("return document.activeElement.textContent") == "comparison.csv"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_both_schemes_and_in_narrow_windows(page: Page, scheme: str) -> None:
    page.scheme(scheme)
    for closed in page.all("details:not([open]) > summary"):
        if closed.is_displayed():
            page.run("arguments[0].parentElement.open = true", closed)
    assert [told for told in page.contrasts() if told[1] < 4.5] == []
    page.resize(340, 700)
    assert page.run("return document.documentElement.scrollWidth") <= 340
    # Words stay whole: in a cell as wide as its longest word, no line is a part of one.
    cut = """
        const parts = (cell) => {
          const range = document.createRange();
          const [text] = [...cell.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
          return [...(text?.data ?? "").matchAll(/\\w+/gu)].filter(({ 0: word, index }) => {
            range.setStart(text, index);
            range.setEnd(text, index + word.length);
            return range.getClientRects().length > 1;
          });
        };
        return [...document.querySelectorAll("#comparison td")].flatMap(parts).map(([word]) => word);
    """
    assert page.run(cut) == []


def test_a_part_has_a_folder_of_its_own_and_says_so(driver: Any, results: Path) -> None:
    whole = (results / "report.html").read_bytes()
    ended = cli(
        "report", "--out", str(results), "--baseline", "base", "--checkpoint", "acme/other", "--script", "Latn",
        "--unseen-by", "acme/other", "--pretrained", "acme/other=de,en",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert whole == (results / "report.html").read_bytes()
    (folder,) = (results / "excerpts").iterdir()
    scores = pd.read_csv(folder / "scores.csv", keep_default_na=False, na_values={"score": [""]})
    assert set(scores["language"]) == {"fr", "sw", ""} and set(scores["checkpoint"]) == {"acme/base", "acme/other"}
    main = scores[scores["main"]].set_index(["checkpoint", "language", "over"])["score"]
    for name in ("acme/base", "acme/other"):
        mean = (main[name, "fr", ""] + main[name, "sw", ""]) / 2
        assert main[name, "", "all"] == pytest.approx(mean, abs=1e-4)
    seen = pd.read_csv(folder / "languages.csv", keep_default_na=False).set_index(["checkpoint", "language"])["seen"]
    assert seen["acme/other", "fr"] == "unseen" and seen["acme/base", "fr"] == "unknown"
    made = Page(driver).open(folder / "report.html")
    assert made.text(".only") == ("Only script Latn, unseen by acme/other; checkpoints: acme/other, acme/base.")
    assert [row[0] for row in made.rows()] == ["French", "Swahili"]
    assert made.complaints() == []


def test_a_declaration_alone_narrows_nothing(driver: Any, results: Path) -> None:
    ended = cli("report", "--out", str(results), "--baseline", "base", "--pretrained", "acme/base=de,fr")
    assert ended.code == 3, ended.err
    seen = pd.read_csv(results / "languages.csv", keep_default_na=False).set_index(["checkpoint", "language"])["seen"]
    assert (seen["acme/base", "fr"], seen["acme/base", "th"]) == ("seen", "unseen")
    board = pd.read_csv(results / "leaderboard.csv").set_index("checkpoint")
    assert board.loc["acme/base", "topics zero-shot seen languages"] == "2 of 2"
    made = Page(driver).open(results / "report.html")
    made.tick("pick-checkpoint", "acme/other")
    for other in (HOSTILE, "acme/bare"):
        made.tick("pick-checkpoint", other)
    made.tick("pick-seen", "seen")
    assert [row[0] for row in made.rows()] == ["French", "German"]


def test_bad_input_ends_with_2_before_anything_is_written(results: Path, tmp_path: Path) -> None:
    before = (results / "report.html").read_bytes()
    refused(cli("report", "--out", str(results), "--baseline", "acme/bass"), "did you mean acme/base?")
    refused(cli("report", "--out", str(results), "--languages", "xx"), "no language 'xx' here")
    refused(cli("report", "--out", str(results), "--script", "Arab"), "no language is left")
    assert (results / "report.html").read_bytes() == before
    made.run(tmp_path, "alone", {"de": labels(np.ones(9, bool))})
    refused(cli("report", "--out", str(tmp_path), "--baseline", "alone"), "alone is the only checkpoint")


def test_damaged_predictions_cost_the_comparison_alone(tmp_path: Path) -> None:
    for name in ("a", "b"):
        made.run(tmp_path, name, {"de": labels(np.arange(40) < 30), "en": labels(np.arange(40) < 35)})
    assert cli("score", "--out", str(tmp_path)).code == 0
    (path,) = (tmp_path / "runs" / "b").rglob("de.parquet")
    known = path.stat()
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    # As a failing disk does: what was scored does not look changed.
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    ended = cli("report", "--out", str(tmp_path), "--baseline", "a")
    assert ended.code == 3, ended.err
    assert "not compared: b on topics zero-shot" in ended.out
    for text in (ended.out, (tmp_path / "report.html").read_text(encoding="utf-8")):
        assert "de.parquet is refused: it is half-written" in " ".join(text.split())
    assert (tmp_path / "leaderboard.csv").is_file() and (tmp_path / "tables" / "topics.csv").is_file()
    assert not (tmp_path / "comparisons").exists()
