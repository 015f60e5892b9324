"""The page in a real browser: it shows the table's numbers, does what it is told, and nothing that a name says."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd
import pytest
from browser import Page, luminance, opened
from scipy import stats
from score_frames import COLLAPSED, NO_TEST, Row, averages, column, frame, lost, row

from xbench.languages import language
from xbench.reporting.leaderboard import leaderboard
from xbench.reporting.published import published
from xbench.store.seeds import by_seed, read_by_seed

SEVEN = ["de", "en", "es", "fr", "ja", "ko", "zh"]
MANY = "am ar bn de en es fa fr he hi ja ka ko my ru sw ta te th tr ur zh".split()
TAB, ENTER, SPACE, ESCAPE = "\ue004", "\ue007", " ", "\ue00c"
UP, DOWN, LEFT, RIGHT, HOME, END = "\ue013", "\ue015", "\ue012", "\ue014", "\ue011", "\ue010"
CONTROL = "\ue009"

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from opened(tmp_path_factory.mktemp("profile"))


@pytest.fixture
def page(driver: Any) -> Iterator[Page]:
    made = Page(driver)
    yield made
    assert made.complaints() == []


def signed(checkpoint: str, **changed: Any) -> str:
    parts = {"task": "xnli", "protocol": "zero-shot", "checkpoint": checkpoint, "epochs": 2, **changed}
    return "|".join(f"{key}:{value}" for key, value in parts.items()) + "|metric:accuracy|data:1f|seeds:1,2,3"


def two(tags: list[str]) -> list[Row]:
    """Two checkpoints with holes in different places."""
    first = column(tags, salt=1, every=9, checkpoint="acme/one", signature=signed("1"))
    return first + column(tags, salt=2, every=7, checkpoint="acme/two", signature=signed("2"))


def scores(rows: list[Row], checkpoint: str) -> dict[str, float]:
    own = [one for one in rows if one["checkpoint"] == checkpoint and one["language"] and one["score"] is not None]
    return {one["language"]: one["score"] for one in own}


def name(tag: str) -> str:
    return language(tag).name


def by_name(own: Mapping[str, Any]) -> dict[str, Any]:
    return {name(tag): value for tag, value in own.items()}


def number(text: str) -> float:
    return float(text.replace("−", "-").rstrip("†").strip("▲▼≈△▽~ "))


def test_numbers_are_the_tables(page: Page, tmp_path: Path) -> None:
    rows = two(MANY)
    shown = page.show(tmp_path, frame(rows)).rows()
    assert [one[0] for one in shown] == sorted(map(name, MANY))
    for place, checkpoint in enumerate(("acme/one", "acme/two"), start=1):
        given = by_name(scores(rows, checkpoint))
        found = {one[0]: one[place] for one in shown}
        assert {key for key, text in found.items() if text == "–"} == set(map(name, MANY)) - set(given)
        for key, score in given.items():
            assert number(found[key]) == pytest.approx(score, abs=0.0501)
    whole = page.run("return columns.map((one) => languages.map((l) => one.score(l.number)))")
    tags = page.run("return languages.map((one) => one.tag)")
    for checkpoint, own in zip(("acme/one", "acme/two"), whole, strict=True):
        given = scores(rows, checkpoint)
        assert {tag: score for tag, score in zip(tags, own, strict=True) if score is not None} == pytest.approx(given)


def test_details_say_interval_number_of_examples_and_signature(page: Page, tmp_path: Path) -> None:
    rows = [row("de", score=61.25, ci_low=58.5, ci_high=64.125, examples=5010, seeds=3, sd=1.5, signature=signed("1"))]
    page.show(tmp_path, frame(rows))
    page.focus(0)
    told = page.text("#details")
    for part in ("German", "61.25", "58.50 to 64.13", "n = 5,010", "3 seeds", "1.50", "33.3", signed("1")):
        assert part in told, part
    focused = page.driver.switch_to.active_element
    assert focused.get_attribute("aria-describedby") == "details"


def test_what_is_missing_is_a_dash_with_its_reason(page: Page, tmp_path: Path) -> None:
    rows = [row("de", checkpoint="a"), lost("th", checkpoint="a"), row("de", checkpoint="b"), row("fr", checkpoint="b")]
    shown = {one[0]: one[1:] for one in page.show(tmp_path, frame(rows)).rows()}
    assert shown == {"French": ["–", "60.0"], "German": ["60.0", "60.0"], "Thai": ["–", "–"]}
    for place, reason in ((0, "not asked for"), (4, NO_TEST), (5, "not asked for")):
        page.focus(place)
        assert reason in page.text("#details")
    assert "0.0" not in page.texts("#scores-table td")


def test_degenerate_fits_are_marked(page: Page, tmp_path: Path) -> None:
    rows = [row("de", status="degenerate", reason=COLLAPSED), row("fr")]
    shown = {one[0]: one[1] for one in page.show(tmp_path, frame(rows)).rows()}
    assert shown == {"German": "60.0†", "French": "60.0"}
    assert "degenerate fit" in page.text("#findings")


@pytest.mark.parametrize("key", ["score 0", "name", "script"])
def test_sorting(page: Page, tmp_path: Path, key: str) -> None:
    rows = two(MANY)
    page.show(tmp_path, frame(rows))
    given = by_name(scores(rows, "acme/one"))
    of = {
        "score 0": given.get,
        "name": lambda one: one,
        "script": lambda one: page.run("return languages.find((l) => l.name === arguments[0]).script", one),
    }[key]
    heading = f'#scores-table th:has([data-sort="{key}"])'
    if key == "name":
        page.one(f"{heading} button").click()
        page.one(f"{heading} button").click()
    orders = []
    for _ in range(2):
        page.one(f"{heading} button").click()
        shown = [one[0] for one in page.rows()]
        valued = [one for one in shown if of(one) is not None]
        assert shown[: len(valued)] == valued, "what is missing comes last"
        orders.append((page.one(heading).get_attribute("aria-sort"), [of(one) for one in valued]))
    assert {order for order, _ in orders} == {"ascending", "descending"}
    for order, values in orders:
        pairs = list(pairwise(values))
        assert all(a <= b for a, b in pairs) if order == "ascending" else all(a >= b for a, b in pairs)
    assert len(page.all("#scores-table [aria-sort]")) == 1


def test_a_search_takes_names_and_tags(page: Page, tmp_path: Path) -> None:
    page.show(tmp_path, frame(two(MANY)))
    for text, expected in {
        "de, Swahili": ["German", "Swahili"],
        "GERM": ["German"],
        "th": ["Thai"],
        "日本": ["Japanese"],
        "": sorted(map(name, MANY)),
        "zz": [],
    }.items():
        page.type("#query", text)
        if expected:
            assert [one[0] for one in page.rows()] == expected, text
    page.type("#query", "zz")
    assert "No language is left" in page.text("#scores-table")
    page.one("#reset").click()
    assert len(page.rows()) == len(MANY)


def test_filters_recompute_averages_and_name_what_is_missing(page: Page, tmp_path: Path) -> None:
    rows = two(MANY)
    page.show(tmp_path, frame(rows))
    page.tick("pick-script", "Latin")
    own = ["de", "en", "es", "fr", "sw", "tr"]
    assert [one[0] for one in page.rows()] == sorted(map(name, own))
    one, other = scores(rows, "acme/one"), scores(rows, "acme/two")
    both = [tag for tag in own if tag in one and tag in other]
    assert 0 < len(both) < len(own), "a hole is needed for this test to say anything"
    shown = {line[0]: line[1:] for line in page.rows("overview")}
    for checkpoint, given in (("acme/one", one), ("acme/two", other)):
        assert number(shown[checkpoint][0]) == pytest.approx(fmean(given[tag] for tag in both), abs=0.0501)
    counts = page.texts("#overview-table .part")
    assert counts == [f"{len(both)} of {len(own)}"] * 2
    page.focus(0, "overview")
    told = page.text("#details")
    assert all(f"{name(tag)} ({tag})" in told for tag in set(own) - set(both))
    assert "none: it is over examples here" in told
    page.one("#common").click()
    shown = {line[0]: line[1:] for line in page.rows("overview")}
    for checkpoint, given in (("acme/one", one), ("acme/two", other)):
        have = [given[tag] for tag in own if tag in given]
        assert number(shown[checkpoint][0]) == pytest.approx(fmean(have), abs=0.0501)


def test_averages_over_everything_are_those_of_the_table(page: Page, tmp_path: Path) -> None:
    kept = column(SEVEN, salt=3, every=100, signature=signed("1"))
    page.show(tmp_path, frame(kept))
    for panel, label in (("all", "all"), ("target", "target: without those trained on")):
        page.choose("#panel", label)
        (average,) = [one for one in kept if one["over"] == panel]
        ((_, shown),) = page.rows("overview")
        assert number(shown) == pytest.approx(average["score"], abs=0.0501)
        page.focus(0, "overview")
        told = page.text("#details")
        assert f"{average['ci_low']:.2f} to {average['ci_high']:.2f}" in told
        assert f"{average['score']:.2f}" in told


def test_rows_may_be_groups_of_languages(page: Page, tmp_path: Path) -> None:
    rows = column(MANY, salt=4, every=100, signature=signed("1"))
    page.show(tmp_path, frame(rows))
    page.choose("#rows", "families")
    given = scores(rows, "acme/mini")
    expected: dict[str, list[float]] = {}
    for tag in MANY:
        expected.setdefault(language(tag).family, []).append(given[tag])
    shown = {one[0]: number(one[1].partition(" of ")[0].split()[0]) for one in page.rows()}
    assert shown == pytest.approx({family: fmean(own) for family, own in expected.items()}, abs=0.0501)


def test_differences_to_a_checkpoint(page: Page, tmp_path: Path) -> None:
    rows = [
        row("de", checkpoint="a", score=60.0, ci_low=55.0, ci_high=65.0, signature=signed("1")),
        row("de", checkpoint="b", score=63.0, ci_low=58.0, ci_high=68.0, signature=signed("2")),
        row("fr", checkpoint="a", score=60.0, ci_low=59.0, ci_high=61.0, signature=signed("1")),
        row("fr", checkpoint="b", score=50.0, ci_low=49.0, ci_high=51.0, signature=signed("2")),
        row("ja", checkpoint="a", score=40.0, ci_low=39.0, ci_high=41.0, signature=signed("1")),
        row("ja", checkpoint="b", score=50.5, ci_low=49.0, ci_high=51.0, signature=signed("2")),
        row("th", checkpoint="a", signature=signed("1")),
        lost("th", checkpoint="b"),
    ]
    page.show(tmp_path, frame(rows))
    page.choose("#against", "a")
    shown = {one[0]: one[3] for one in page.rows()}
    assert shown == {"German": "~+3.0", "French": "▽−10.0", "Japanese": "△+10.5", "Thai": "–"}
    assert "xbench report --baseline" in page.text("#scores-lead") and "▲" not in page.text("#scores-lead")
    page.focus(2)
    assert "not tested; intervals lie apart" in page.text("#details")
    page.focus(3 * [one[0] for one in page.rows()].index("Thai") + 2)
    assert "one of the two has no score" in page.text("#details")
    page.one('[data-sort="difference 1"]').click()
    assert [one[0] for one in page.rows()][:3] == ["Japanese", "German", "French"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("epochs:2", "epochs:9"), ("data:1f", "data:2e"), ("metric:accuracy", "metric:accuracy|mode:strict")],
)
def test_incomparable_scores_stand_apart_and_say_in_what(page: Page, tmp_path: Path, one: str, other: str) -> None:
    rows = [row("de", checkpoint="a", signature=signed("1"))]
    rows += [row("de", checkpoint="b", signature=signed("2").replace(one, other))]
    page.show(tmp_path, frame(rows))
    assert {text.partition(":")[0] for text in page.texts("#overview-table .apart")} == {
        other.split("|")[-1].split(":")[0]
    }
    assert [line[1:] for line in page.rows("overview")] == [["60.0", "–"], ["–", "60.0"]]
    assert "Not ranked" in page.text("#overview-lead")
    page.choose("#against", "a")
    assert page.all("#scores-table td.difference[data-about]") == []


def seeded(tags: Sequence[str], checkpoint: str, salt: int) -> list[Row]:
    """Rows with the score of each of three seeds."""
    chance = random.Random(salt)
    rows = []
    for tag in tags:
        own = [round(chance.uniform(40, 80), 4) for _ in range(3)]
        told = by_seed([1, 2, 3], own, {})
        rows.append(
            row(tag, checkpoint=checkpoint, score=fmean(own), seeds=3, by_seed=told, signature=signed(checkpoint))
        )
    return rows


def test_an_average_has_the_spread_of_its_seeds(page: Page, tmp_path: Path) -> None:
    """Against scipy: the interval by Student's t of what each seed has on average over the languages."""
    rows = seeded(SEVEN, "a", 1)
    page.show(tmp_path, frame(rows))
    page.type("#query", "de, fr, ja")
    own = [read_by_seed(one["by_seed"]).values for one in rows if one["language"] in ("de", "fr", "ja")]
    means = np.array([[one[seed] for one in own] for seed in (1, 2, 3)]).mean(axis=1)
    low, high = stats.t.interval(0.95, 2, loc=means.mean(), scale=stats.sem(means))
    page.focus(0, "overview")
    told = page.text("#details")
    numbers = [float(text) for text in re.findall(r"\d+\.\d\d", told.partition("Signature")[0])]
    assert numbers == pytest.approx([means.mean(), low, high, means.std(ddof=1)], abs=0.0051)
    assert "3 seeds" in told


def test_ranks_are_those_of_the_leaderboard(page: Page, tmp_path: Path) -> None:
    rows = [one for place, name in enumerate("abcd") for one in seeded(MANY, name, place)]
    lacking = {("a", "de"), ("b", "th"), ("b", "sw")}
    scores = frame([one for one in rows if (one["checkpoint"], one["language"]) not in lacking])
    page.show(tmp_path, scores)
    expected = leaderboard(scores)
    shown = zip(page.texts("#overview-table tbody th"), page.texts("#overview-table tbody .mean"), strict=True)
    assert [name for name, _ in shown] == list(expected["checkpoint"])
    means = [number(text) for text in page.texts("#overview-table tbody .mean")]
    assert means == pytest.approx(list(expected["mean"]), abs=0.0501)
    assert page.texts("#overview-table tbody .rank") == [str(rank) for rank in expected["rank"]]


def test_the_keyboard_is_enough(page: Page, tmp_path: Path) -> None:
    page.show(tmp_path, frame(two(MANY)))

    def focus(script: str) -> Any:
        return page.run(f"const it = document.activeElement; return {script}")

    page.press(TAB)
    assert focus("it.className") == "skip"
    page.run("document.querySelector('#query').focus()")
    page.press("sw")
    assert [one[0] for one in page.rows()] == ["Swahili"]
    for _ in "sw":
        page.press("\ue003")
    # A filter, opened, chosen from and closed without a mouse.
    page.run("document.querySelector('#pick-script > summary').focus()")
    page.press(ENTER)
    assert page.one("#pick-script").get_attribute("open")
    while focus("it.type") != "checkbox":
        page.press(TAB)
    page.press(SPACE)
    assert 0 < len(page.rows()) < len(MANY)
    page.press(SPACE, ESCAPE)
    assert not page.one("#pick-script").get_attribute("open")
    assert focus("it.tagName") == "SUMMARY"
    # Sorting keeps the focus on its button.
    page.run("document.querySelector('[data-sort=\"score 0\"]').focus()")
    page.press(ENTER)
    assert focus("it.dataset.sort") == "score 0"
    assert page.one('#scores-table th:has([data-sort="score 0"])').get_attribute("aria-sort") == "descending"
    # A table is one stop of Tab; the arrows walk in it.
    while focus("it.tagName") != "TD":
        page.press(TAB)
    assert focus("it.closest('section').id") == "scores"
    page.press(DOWN)
    assert focus("it.closest('tr').rowIndex") == 3
    start = focus("it.cellIndex")
    page.press(RIGHT)
    assert focus("it.cellIndex") == start + 1
    page.press(DOWN, DOWN, UP, LEFT)
    assert (focus("it.cellIndex"), focus("it.closest('tr').rowIndex")) == (start, 4)
    seen = page.text("#details")
    assert focus("it.closest('tr').querySelector('span').textContent") in seen
    outline = focus("getComputedStyle(it).outlineStyle + getComputedStyle(it).outlineWidth")
    assert outline == "solid2px"
    page.press(ENTER)
    assert "pinned" in page.one("#details").get_attribute("class")
    page.press(ESCAPE)
    assert "idle" in page.one("#details").get_attribute("class")
    assert focus("it.tagName") == "TD"
    page.press(END)
    assert focus("it.closest('tr').querySelectorAll('[data-about]').length - 1") == focus("it.cellIndex") - start
    page.press(TAB)
    assert focus("it.tagName") != "TD"


def test_every_control_has_a_name(page: Page, tmp_path: Path) -> None:
    page.show(tmp_path, frame(two(MANY)))
    nameless = """
        const named = (one) => one.textContent.trim() || one.getAttribute("aria-label") || one.getAttribute("alt")
          || one.labels?.[0]?.textContent.trim();
        const controls = document.querySelectorAll("button, input, select, summary, a, img, [role=img]");
        return [...controls].filter((one) => !named(one)).map((one) => one.outerHTML);
    """
    assert page.run(nameless) == []
    assert len(page.all("table caption")) == len(page.all("table")) > 2
    assert page.one("#status").get_attribute("role") == "status"


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>window.hacked=1</script>",
    '"><img src=x onerror=window.hacked=1>',
    "{{7*7}}{% raw %}",
    "__proto__",
    "مدل/آزمون",
    "\u202egnorw",
)


def test_hostile_names_do_nothing(page: Page, tmp_path: Path) -> None:
    rows = []
    for place, given in enumerate(HOSTILE):
        signature = signed(str(place)).replace("xnli", given.replace("|", "/"))
        rows += [row(tag, checkpoint=given, task=HOSTILE[0], note=given, signature=signature) for tag in SEVEN]
        rows += [lost("th", checkpoint=given, task=HOSTILE[0], reason=given)]
    page.show(tmp_path, frame(rows))
    for picker in ("pick-checkpoint", "pick-task"):
        page.one(f"#{picker} > summary").click()
    page.choose("#against", HOSTILE[1])
    for place in range(len(HOSTILE)):
        page.focus(place, "overview")
        page.focus(place)
    assert page.run("return window.hacked") is None
    assert page.run("return document.scripts.length") == 2
    assert page.all("img") == []
    assert set(page.texts("#overview-table tbody th")) == set(HOSTILE)
    assert set(page.texts("#overview-table thead .board")) >= {HOSTILE[0]} or HOSTILE[0] in page.text("#overview-table")
    directions = {
        one.text: one.value_of_css_property("direction") for one in page.all("#overview-table tbody th [dir]")
    }
    assert directions["مدل/آزمون"] == "rtl" and directions["__proto__"] == "ltr"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_can_be_read(page: Page, tmp_path: Path, scheme: str) -> None:
    rows = two(MANY)
    page.show(tmp_path, frame(rows))
    page.scheme(scheme)
    page.choose("#against", "acme/one")
    paper = luminance(page.one("body").value_of_css_property("background-color"))
    assert paper > 0.8 if scheme == "light" else paper < 0.05
    contrasts = page.contrasts()
    assert len(contrasts) > 200
    assert [told for told in contrasts if told[1] < 4.5] == []


@pytest.mark.parametrize("width", [340, 800, 1600])
def test_no_window_is_too_narrow(page: Page, tmp_path: Path, width: int) -> None:
    page.show(tmp_path, frame(two(MANY)))
    page.resize(width, 700)
    assert page.run("return document.documentElement.scrollWidth") <= width


def test_on_paper_everything_stands_without_controls(page: Page, tmp_path: Path) -> None:
    page.show(tmp_path, frame(two(MANY)))
    page.scheme("dark", media="print")
    assert not page.one("#filters").is_displayed()
    assert not page.one("#details").is_displayed()
    box = "const b = document.querySelector('#scores-table'); return [b.scrollHeight, b.clientHeight]"
    needed, had = page.run(box)
    assert needed <= had
    assert luminance(page.one("body").value_of_css_property("background-color")) > 0.9


def test_nothing_is_asked_of_a_network(page: Page, tmp_path: Path) -> None:
    page.show(tmp_path, frame(two(MANY)))
    asked = page.run("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert [name for name in asked if not name.startswith("data:")] == []


def test_a_folder_without_scores_says_what_to_do(page: Page, tmp_path: Path) -> None:
    page.show(tmp_path, frame([]))
    assert "xbench run" in page.text("#scores-table")
    assert "xbench report" in page.text("#plots")


def test_what_leaves_nothing_says_what_to_do(page: Page, tmp_path: Path) -> None:
    page.show(tmp_path, frame(two(SEVEN)))
    page.one("#pick-checkpoint > summary").click()
    page.one("#pick-checkpoint .quick button:last-child").click()
    assert "No checkpoint is chosen" in page.text("#scores-table")
    assert "Nothing to draw" in page.text("#dots")
    page.one("#pick-checkpoint .quick button:first-child").click()
    assert len(page.rows()) == 7


def test_of_many_checkpoints_the_best_are_shown_first(page: Page, tmp_path: Path) -> None:
    rows = []
    for place in range(12):
        own = [row(tag, checkpoint=f"c{place}", score=float(place), signature=signed(str(place))) for tag in SEVEN]
        rows += own + averages(own, SEVEN)
    page.show(tmp_path, frame(rows))
    assert [one[0] for one in page.rows("overview")] == [f"c{place}" for place in range(11, 3, -1)]
    assert "8 of 12 checkpoints" in page.text("#status")
    assert page.texts("#overview-table tbody td.rank") == [str(place) for place in range(1, 9)]


def test_a_limited_run_is_listed_and_not_ranked(page: Page, tmp_path: Path) -> None:
    rows = []
    for checkpoint, more in (("a", {}), ("b", {}), ("tried", {"limit": 64})):
        own = [row(tag, checkpoint=checkpoint, signature=signed(checkpoint, **more)) for tag in SEVEN]
        rows += own + averages(own, SEVEN)
    page.show(tmp_path, frame(rows))
    ranks = dict(zip(page.texts("#overview-table tbody th"), page.texts("#overview-table tbody td.rank"), strict=True))
    assert ranks == {"a": "1", "b": "1", "tried": "–"}
    assert "limited: no result" in page.text("#overview-table")


def test_seen_in_pretraining_is_of_the_checkpoints_shown(page: Page, tmp_path: Path) -> None:
    rows = [row(tag, checkpoint=one, signature=signed(one)) for one in ("a", "b") for tag in ("de", "fr", "th")]
    known = {("a", "de"): True, ("b", "de"): True, ("a", "fr"): True, ("b", "fr"): False}
    page.show(tmp_path, frame(rows), seen=lambda checkpoint, tag: known.get((checkpoint, tag)))
    for value, expected in {"seen": ["German"], "differs": ["French"], "unknown": ["Thai"]}.items():
        page.tick("pick-seen", value)
        assert [one[0] for one in page.rows()] == expected
        page.tick("pick-seen", value)
    page.tick("pick-checkpoint", "a")
    page.tick("pick-seen", "unseen")
    assert [one[0] for one in page.rows()] == ["French"]


def test_published_scores_stand_apart_with_source_and_panel(page: Page, tmp_path: Path) -> None:
    scores = frame(two(MANY))
    page.show(tmp_path, scores)
    box = "#overview details"
    assert not page.one(box).get_attribute("open")
    page.one(f"{box} summary").click()
    known = [one for one in published() if (one.task, one.protocol) == ("xnli", "zero-shot")]
    shown = page.run("return [...document.querySelectorAll('#overview details tbody tr')].map((one) => one.innerText)")
    assert known and {one.source for one in known} == {line.split("\t")[-1] for line in shown}
    for one in known:
        told = f"{one.panel or one.language} {one.score:.1f}"
        assert any(one.checkpoint in line and told in line for line in shown), told
    # None of them is in a column, or ranked.
    assert {line[0] for line in page.rows("overview")} == {"acme/one", "acme/two"}


def test_a_table_that_is_added_is_there(page: Page, tmp_path: Path) -> None:
    from xbench.reporting.markup import Texts

    added = Texts("Tests", ["Language", "p"], [["de", "0.01"]], (), ["Holm."])
    page.show(tmp_path, frame(two(SEVEN)), tables=[added])
    page.one("#tables summary").click()
    assert page.text("#tables table") == "Tests Language p de 0.01"


def test_a_frame_as_it_is_read_from_the_file(page: Page, tmp_path: Path) -> None:
    """What pandas makes of empty fields changes nothing."""
    frame(two(SEVEN)).to_csv(tmp_path / "scores.csv", index=False, float_format="%.4f")
    page.show(tmp_path, pd.read_csv(tmp_path / "scores.csv"))
    assert len(page.rows()) == 7
