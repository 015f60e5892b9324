"""Reports: the numbers are the frame's, what is missing stays visible, and pictures name every language."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from score_frames import COLLAPSED, NO_TEST, averages, column, frame, layered, lost, row

from xbench.cli.terminal import width
from xbench.errors import XbenchError
from xbench.languages import languages
from xbench.reporting.bars import bars
from xbench.reporting.cells import cell_text
from xbench.reporting.columns import columns
from xbench.reporting.console import summary
from xbench.reporting.figure import NAME
from xbench.reporting.findings import findings
from xbench.reporting.heatmap import heatmap
from xbench.reporting.layers import curves, layer_figure
from xbench.reporting.markup import escape
from xbench.reporting.measured import measured
from xbench.reporting.names import NO_SCRIPT, named
from xbench.reporting.plots import write_plots
from xbench.reporting.tables import task_frame, task_texts, write_tables

SEVEN = ["de", "en", "es", "fr", "ja", "ko", "zh"]
SIGNATURE = "task:xnli|version:1|protocol:zero-shot|epochs:{}|metric:accuracy|seeds:1"


def tags(count: int) -> list[str]:
    """So many languages of the table, English among them, from every part of it."""
    known = sorted(known.tag for known in languages() if known.tag != "en")
    step = len(known) / (count - 1)
    return ["en", *(known[int(place * step)] for place in range(count - 1))]


def by_hand() -> pd.DataFrame:
    """Three languages of which one is missing: the average is (80 + 61.25) / 2, and not a third of it."""
    rows = [row("en", score=80.0), row("de", score=61.25, seeds=3, sd=1.26), lost("sw")]
    return frame(rows + averages(rows, ["en", "de", "sw"]))


# Columns


def test_nan_is_a_language_in_a_csv(tmp_path: Path) -> None:
    rows = [row("en", score=80.0), row("nan", score=40.5)]
    frame(rows).to_csv(tmp_path / "scores.csv", index=False)
    (one,) = columns(pd.read_csv(tmp_path / "scores.csv", dtype=str, keep_default_na=False))
    assert {tag: cell.score for tag, cell in one.cells.items()} == {"en": 80.0, "nan": 40.5}
    assert one.cells["nan"].sd is None and one.cells["nan"].layer is None


def test_nullable_integers_are_read() -> None:
    scores = by_hand()
    for name in ("seeds", "examples", "layer"):
        scores[name] = scores[name].astype("Int64")
    (one,) = columns(scores)
    assert [one.cells[tag].seeds for tag in ("en", "de", "sw")] == [1, 3, 0]


def test_two_series_never_share_a_column() -> None:
    rows = [row(tag, score=score + epochs, signature=SIGNATURE.format(epochs)) for epochs in (2, 5)
            for tag, score in (("en", 80.0), ("de", 60.0))]  # fmt: skip
    two, five = columns(frame(rows))
    assert {column.label for column in (two, five)} == {
        "acme/mini · zero-shot · epochs:2",
        "acme/mini · zero-shot · epochs:5",
    }
    assert (two.cells["de"].score, five.cells["de"].score) == (62.0, 65.0)


def test_row_parts_of_a_signature_do_not_split_a_column() -> None:
    rows = [row(tag, signature=f"task:xnli|data:{tag}|seeds:1|ci:t|layer:8|direction:en→{tag}") for tag in SEVEN]
    (one,) = columns(frame(rows))
    assert list(one.cells) == SEVEN and one.difference == ""


def test_an_unavailable_row_joins_every_series_it_agrees_with() -> None:
    rows = [row("en", signature=SIGNATURE.format(epochs)) for epochs in (2, 5)]
    rows += [lost("sw", signature="task:xnli|protocol:zero-shot"), lost("ur", signature="task:xnli|epochs:5")]
    two, five = columns(frame(rows))
    assert (set(two.cells), set(five.cells)) == ({"en", "sw"}, {"en", "sw", "ur"})
    assert two.missing == ("sw", "ur"), "the other column's language is missing here, too"


def test_what_is_all_unavailable_has_a_column() -> None:
    rows = [row("en"), lost("en", protocol="in-language"), lost("de", protocol="in-language")]
    _, gone = columns(frame(rows))
    assert (gone.protocol, gone.metric, gone.missing) == ("in-language", "accuracy", ("de", "en"))


def test_two_main_scores_in_one_place_are_refused() -> None:
    with pytest.raises(XbenchError, match="two main scores of acme/mini on xnli, zero-shot, de"):
        columns(frame([row("de", score=1.0), row("de", score=2.0)]))


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"status": "unavailable"}, "a score, and is marked unavailable"),
        ({"score": None}, "no score, and is not marked unavailable"),
        ({"status": "fine"}, "a status other than"),
        ({"over": "all"}, "both a language and a panel"),
        ({"score": None, "status": "unavailable", "reason": ""}, "no reason for being unavailable"),
        ({"score": "many"}, "column score"),
    ],
)
def test_contradictions_are_refused(broken: dict[str, Any], fault: str) -> None:
    with pytest.raises(XbenchError, match=fault):
        columns(frame([row("de", **broken)]))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(XbenchError, match="lacks signature"):
        columns(by_hand().drop(columns="signature"))


# Tables


def test_text_of_a_table_by_hand() -> None:
    texts = task_texts(columns(by_hand()))
    assert texts.head[3:] == ["acme/mini · zero-shot"]
    assert {line[1]: line[3] for line in texts.body} == {"en": "80.0", "de": "61.2 ± 1.3", "sw": "n/a"}
    assert {line[0]: line[3] for line in texts.foot} == {
        "average: all": "70.6 (2 of 3 languages)",
        "average: target": "61.2 (1 of 2 languages)",
    }
    assert f"n/a: {NO_TEST}: sw in acme/mini · zero-shot." in texts.notes


@pytest.mark.parametrize("count", [7, 112, 176])
def test_numbers_of_tables_are_those_of_the_frame(count: int, tmp_path: Path) -> None:
    scores = frame(column(tags(count), count))
    write_tables(scores, columns(scores), tmp_path)
    table = pd.read_csv(tmp_path / "xnli.csv", keep_default_na=False, dtype=str)
    own = table[table["over"] == ""].set_index("tag")
    assert set(own.index) == set(tags(count)) and len(own) == count
    for truth in scores.itertuples():
        line = own.loc[truth.language] if truth.language else table[table["over"] == truth.over].iloc[0]
        told = line["acme/mini · zero-shot"]
        assert told == "" if pd.isna(truth.score) else float(told) == pytest.approx(truth.score, abs=1e-12)
        assert line["acme/mini · zero-shot status"] == truth.status
    lines = (tmp_path / "xnli.md").read_text().splitlines()
    for truth in scores[scores["language"] != ""].itertuples():
        (line,) = [line for line in lines if f"| {truth.language} |" in line]
        mark = {"ok": "", "degenerate": "†", "unavailable": ""}[truth.status]
        expected = "n/a" if truth.status == "unavailable" else f"{truth.score:.1f} ± {truth.sd:.1f}{mark}"
        assert line.split(" | ")[3].removesuffix(" |") == expected


def test_reasons_stand_once_with_their_languages() -> None:
    rows = [row("en"), *(lost(tag) for tag in ("sw", "ur")), lost("th", "no translations into th")]
    rows += [row(tag, status="degenerate", reason=COLLAPSED) for tag in ("de", "fr")]
    notes = task_texts(columns(frame(rows))).notes
    (same,) = [note for note in notes if NO_TEST in note]
    assert "sw, ur in" in same
    (other,) = [note for note in notes if "no translations into th" in note]
    assert ": th in" in other
    (collapsed,) = [note for note in notes if note.startswith("†")]
    assert "did not beat the majority answer" in collapsed and "de, fr in" in collapsed
    assert "converged runs: 61.0 (n=2)" in collapsed


def test_a_language_that_only_one_checkpoint_was_asked_for_is_marked() -> None:
    small = [row("en", checkpoint="b"), row("de", checkpoint="b")]
    rows = column(SEVEN, every=99, checkpoint="a") + small + averages(small, ["en", "de"])
    own = columns(frame(rows))
    texts = task_texts(own)
    assert {line[1]: line[4] for line in texts.body}["fr"] == "–"
    assert own[1].count("all") == (2, 7) and own[1].count("target") == (1, 6)
    assert "2 of 7 languages" in texts.foot[0][4]
    assert task_frame(own)["b · zero-shot"].isna().sum() == 5


def test_the_count_of_other_panels_is_what_the_row_says() -> None:
    rows = [row("en"), row(over="xtreme", score=50.0, reason="mean of 36 of 40 languages; missing: fi ka ml mr")]
    (one,) = columns(frame(rows))
    assert one.count("xtreme") == (36, 40)
    assert any("missing: fi ka ml mr" in note for note in task_texts([one]).notes)


def test_a_language_that_not_every_seed_has_is_not_counted_in_the_average() -> None:
    rows = [row("en"), row("de"), row(over="all", reason="mean of 1 of 2 languages; missing: de")]
    assert columns(frame(rows))[0].count("all") == (1, 2)


def test_latex_escapes(tmp_path: Path) -> None:
    assert escape(r"50 % of R&D_x {a} #1 $2 ~^\ [b]") == (
        r"50 \% of R\&D\_x \{a\} \#1 \$2 \textasciitilde{}\textasciicircum{}\textbackslash{} {[}b{]}"
    )
    rows = [
        row("en", checkpoint="a_b&c", task="x_1"),
        lost("de", r"100% \input{x} _missing_", checkpoint="a_b&c", task="x_1"),
    ]
    scores = frame(rows)
    write_tables(scores, columns(scores), tmp_path)
    text = (tmp_path / "x_1.tex").read_text()
    assert r"a\_b\&c" in text and r"100\% \textbackslash{}input\{x\} \_missing\_" in text
    body = text[text.index(r"\endfoot") : text.index(r"\end{longtable}")]
    rows_of_tex = [line for line in body.splitlines() if line.endswith(r"\\")]
    cells = {len(re.split(r"(?<!\\)&", line)) for line in rows_of_tex}
    assert len(rows_of_tex) == 2 and cells == {4}, "no text adds a column"
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert rule in text


def test_markdown_cells_cannot_break_the_table(tmp_path: Path) -> None:
    scores = frame([row("en", checkpoint="a|b"), lost("de", "first|second\nthird", checkpoint="a|b")])
    write_tables(scores, columns(scores), tmp_path)
    text = (tmp_path / "xnli.md").read_text()
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {5}
    assert r"first\|second third" in text


def test_overview_says_present_and_missing(tmp_path: Path) -> None:
    write_tables(by_hand(), columns(by_hand()), tmp_path)
    (line,) = [line for line in (tmp_path / "overview.md").read_text().splitlines() if line.startswith("| xnli")]
    assert line == "| xnli | accuracy | zero-shot | acme/mini | en 80.0 | 70.6 | 61.2 | 2 of 3 languages | 1: sw |"


def test_limited_runs_are_marked_in_tables() -> None:
    limited = column(SEVEN, every=99, signature="limit:100|" + SIGNATURE.format(2))
    texts = task_texts(columns(frame(limited)))
    assert texts.head[3] == "acme/mini · zero-shot · limit:100"
    assert any(note.startswith("limited: ") for note in texts.notes)


# Every metric


def beside(metric: str, score: float, **given: Any) -> list[dict[str, Any]]:
    """Another metric of two languages and their average."""
    signature = f"task:xnli|protocol:zero-shot|metric:{metric}|{given.pop('mode', '')}|seeds:1"
    known = [row(tag, metric=metric, main=False, score=score + 2 * (tag == "en"), signature=signature, **given)
             for tag in ("en", "de")]  # fmt: skip
    mean = row(over="all", metric=metric, main=False, score=score + 1, signature=signature, **given)
    return [*known, {**mean, "reason": "mean of 2 of 3 languages; missing: sw"}]


def test_metrics_are_listed_with_their_groups_and_numbers(tmp_path: Path) -> None:
    signature = "task:xnli|protocol:zero-shot|metric:accuracy|seeds:1"
    rows = [row("en", score=80.0, signature=signature), row("de", score=60.0, signature=signature), lost("sw")]
    rows += averages(rows, ["en", "de", "sw"]) + beside("macro_f1", 50.0, mode="labels:present")
    rows += beside("accuracy[unseen]", 40.0) + beside("macro_f1[unseen]", 30.0)
    scores = frame(rows)
    write_tables(scores, columns(scores), tmp_path)
    lines = [line for line in (tmp_path / "metrics.md").read_text().splitlines() if line.startswith("| xnli")]
    assert lines[0] == (
        "| xnli | zero-shot | acme/mini | accuracy |  |  |  | en 80.0 | 70.0 | 60.0 | 2 of 3 languages |"
    )
    assert lines[1].endswith("| accuracy[unseen] |  |  |  | en 42.0 | 41.0 | – | 2 of 3 languages |")
    assert [line.split(" | ")[3] for line in lines] == [
        "accuracy", "accuracy[unseen]", r"macro\_f1", r"macro\_f1[unseen]",
    ]  # fmt: skip
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["all"].tolist() == [70.0, 41.0, 51.0, 31.0] and table["source"].tolist() == [80.0, 42.0, 52.0, 32.0]
    assert table["main"].tolist() == [True, False, False, False]
    assert table["mode"].fillna("").tolist() == ["", "", "labels:present", ""]
    assert "[metrics.md](metrics.md)" in (tmp_path / "overview.md").read_text()


def test_metrics_of_layers_are_those_of_the_main_one_in_each_direction() -> None:
    scores = frame(layered(SEVEN))
    every = columns(scores)
    there, back = measured(scores, every)
    assert [(one.main, one.layer, one.direction) for one in (there, back)] == [(True, 8, "en→xx"), (False, 8, "xx→en")]
    truth = scores[(scores["layer"] == 8) & (scores["direction"] == "de→en")]["score"].item()
    assert back.column.cells["de"].score == truth


def test_metrics_of_what_is_all_unavailable_have_a_row() -> None:
    scores = frame([lost(tag, metric="accuracy") for tag in ("en", "de")])
    (one,) = measured(scores, columns(scores))
    assert one.main and one.column.count("all") == (0, 2)


def test_averages_of_other_modes_are_other_rows() -> None:
    rows = [row("en"), row("de")]
    for mode, tag in (("tok:13a", "de"), ("tok:zh", "zh")):
        signature = f"task:xnli|version:1|protocol:zero-shot|split:test|metric:bleu|{mode}|seeds:1"
        rows.append(row(tag, metric="bleu", main=False, signature=signature))
    scores = frame(rows)
    assert [one.mode for one in measured(scores, columns(scores))] == ["", "tok:13a", "tok:zh"]


def test_what_a_limited_run_tried_is_not_missing_from_a_full_one() -> None:
    full = [row(tag, checkpoint="a") for tag in ("en", "de")]
    tried = row("fr", checkpoint="b", signature="limit:10|" + SIGNATURE.format(2))
    whole, limited = columns(frame([*averages(full, ["en", "de"]), *full, tried]))
    assert (whole.missing, limited.missing) == ((), ("de", "en"))


# Plots


def names(axes: Any) -> list[Any]:
    """The texts that name the lines of a stack."""
    return [text for text in axes.texts if text.get_gid() == NAME]


def labels(figure: Any) -> list[str]:
    """The names of all lines of a picture."""
    return [text.get_text() for axes in figure.axes for text in names(axes)]


def blocks(axes: Any, hatch: bool) -> list[Any]:
    """The bars or fields of a stack as boxes, or the places that have none."""
    found = [
        one for one in axes.collections if type(one).__name__ == "PolyCollection" and bool(one.get_hatch()) == hatch
    ]
    return [path.get_extents() for one in found for path in one.get_paths()]


@pytest.mark.parametrize("count", [7, 112, 176])
@pytest.mark.parametrize("checkpoints", [1, 3])
def test_bars_label_every_language_once(count: int, checkpoints: int) -> None:
    rows = [r for n in range(checkpoints) for r in column(tags(count), n, checkpoint=f"acme/model-{n}")]
    figure = bars(columns(frame(rows)))
    told = [label for label in labels(figure) if re.search(r"\([a-z]{2,3}(-\w+)*\)$", label)]
    assert sorted(told) == sorted(named(tag).label for tag in tags(count))
    places = sum(text.get_text() == "n/a" for axes in figure.axes for text in axes.texts)
    assert places == sum(r["status"] == "unavailable" for r in rows) / checkpoints


@pytest.mark.parametrize("draw", [bars, heatmap])
@pytest.mark.parametrize("count", [7, 176])
def test_no_label_is_cut_or_covers_another(draw: Any, count: int) -> None:
    figure = draw(columns(frame(column(tags(count), 1))))
    figure.draw_without_rendering()
    page = figure.bbox
    stacks = [axes for axes in figure.axes if names(axes)]  # the colour bar has none
    for place, axes in enumerate(stacks):
        boxes = [name.get_window_extent() for name in names(axes)]
        assert all(box.x0 >= 0 and box.y0 >= 0 and box.y1 <= page.y1 for box in boxes)
        assert all(upper.y0 >= lower.y1 for upper, lower in pairwise(boxes))
        if place:
            assert min(box.x0 for box in boxes) >= stacks[place - 1].get_window_extent().x1
    inside = [(text, axes) for axes in stacks for text in axes.texts]
    assert all(text.get_window_extent().x1 <= axes.get_window_extent().x1 + 1 for text, axes in inside)


def test_languages_without_a_score_have_a_hatched_place_and_no_bar() -> None:
    figure = bars(columns(by_hand()))
    (axes,) = figure.axes
    place = {text.get_text(): text.get_position()[1] for text in names(axes)}
    (empty,) = blocks(axes, hatch=True)
    assert (empty.y0 + empty.y1) / 2 == pytest.approx(place["Swahili (sw)"])
    bars_by_place = {(box.y0 + box.y1) / 2: box.x1 for box in blocks(axes, hatch=False)}
    assert bars_by_place == pytest.approx({place["English (en)"]: 80.0, place["German (de)"]: 61.25})
    assert "n/a" in [text.get_text() for text in axes.texts]
    assert "No score in 1 of 3 languages." in " ".join(figure.get_supxlabel().split())


def test_several_checkpoints_are_told_apart_and_their_holes_counted() -> None:
    rows = [row(tag, checkpoint=name) for name in "ab" for tag in ("en", "de")] + [lost("sw", checkpoint="b")]
    figure = bars(columns(frame([*rows, row("sw", checkpoint="a")])))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b (no score in 1 of 3 languages)"]
    first, second = legend.legend_handles
    assert first.get_facecolor().tolist() != second.get_facecolor().tolist()
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert len(crosses) == 1 and "×: unavailable." in figure.get_supxlabel()


def test_a_fit_that_collapsed_to_zero_is_marked_among_others() -> None:
    rows = [row(tag, checkpoint=name) for name in "ab" for tag in ("en", "de")]
    rows[3] |= {"score": 0.0, "ci_low": None, "ci_high": None, "status": "degenerate", "reason": COLLAPSED}
    (axes,) = bars(columns(frame(rows))).axes
    assert [line.get_marker() for line in axes.lines if "†" in str(line.get_marker())] == ["$†$"]


def test_languages_without_a_score_stand_beneath_those_below_zero() -> None:
    figure = bars(columns(frame([row("en"), row("fr", score=-20.0), lost("de")])))
    assert labels(figure) == ["Latn (3)", "English (en)", "French (fr)", "German (de)"]


def test_bars_are_by_script_and_then_by_score() -> None:
    scores = {"de": 50.0, "en": 90.0, "ru": 70.0, "bg": 60.0, "fr": 80.0}
    figure = bars(columns(frame([row(tag, score=score) for tag, score in scores.items()])))
    assert labels(figure) == [
        "Latn (3)", "English (en)", "French (fr)", "German (de)", "Cyrl (2)", "Russian (ru)", "Bulgarian (bg)",
    ]  # fmt: skip


@pytest.mark.parametrize("count", [7, 112, 176])
def test_heatmap_labels_every_language_and_task(count: int) -> None:
    rows = column(tags(count), 1) + column(tags(count)[: count // 2], 2, task="pawsx", protocol="in-language")
    figure = heatmap(columns(frame(rows)))
    told = [label for label in labels(figure) if re.search(r"\([a-z]{2,3}(-\w+)*\)$", label)]
    assert sorted(told) == sorted(named(tag).label for tag in tags(count))
    heads = {label.get_text() for axes in figure.axes[:-1] for label in axes.get_xticklabels()}
    assert heads == {"xnli · zero-shot", "pawsx · in-language"}
    hatched = sum(len(blocks(axes, hatch=True)) for axes in figure.axes)
    assert hatched == sum(cell["status"] == "unavailable" for cell in rows)


def test_layer_curves_are_means_by_direction() -> None:
    scores = frame(layered(SEVEN))
    (one,) = columns(scores)
    assert one.cells["de"].layer == 8 and one.source == "en"
    there, back = curves(scores, one)
    assert (there.direction, back.direction) == ("en→xx", "xx→en")
    assert there.layers == tuple(range(13)) and there.languages == ("de", "es", "fr", "ja", "ko", "zh")
    truth = scores[(scores["layer"] == 5) & (scores["direction"].str.startswith("en→")) & (scores["language"] != "")]
    figure = layer_figure([(one, [there, back])])
    mean = figure.axes[0].lines[0].get_ydata()
    assert mean[5] == pytest.approx(truth["score"].mean())
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [list(dot.get_xdata()) for dot in dots] == [[8]]
    # The best layer on the test itself is seen, and said to be no choice that anybody could have made.
    frame_of = scores[scores["direction"].str.startswith("en→") & (scores["language"] != "")]
    best = int(frame_of.groupby("layer")["score"].mean().idxmax())
    oracles = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert list(oracles[0].get_xdata()) == [best] and oracles[0].get_label() == f"oracle: layer {best}"
    assert len(oracles) == 2 and all(str(one.get_label()).startswith("oracle") for one in oracles)


def test_a_language_that_lacks_a_layer_is_not_in_the_curve() -> None:
    rows = [r for r in layered(SEVEN) if not (r["language"] == "fr" and r["layer"] == 3)]
    scores = frame(rows)
    there, _ = curves(scores, columns(scores)[0])
    assert "fr" not in there.languages and len(there.languages) == 5


def test_plots_are_written(tmp_path: Path) -> None:
    scores = frame(column(SEVEN, 1) + layered(SEVEN))
    paths = write_plots(scores, columns(scores), tmp_path / "plots")
    stems = [
        "xnli/bars-zero-shot", "xnli/gaps-zero-shot", "xnli/why-zero-shot", "xnli/seeds-zero-shot",
        "tatoeba/bars-as-is", "tatoeba/why-as-is", "tatoeba/layers-as-is", "heatmap-acme--mini",
    ]  # fmt: skip
    names = [str(path.relative_to(tmp_path / "plots")) for path in paths]
    assert names == [stem + ending for stem in stems for ending in (".png", ".svg")]
    assert all(path.read_bytes().startswith(b"\x89PNG") == (path.suffix == ".png") for path in paths)


def test_a_tag_that_no_table_knows_stands_for_itself() -> None:
    assert (named("qaa").label, named("qaa").script) == ("qaa", NO_SCRIPT)
    figure = bars(columns(frame([row("en"), row("qaa")])))
    assert labels(figure)[-2:] == [f"{NO_SCRIPT} (1)", "qaa"]


# Console and findings


def cells(text: str, head: str = "task") -> list[list[str]]:
    """The lines beneath the one that begins so, up to an empty one, as their texts."""
    lines = text.splitlines()
    start = next(place for place, line in enumerate(lines) if line.split()[:1] == [head])
    block = [line for line in lines[start + 1 :] if line]
    end = lines[start:].index("") - 1 if "" in lines[start:] else len(block)
    return [re.split(r" {2,}", line.strip()) for line in block[:end]]


def worlds(count: int, checkpoints: int, seeds: int) -> pd.DataFrame:
    """Two tasks under two protocols and one without chance, with holes in it."""
    rows = []
    for salt in range(checkpoints):
        for task, protocol in (("nli", "zero-shot"), ("nli", "translate-train-all"), ("ner", "zero-shot")):
            own = {"checkpoint": f"acme/model-{salt}", "task": task, "protocol": protocol, "seeds": seeds}
            spread = {} if seeds > 1 else {"sd": None}
            rows += column(tags(count), salt, every=11 if task == "ner" else 10**6, **own, **spread)
    scores = frame(rows)
    scores.loc[(scores["over"] != "") & (scores["task"] == "nli"), "chance"] = 33.3
    return scores


def test_summary_by_hand() -> None:
    text = summary(columns(by_hand()))
    assert text.splitlines()[0] == "acme/mini"
    assert cells(text)[0] == ["xnli", "accuracy", "zero-shot", "80.0", "70.6", "2 of 3", "de 61.2 ± 1.3"]
    assert "English" in text.splitlines()[1] and "chance" not in text
    assert "±: standard deviation over 3 seeds. What is missing is in no mean." in text
    assert f"unavailable: {NO_TEST}\n  acme/mini · zero-shot on xnli: 1 language (sw)\n" in text


def test_summary_names_the_five_best_and_worst_targets() -> None:
    order = ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl", "cs", "ro", "fi"]
    known = {tag: 90.0 - place for place, tag in enumerate(order)}
    text = summary(columns(frame([row(tag, score=score) for tag, score in known.items()])))
    best, worst = "de 89.0, fr 88.0, es 87.0, it 86.0, pt 85.0", "da 82.0, pl 81.0, cs 80.0, ro 79.0, fi 78.0"
    assert re.search(rf"^xnli +zero-shot +{best} +{worst}$", text, re.MULTILINE)
    assert not re.search(r"\b(en|nl|sv) \d", text)


def test_summary_names_every_one_of_ten_targets_once() -> None:
    text = summary(columns(frame([row(tag, score=50.0 + place) for place, tag in enumerate(SEVEN)])))
    for tag in SEVEN:
        assert len(re.findall(rf"\b{tag} \d", text)) == (tag != "en")


def test_summary_of_a_narrow_terminal_by_hand() -> None:
    order = ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl", "cs", "ro", "fi"]
    rows = [row(tag, protocol=name, score=90.0 - place, seeds=3, sd=1.0)
            for name in ("translate-train-all", "zero-shot") for place, tag in enumerate(order)]  # fmt: skip
    assert summary(columns(frame(rows)), 64).splitlines() == [
        "acme/mini",
        "task  metric    protocol                English   all  languages",
        "xnli  accuracy  translate-train-all  90.0 ± 1.0  84.0         13",
        "                zero-shot            90.0 ± 1.0  84.0         13",
        "±: standard deviation over 3 seeds.",
        "",
        "xnli · translate-train-all",
        "  best   de 89.0 ± 1.0, fr 88.0 ± 1.0, es 87.0 ± 1.0,",
        "         it 86.0 ± 1.0, pt 85.0 ± 1.0",
        "  worst  da 82.0 ± 1.0, pl 81.0 ± 1.0, cs 80.0 ± 1.0,",
        "         ro 79.0 ± 1.0, fi 78.0 ± 1.0",
        "xnli · zero-shot",
        "  best   de 89.0 ± 1.0, fr 88.0 ± 1.0, es 87.0 ± 1.0,",
        "         it 86.0 ± 1.0, pt 85.0 ± 1.0",
        "  worst  da 82.0 ± 1.0, pl 81.0 ± 1.0, cs 80.0 ± 1.0,",
        "         ro 79.0 ± 1.0, fi 78.0 ± 1.0",
    ]


@pytest.mark.parametrize("most", [56, 64, 80, 100, 132, 300])
@pytest.mark.parametrize(("count", "checkpoints", "seeds"), [(2, 1, 1), (15, 1, 3), (112, 2, 1), (176, 5, 3)])
def test_summary_is_as_wide_as_the_terminal(most: int, count: int, checkpoints: int, seeds: int) -> None:
    scores = worlds(count, checkpoints, seeds)
    lines = summary(columns(scores), most).splitlines()
    assert max(map(len, lines)) <= most
    for one in columns(scores):
        source, average = cell_text(one.cells["en"]), cell_text(one.averages["all"])
        assert any(re.search(rf"{source} +{average}", line) for line in lines)
        ranked = sorted((cell.score, tag) for tag, cell in one.scored.items() if tag != "en")
        for _, tag in ranked[:5] + ranked[-5:]:
            assert any(f"{tag} {cell_text(one.cells[tag])}" in line for line in lines), "a score stands by its language"
    # Where there is room, everything of a column is on one line.
    wide = most == 300
    assert wide == any(re.search(r"English.* best +worst", line) for line in lines) or count == 2


def test_names_that_fill_a_line_stand_above_their_numbers() -> None:
    name = "an-organisation/a-checkpoint-that-has-a-longer-name-than-most-others-do"
    scores = frame([r for salt in "ab" for r in column(tags(30), checkpoint=name + salt)])
    lines = summary(columns(scores), 80).splitlines()
    (head,) = (place for place, line in enumerate(lines) if "English" in line)
    assert lines[head + 1] == f"xnli · accuracy · zero-shot · {name}a"
    assert lines[head + 2].startswith("  82.0 ± ")
    assert all(len(line) <= 80 for line in lines if name not in line)


def test_width_is_that_of_the_terminal_or_of_a_wide_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_terminal(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("os.get_terminal_size", no_terminal)
    monkeypatch.delenv("COLUMNS", raising=False)
    assert width() == 132
    for said, taken in (("80", 80), ("212", 212), ("3", 40)):
        monkeypatch.setenv("COLUMNS", said)
        assert width() == taken


@pytest.mark.parametrize("count", [2, 15, 112, 176])
@pytest.mark.parametrize(("checkpoints", "seeds"), [(1, 1), (1, 3), (2, 1), (5, 1), (5, 3)])
def test_summary_is_aligned_and_its_numbers_are_those_of_the_frame(count: int, checkpoints: int, seeds: int) -> None:
    scores = worlds(count, checkpoints, seeds)
    text = summary(columns(scores), 132)
    assert max(map(len, text.splitlines())) <= 132
    assert len(text.splitlines()) <= 24 + 8 * checkpoints
    every = columns(scores)
    lines = cells(text)
    assert len(lines) == len(every) + (seeds > 1 or any(one.missing for one in every))  # the last says what marks mean
    for one, line in zip(every, lines, strict=False):
        source, average = one.cells["en"], one.averages["all"]
        told = [f"{cell.score:.1f}" + (f" ± {cell.sd:.1f}" if seeds > 1 else "") for cell in (source, average)]
        there = len(one.scored)
        told += [str(there) if there == count else f"{there} of {count}"]
        told += ["33.3"] if one.task == "nli" else []
        assert "  ".join(told) in "  ".join(line)
        assert (one.checkpoint in line) == (checkpoints > 1)
        ranked = sorted((cell.score, tag) for tag, cell in one.scored.items() if tag != "en")
        for _, tag in ranked[:5] + ranked[-5:]:
            cell = one.cells[tag]
            assert f"{tag} {cell.score:.1f}" + (f" ± {cell.sd:.1f}" if seeds > 1 else "") in text


def test_summary_says_what_several_lack_once() -> None:
    text = summary(columns(worlds(112, 3, 1)))
    assert text.count(NO_TEST) == 1
    lacking = " ".join(text.partition(f"unavailable: {NO_TEST}")[2].split("\n\n")[0].split())
    assert all(f"acme/model-{salt} · zero-shot" in lacking for salt in range(3))
    assert lacking.count("languages (") == 1 and " on ner: 10 languages (" in lacking


def test_summary_of_what_is_all_unavailable_has_a_row() -> None:
    text = summary(columns(frame([lost(tag, protocol="in-language", metric="accuracy") for tag in ("en", "de")])))
    assert cells(text)[0] == ["xnli", "accuracy", "in-language", "n/a", "n/a", "0 of 2"]


def test_summary_marks_limited_and_degenerate_runs() -> None:
    limited = column(SEVEN, every=4, signature="limit:100|" + SIGNATURE.format(2))
    text = summary(columns(frame(limited)))
    assert cells(text)[0][3] == "limit:100"
    assert "limit: only the first rows" in text and "†: a fit learned nothing" in text
    assert re.search(r"fr \d+\.\d ± \d\.\d†", text)


def test_summary_of_other_sources_says_which() -> None:
    rows = [row("en", score=80.0), row("de", score=70.0), row("de", task="pawsx", score=90.0, source_language="de")]
    lines = cells(summary(columns(frame([*rows, row("en", task="pawsx", score=60.0, source_language="de")]))))
    assert [line[3] for line in lines] == ["en 80.0", "de 90.0"]


def test_summary_of_nothing_is_empty() -> None:
    assert summary(columns(frame([]))).strip() == ""


def at(score: float) -> dict[str, float]:
    """A score with its interval of two points to either side."""
    return {"score": score, "ci_low": score - 2, "ci_high": score + 2}


@pytest.mark.parametrize(
    ("source", "good", "bad", "found"),
    [
        (80.0, ["de"], ["ru", "bg", "ar", "zh", "hi"], True),
        (80.0, ["de", "th"], ["ru", "bg", "ar", "zh"], True),  # 4 of 5: exactly 80 %
        (80.0, ["de", "th", "hi"], ["ru", "bg", "ar", "zh"], False),  # 4 of 6
        (80.0, ["de"], ["ru", "bg", "ar", "zh"], False),  # too few to say
        (34.0, ["de"], ["ru", "bg", "ar", "zh", "hi"], False),  # nothing was learnt at all
        (80.0, ["ru", "bg", "ar", "zh", "hi"], ["de", "fr", "es"], False),  # Latin script at chance is another matter
    ],
)
def test_scripts_at_chance(source: float, good: list[str], bad: list[str], found: bool) -> None:
    rows = [row("en", seeds=3, **at(source))]
    rows += [row(tag, seeds=3, **at(60.0)) for tag in good] + [row(tag, seeds=3, **at(33.0)) for tag in bad]
    names = [finding.name for finding in findings(columns(frame(rows)))]
    assert names == (["other scripts at chance"] if found else [])


def test_single_seed_is_a_finding_only_where_something_was_trained() -> None:
    trained, frozen = row("en", seeds=1), row("en", seeds=0, train_made_by="", task="tatoeba")
    (finding,) = findings(columns(frame([trained, frozen])))
    assert finding.name == "single seed" and "xnli" in finding.text and "tatoeba" not in finding.text
    assert "1.5 points" in finding.remedy
    assert findings(columns(frame([row("en", seeds=3)]))) == []


def test_degenerate_fits_are_findings() -> None:
    rows = [row(tag, seeds=3, status="degenerate", reason=COLLAPSED) for tag in ("en", "de")]
    (finding,) = findings(columns(frame(rows)))
    assert finding.name == "degenerate fit" and "all 2 languages" in finding.text and "seed 3" in finding.text
    assert finding.remedy in re.sub(r"\s+", " ", summary(columns(frame(rows))))


OTHER = "cldr/nli is made from CLDR 48, and declared as CLDR 47: not comparable (pip install babel)"


def test_what_the_sources_said_is_a_finding_where_it_holds() -> None:
    told = [row(tag, seeds=3, note=OTHER) for tag in ("en", "de")]
    mixed = [row(tag, seeds=3, task="ner", note=OTHER * (tag == "de")) for tag in ("en", "de", "fr")]
    whole, part = findings(columns(frame([*told, *mixed, row("en", seeds=3, task="tatoeba")])))
    assert whole.name == part.name == "other data"
    assert whole.text == f"acme/mini · zero-shot on xnli: {OTHER}"
    assert part.text == f"acme/mini · zero-shot on ner (de): {OTHER}"


def test_what_the_sources_said_stands_beneath_tables_and_overview(tmp_path: Path) -> None:
    scores = frame([row("en", note=OTHER), row("de", note=OTHER), row("en", task="ner")])
    write_tables(scores, columns(scores), tmp_path)
    for name in ("xnli.md", "overview.md"):
        assert (tmp_path / name).read_text().count(f"data: {OTHER}: acme/mini · zero-shot.") == 1
    assert OTHER not in (tmp_path / "ner.md").read_text()


def test_reporting_needs_neither_torch_nor_matplotlib_to_be_imported() -> None:
    rooms = ("console", "plots", "tables", "leaderboard", "findings")
    code = "import sys\n" + "".join(f"import xbench.reporting.{room}\n" for room in rooms)
    code += "print(*({'torch', 'transformers', 'matplotlib', 'pandas'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert done.stdout.strip() == ""
