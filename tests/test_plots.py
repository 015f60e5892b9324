"""Pictures that say why: gaps by group, scatter plots, spread over seeds; and files that are drawn once."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
import scipy.stats
from matplotlib.figure import Figure
from PIL import Image
from score_frames import Row, column, frame, layered, lost, row

from xbench.errors import XbenchError
from xbench.languages import languages
from xbench.planning import shares
from xbench.reporting import files
from xbench.reporting.bars import bars
from xbench.reporting.columns import Column, columns
from xbench.reporting.facts import Facts, place
from xbench.reporting.figure import MOST
from xbench.reporting.files import Picture
from xbench.reporting.gaps import gap_figure, gaps
from xbench.reporting.heatmap import heatmap
from xbench.reporting.layers import curves, layer_figure
from xbench.reporting.names import named
from xbench.reporting.plots import best, pictures, write_plots
from xbench.reporting.scatter import cloud_figure, clouds
from xbench.reporting.spread import seeded, spread_figure
from xbench.reporting.traits import grouped

SIX = {"de": 70.0, "fr": 72.0, "ru": 60.0, "hi": 50.0, "th": 40.0, "sw": 45.0}
PER_WORD = {"de": 1.4, "fr": 1.2, "ru": 1.9, "hi": 2.4, "sw": 2.2}


def tags(count: int) -> list[str]:
    """English, and so many others from all over the table."""
    known = [one.tag for one in languages() if one.tag != "en"]
    return ["en", *(known[place * len(known) // count] for place in range(count - 1))]


def fact(per_word: float | None = None, per_character: float | None = None) -> Facts:
    return Facts("unknown", 100.0, per_word, per_character, 0.0, 0.0, 0.0)


def one(scores: dict[str, float]) -> Column:
    (found,) = columns(frame([row("en", score=80.0), *(row(tag, score=score) for tag, score in scores.items())]))
    return found


def told(figure: Figure) -> str:
    """What stands beneath it, on one line."""
    return " ".join(figure.get_supxlabel().split())


def test_gaps_by_hand() -> None:
    found = gaps(one({"de": 70.0, "th": 50.0, "sw": 81.0}))
    assert found is not None and found.points == pytest.approx({"de": 10.0, "th": 30.0, "sw": -1.0})


def test_of_several_sources_the_mean_counts_and_without_one_there_is_no_gap() -> None:
    rows = [row(tag, score=score, source_language="de+en") for tag, score in (("de", 60.0), ("en", 80.0), ("fr", 50.0))]
    (both,) = columns(frame(rows))
    found = gaps(both)
    assert found is not None and found.points == pytest.approx({"fr": 20.0})
    (probe,) = columns(frame([row("de"), row("fr")]))
    assert gaps(probe) is None
    (missing,) = columns(frame([lost("en"), row("de")]))
    assert gaps(missing) is None


def test_groups_of_gaps_have_their_means() -> None:
    found = gaps(one(SIX))
    assert found is not None
    figure = gap_figure([found])
    script = figure.axes[0]
    named = [label.get_text() for label in script.get_yticklabels()]
    assert named == ["Latn (3)", "Cyrl (1)", "Deva (1)", "Thai (1)"]
    means = next(line for line in script.lines if line.get_marker() == "o")
    assert list(means.get_xdata()) == pytest.approx([(10 + 8 + 35) / 3, 20.0, 30.0, 40.0])


def test_groups_are_whole_and_classes_in_their_order() -> None:
    every = tags(176)
    for trait in ("script", "family", "resource class"):
        groups = grouped(trait, every)
        assert sorted(tag for own in groups.values() for tag in own) == sorted(every)
    assert [name for name in groups if name != "unknown"] == [f"class {number}" for number in range(6)]


def test_clouds_leave_out_the_source_and_count_what_is_unknown() -> None:
    own = one(SIX)
    known = {tag: fact(PER_WORD.get(tag)) for tag in ("en", *SIX)}
    by_word, by_class = clouds(own, known)
    assert by_word.points == {tag: (value, SIX[tag]) for tag, value in PER_WORD.items()}
    assert by_word.left_out == 1 and "en" not in by_class.points
    correlation = by_word.correlation
    assert correlation is not None
    truth = scipy.stats.spearmanr(list(PER_WORD.values()), [SIX[tag] for tag in PER_WORD])
    assert correlation.value == pytest.approx(truth.statistic)
    figure = cloud_figure([(own, [by_word, by_class])])
    assert f"ρ = {truth.statistic:.2f}" in figure.axes[0].get_title(loc="left")
    assert "n = 5 (1 unknown)" in figure.axes[0].get_title(loc="left")


def test_too_few_languages_are_no_cloud() -> None:
    few = {tag: SIX[tag] for tag in ("de", "fr", "ru", "hi")}
    assert clouds(one(few), {tag: fact(1.5, 0.3) for tag in few}) == []


@pytest.mark.parametrize("count", [7, 112, 176])
def test_names_of_points_do_not_touch_and_are_whole(count: int) -> None:
    found = columns(frame([r for n in range(2) for r in column(tags(count), n, checkpoint=f"model-{n}")]))
    known = {tag: fact(1 + place % 17 / 4, 0.2 + place % 13 / 20) for place, tag in enumerate(tags(count))}
    for figure in (cloud_figure([(own, clouds(own, known)) for own in found]), spread_figure(found)):
        figure.draw_without_rendering()
        for axes in figure.axes:
            boxes = [text.get_window_extent() for text in axes.texts]
            assert boxes
            assert not any(upper.overlaps(lower) for upper, lower in combinations(boxes, 2))
            assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
            marks = [line for line in axes.lines if line.get_linestyle() == "None"]
            points = [axes.transData.transform(point) for line in marks for point in line.get_xydata()]
            assert not any(box.contains(*point) for box in boxes for point in points)


@pytest.mark.parametrize("count", [2, 7, 112, 176])
@pytest.mark.parametrize("checkpoints", [1, MOST])
def test_no_group_is_cut_or_covers_another(count: int, checkpoints: int) -> None:
    own = columns(frame([r for n in range(checkpoints) for r in column(tags(count), n, checkpoint=f"model-{n}")]))
    figure = gap_figure([found for found in map(gaps, own) if found])
    figure.draw_without_rendering()
    for place_of, axes in enumerate(figure.axes):
        boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
        assert all(box.x0 >= 0 and box.y1 <= figure.bbox.y1 for box in boxes)
        assert all(upper.y0 >= lower.y1 - 1 for upper, lower in pairwise(boxes))
        if place_of:
            assert min(box.x0 for box in boxes) >= figure.axes[place_of - 1].get_window_extent().x1
    if checkpoints > 1:
        (legend,) = figure.legends
        box = legend.get_window_extent()
        assert box.x1 <= figure.bbox.x1 and box.y0 >= max(axes.get_window_extent().y1 for axes in figure.axes)


def test_spread_is_of_what_has_several_seeds() -> None:
    (own,) = columns(frame([row("en", seeds=3, sd=0.4), row("de", seeds=3, sd=1.2), row("fr", seeds=1)]))
    assert seeded(own) == {"en": (60.0, 0.4), "de": (60.0, 1.2)}
    points = spread_figure([own]).axes[0].lines[0]
    assert list(points.get_ydata()) == [0.4, 1.2]


LONG = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"


def test_what_stands_above_a_panel_does_not_reach_into_the_next() -> None:
    rows = [r for n in range(MOST) for r in column(tags(7), n, checkpoint=f"{LONG}-{n}")]
    rows += [r for n in range(MOST) for r in layered(tags(7), n, checkpoint=f"{LONG}-{n}")]
    every = columns(frame(rows))
    seeds, layers = ([own for own in every if own.task == task] for task in ("xnli", "tatoeba"))
    clouded = [(own, clouds(own, {tag: fact(1 + n / 5, 0.3) for n, tag in enumerate(tags(7))})) for own in seeds]
    by_layer = [(own, curves(frame(rows), own)) for own in layers]
    for figure in (spread_figure(seeds), cloud_figure(clouded), layer_figure(by_layer)):
        figure.draw_without_rendering()
        titles = [axes.title if axes.get_title() else axes._left_title for axes in figure.axes if axes.get_visible()]
        boxes = [title.get_window_extent() for title in titles if title.get_text()]
        assert len(boxes) >= MOST and all(box.x1 <= figure.bbox.x1 for box in boxes)
        assert not any(upper.overlaps(lower) for upper, lower in combinations(boxes, 2))


@pytest.mark.parametrize("checkpoints", [1, 3])
def test_long_names_are_no_wider_than_the_picture(checkpoints: int) -> None:
    given = {"task": "a-task-of-somebody-with-a-long-name", "protocol": "translate-train-all"}
    rows = [r for n in range(checkpoints) for r in column(tags(5), n, checkpoint=f"{LONG}-{LONG}-{n}", **given)]
    own = columns(frame(rows))
    for figure in (bars(own), heatmap(own[:1]), spread_figure(own), gap_figure([one for one in map(gaps, own) if one])):
        figure.draw_without_rendering()
        several = [text for legend in figure.legends for text in (legend.get_title(), *legend.get_texts())]
        boxes = [text.get_window_extent() for text in (*several, *figure.texts) if text.get_text()]
        boxes += [figure._suptitle.get_window_extent()] if figure._suptitle else []
        assert boxes and all(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 for box in boxes)


@pytest.mark.parametrize("checkpoints", [1, 2, 4, MOST])
def test_the_lowest_panel_of_every_column_says_what_its_axis_is(checkpoints: int) -> None:
    rows = [r for n in range(checkpoints) for r in column(tags(7), n, checkpoint=f"model-{n}")]
    shown = [axes for axes in spread_figure(columns(frame(rows))).axes if axes.get_visible()]
    lowest = shown[-min(3, checkpoints) :]
    assert [axes.get_xlabel() for axes in lowest] == ["mean score"] * len(lowest)
    assert all(axes.xaxis.get_tick_params()["labelbottom"] for axes in lowest)


def test_bars_below_zero_are_on_the_axis() -> None:
    (axes,) = bars(columns(frame([row("en"), row("fr", score=-20.0, ci_low=-24.0, ci_high=-16.0)]))).axes
    assert axes.get_xlim()[0] <= -24.0
    (axes,) = bars(columns(frame([row("en"), row("fr")]))).axes
    assert axes.get_xlim()[0] == 0.0


def few_shot(checkpoint: str, *scores: float) -> list[Row]:
    """Rows of two languages under zero-shot and so many numbers of rows; what guessing scores differs by language."""
    protocols = ["zero-shot", *(f"few-shot({10**place})" for place in range(1, len(scores)))]
    return [
        row(tag, checkpoint=checkpoint, protocol=protocol, score=score, chance=chance, train_made_by="original",
            signature=f"task:xnli|protocol:{protocol}|metric:accuracy|seeds:1")
        for protocol, score in zip(protocols, scores, strict=True)
        for tag, chance in (("de", 30.0), ("sw", 40.0))
    ]  # fmt: skip


def drawn(rows: list[Row], folder: Path) -> list[Picture]:
    """All pictures of some rows of scores."""
    return list(pictures(frame(rows), columns(frame(rows)), folder))


def test_learning_curves_are_those_of_the_best_with_what_guessing_scores() -> None:
    rows = [r for n in range(9) for r in few_shot(f"model-{n}", 50.0, 55.0, 60.0 + n)]
    (picture,) = [one for one in drawn(rows, Path()) if one.stem.name == "few-shot"]
    assert picture.left_out == 2
    figure = picture.draw(*picture.shown)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        f"model-{n} (2 languages)" for n in range(2, 9)
    ]
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "None"]
    assert [list(line.get_ydata()) for line in lines] == [[35.0, 35.0]], "one level, the mean of 30 and 40"
    assert "Dashed: chance." in told(figure)
    assert figure.axes[0].get_ylim()[0] == 0.0


def test_of_many_checkpoints_those_that_lead_have_a_heatmap() -> None:
    rows = [r for n in range(9) for r in column(tags(5), n, checkpoint=f"model-{n}", score=50.0 + n)]
    rows += column(tags(5), checkpoint="limited", score=99.0, signature="task:xnli|limit:64|metric:accuracy")
    maps = [one for one in drawn(rows, Path()) if one.stem.name.startswith("heatmap")]
    assert [one.stem.name for one in maps] == [f"heatmap-model-{n}" for n in range(8, 1, -1)]
    assert "Only the 7 checkpoints that lead the ranking have a map." in told(maps[0].draw(*maps[0].shown))
    seven = rows[: MOST * len(rows) // 10]
    alone = [one for one in drawn(seven, Path()) if one.stem.name.startswith("heatmap")]
    assert len(alone) == MOST and "have a map" not in told(alone[0].draw(*alone[0].shown))


def test_maps_of_checkpoints_that_lead_no_more_do_not_stay(tmp_path: Path) -> None:
    def maps(best: str) -> set[str]:
        rows = [one for n in range(MOST) for one in column({"en": 50.0 + n, "de": 40.0}, checkpoint=f"model-{n}")]
        scores = frame([*rows, *column({"en": 90.0, "de": 80.0}, checkpoint=best)])
        write_plots(scores, columns(scores), tmp_path)
        return {path.name for path in tmp_path.glob("heatmap-*.png")}

    first = maps("former")
    assert "heatmap-former.png" in first
    assert maps("latter") == first - {"heatmap-former.png"} | {"heatmap-latter.png"}
    assert not list(tmp_path.glob("heatmap-former*"))


def test_an_svg_of_176_languages_and_ten_columns_is_below_a_megabyte(tmp_path: Path) -> None:
    rows = [r for n in range(10) for r in column(tags(176), n, task=f"task-{n}")]
    (picture,) = [one for one in drawn(rows, tmp_path) if one.stem.name.startswith("heatmap")]
    picture.save()
    svg = picture.paths[1]
    assert svg.stat().st_size < 10**6
    texts = {text.text for text in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {named(tag).label for tag in tags(176)} <= texts


def test_a_picture_compares_the_best_and_limited_runs_last() -> None:
    rows = [r for n in range(9) for r in column(["en", "de"], n, checkpoint=f"model-{n}", score=50.0 + n)]
    rows += column(["en", "de"], checkpoint="limited", score=99.0, signature="task:xnli|limit:64|metric:accuracy")
    scores = frame(rows)
    kept = best(columns(scores))
    assert [own.checkpoint for own in kept] == [f"model-{n}" for n in range(2, 9)]

    every = pictures(scores, columns(scores), Path())
    left_out = {picture.left_out for picture in every if "heatmap" not in picture.stem.name}
    assert left_out == {3}


def test_a_picture_says_that_checkpoints_are_left_out(tmp_path: Path) -> None:
    rows = [r for n in range(9) for r in column(["en", "de"], n, checkpoint=f"model-{n}", score=50.0 + n)]
    scores = frame(rows)
    for picture in pictures(scores, columns(scores), tmp_path):
        if picture.stem.name == "bars-zero-shot":
            picture.save()
    svg = ElementTree.parse(tmp_path / "xnli" / "bars-zero-shot.svg")
    assert "2 checkpoints with lower averages are left out" in " ".join(svg.getroot().itertext())


def test_every_picture_is_drawn_once_as_png_and_svg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = frame(column(tags(12), 1))
    (own,) = columns(scores)
    known = {place(own): {tag: fact(1 + n / 5, 0.3 + n / 50) for n, tag in enumerate(own.cells)}}
    paths = write_plots(scores, columns(scores), tmp_path, known)
    stems = [f"xnli/{name}-zero-shot" for name in ("bars", "gaps", "why", "seeds")] + ["heatmap-acme--mini"]
    assert [str(path.relative_to(tmp_path)) for path in paths] == [
        f"{stem}{end}" for stem in stems for end in files.ENDINGS
    ]
    for path in paths:
        if path.suffix == ".png":
            with Image.open(path) as image:
                image.verify()
        else:
            texts = {text.text for text in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")}
            assert "xnli" in " ".join(filter(None, texts)) or "acme/mini" in texts
    written = {path: path.stat().st_mtime_ns for path in paths}

    def again(*_: object) -> None:
        raise AssertionError("drawn again")

    with monkeypatch.context() as patch:
        patch.setattr(files, "_png", again)
        write_plots(scores, columns(scores), tmp_path, known)
    # A file that is gone, or another score, and only what shows it is drawn.
    paths[1].unlink()
    scores.loc[scores["language"] == "", "sd"] = 0.7
    write_plots(scores, columns(scores), tmp_path, known)
    changed = {path.name for path in paths if written[path] != path.stat().st_mtime_ns}
    assert {path.name for path in paths[:2]} <= changed


def test_the_same_scores_make_the_same_files(tmp_path: Path) -> None:
    scores = frame(column(tags(7), 1))
    for name in ("one", "two"):
        write_plots(scores, columns(scores), tmp_path / name)
    for path in sorted((tmp_path / "one").rglob("*.*g")):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_what_is_made_of_the_same_says_so() -> None:
    """What a picture shows is compared as text: equal tables must read equal, whoever read them."""
    scores = frame(column(tags(7), 1))
    again = [repr(picture.shown) for picture in pictures(scores.copy(), columns(scores.copy()), Path("x"))]
    assert [repr(picture.shown) for picture in pictures(scores, columns(scores), Path("y"))] == again


def test_several_processes_draw_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = frame([r for n in range(2) for r in column(tags(7), n, task=f"task-{n}")])
    alone = write_plots(scores, columns(scores), tmp_path / "one")
    monkeypatch.setattr(shares, "cores", lambda: 3)
    monkeypatch.setattr(files, "_WORTH", 2)
    together = write_plots(scores, columns(scores), tmp_path / "two")
    assert len(alone) == 18
    assert [path.read_bytes() for path in together] == [path.read_bytes() for path in alone]


def test_what_another_process_cannot_write_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = frame([r for n in range(2) for r in column(tags(7), n, task=f"task-{n}")])
    every = list(pictures(scores, columns(scores), tmp_path))
    monkeypatch.setattr(shares, "cores", lambda: 2)
    monkeypatch.setattr(files, "_WORTH", 1)
    # A file stands where its folder should be.
    (tmp_path / "blocked").write_text("")
    mine, theirs = every[0], files.Picture(tmp_path / "blocked" / "x", every[0].draw, every[0].shown)
    with pytest.raises(XbenchError, match="cannot write .*blocked"):
        files.save([mine, theirs])
    assert mine.there
