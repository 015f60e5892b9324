"""Comparisons as pictures and as LaTeX: every language is there, marks say what they mean, the best is bold."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import made_up_results as made
import numpy as np
import pytest
from made_up import cli
from made_up_results import labels
from matplotlib.backends.backend_agg import FigureCanvasAgg

from xbench.languages import languages
from xbench.plugins import registry
from xbench.reporting.comparison.boards import boards
from xbench.reporting.comparison.build import Answer, Question, answer
from xbench.reporting.comparison.gap_plot import gap_lines, gap_plot
from xbench.reporting.comparison.interval_plot import interval_plot
from xbench.reporting.comparison.latex import averages
from xbench.reporting.comparison.latex import languages as language_table
from xbench.reporting.figure import NAME
from xbench.reporting.markup import Texts, latex, stacked
from xbench.reporting.names import named
from xbench.store.layout import Store


def tags(count: int) -> list[str]:
    """So many languages, English among them."""
    known = [one.tag for one in languages() if one.tag != "en"]
    return ["en", *known[:: len(known) // count][: count - 1]]


def compared(out: Path, count: int, *skills: float) -> Answer:
    """Checkpoints a, b and so on in so many languages, each with a skill that grows from language to language."""
    for name, skill in zip("abcd", skills, strict=False):
        random = np.random.default_rng(ord(name))
        rows = {
            tag: labels(random.random(100) < skill + (0.5 - skill / 2) * place / count * (name != "a"))
            for place, tag in enumerate(tags(count))
        }
        made.run(out, name, rows, seed=None)
    names = tuple("abcd"[: len(skills)])
    return answer(Question(names, resamples=200), Store(out), registry())


@pytest.mark.parametrize("count", [2, 7, 176])
def test_every_language_has_its_name_in_the_order_of_differences(tmp_path: Path, count: int) -> None:
    (one,) = compared(tmp_path, count, 0.5, 0.5).comparisons
    figure = interval_plot(one)
    FigureCanvasAgg(figure).draw()
    lines = [
        (place, -text.get_position()[1], text.get_text())
        for place, axes in enumerate(figure.axes)
        for text in axes.texts
        if text.get_gid() == NAME
    ]
    shown = [text for _, _, text in sorted(lines, key=lambda line: (line[0], -line[1]))]
    order = sorted(one.languages, key=lambda own: -own.difference.value)
    assert shown == [f"average of {count}", *(named(own.tag).label for own in order)]
    # Names lie within the picture, and no two of a stack on each other.
    width = figure.bbox.width
    for axes in figure.axes:
        boxes = [text.get_window_extent() for text in axes.texts if text.get_gid() == NAME]
        assert all(box.x0 >= 0 and box.x1 <= width for box in boxes)
        tops = sorted(box.y0 for box in boxes)
        assert all(after - before > 8 for before, after in pairwise(tops))


def test_dots_stand_where_the_differences_are(tmp_path: Path) -> None:
    (one,) = compared(tmp_path, 7, 0.5, 0.5).comparisons
    lines = (line for line in interval_plot(one).axes[0].lines if line.get_linestyle() == "None")
    dots = sorted(float(x) for line in lines for x in line.get_xdata())
    assert dots == pytest.approx(sorted([one.whole.difference.value, *(own.difference.value for own in one.languages)]))


def test_gaps_are_drawn_for_both_and_left_out_without_a_source(tmp_path: Path) -> None:
    found = compared(tmp_path, 40, 0.5, 0.5)
    (one,) = found.comparisons
    lines = gap_lines(one)
    groups = [group for _, group in lines if group]
    assert {group.kind for group in groups} >= {"panel", "script", "family", "class"}
    figure = gap_plot(one)
    drawn = {line.get_label(): list(line.get_xdata()) for line in figure.axes[0].lines if line.get_label() in "ab"}
    for side, name in enumerate("ab"):
        assert drawn[name] == pytest.approx([group.gaps[side].value for group in groups if group.gaps])
    without = Question(("a", "b"), resamples=200, keeps=lambda tag: tag != "en")
    (one,) = answer(without, Store(tmp_path), registry()).comparisons
    assert gap_lines(one) == []


# LaTeX


def test_the_best_is_bold_and_the_second_underlined(tmp_path: Path) -> None:
    """By hand: 50, 75 and 75 of 100 in one language, 60, 50 and 90 in the other."""
    scores = {"a": (50, 60), "b": (75, 50), "c": (75, 90)}
    for name, right in scores.items():
        tables = {tag: labels(np.arange(100) < count) for tag, count in zip(("de", "en"), right, strict=True)}
        made.run(tmp_path, name, tables, seed=None)
    found = answer(Question(("a", "b", "c"), resamples=300), Store(tmp_path), registry())
    (board,) = boards(found)
    text = language_table(board, found.checkpoints)
    german = next(line for line in text.splitlines() if line.startswith("German"))
    english = next(line for line in text.splitlines() if line.startswith("English"))
    # 25 points on 100 examples are told apart, and 10 of which all are on one side, too.
    star = r"\rlap{$^{*}$}"
    assert german == rf"German (de) & \underline{{50.0}} & \textbf{{75.0}}{star} & \textbf{{75.0}}{star} \\"
    assert english == rf"English (en) & \underline{{60.0}} & 50.0{star} & \textbf{{90.0}}{star} \\"
    assert rf"average of 2 & 55.0 & \underline{{62.5}}{star} & \textbf{{82.5}}{star} \\" in text
    whole = averages([board], found.checkpoints)
    assert rf"b & \underline{{62.5}}{star} \\" in whole and r"languages & 2 \\" in whole
    for part in (r"\toprule", r"\midrule", r"\bottomrule", r"\cmidrule(lr){2-2}"):
        assert part in whole


def test_an_average_is_over_what_all_have(tmp_path: Path) -> None:
    for name, own in (("a", "de en sw"), ("b", "de en sw"), ("c", "de en")):
        made.run(tmp_path, name, {tag: labels(np.arange(100) < 60 + len(tag + name)) for tag in own.split()}, seed=None)
    found = answer(Question(("a", "b", "c"), resamples=200), Store(tmp_path), registry())
    (board,) = boards(found)
    assert board.shared == ("de", "en")
    assert list(board.rows) == ["de", "en", "sw"] and board.rows["sw"][2] is None
    text = language_table(board, found.checkpoints)
    assert re.search(r"Swahili \(sw\) & .* & -- \\\\", text) and "--: no score." in text
    # b was tested over three languages, c over these two.
    line = next(line for line in text.splitlines() if line.startswith("average of 2"))
    assert [r"\circ" in cell for cell in line.split(" & ")[1:]] == [False, True, False]
    assert "compared with a over other languages, and not tested over these" in text


NASTY = "\\ & % $ # _ { } ~ ^ < > | \" ± † – · → ← ≥ ≤ … − × ʼ [x] ' ` @ / -"


@pytest.fixture
def typeset(tmp_path: Path) -> Callable[[Path], str]:
    """Compiles all tables of a folder; returns what LaTeX complains about, such as letters that its font lacks."""
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on this machine: apt-get install texlive-latex-recommended")

    def compiled(folder: Path) -> str:
        inputs = "\n".join(rf"\input{{{path.stem}}}" for path in sorted(folder.glob("*.tex")))
        document = tmp_path / "all.tex"
        document.write_text(
            r"\documentclass[a4paper]{article}\usepackage[margin=2cm]{geometry}\usepackage{booktabs,longtable}"
            f"\\begin{{document}}\n{inputs}\n\\end{{document}}\n"
        )
        # Columns of a long table have their widths at the second time.
        for _ in range(2):
            ended = subprocess.run(
                ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", f"-output-directory={tmp_path}", document],
                cwd=folder,
                capture_output=True,
            )
            said = ended.stdout.decode(errors="replace")
            assert ended.returncode == 0, said[-2000:]
        return "\n".join(re.findall(r"^(?:Overfull|Missing character|.*Warning).*", said, re.MULTILINE))

    return compiled


def test_comparisons_are_typeset(tmp_path: Path, typeset: Callable[[Path], str]) -> None:
    """Four checkpoints of long and nasty names in 176 languages fit on a page, under two protocols."""
    names = ("google-bert/bert-base-multilingual-cased", "R&D_v1 {50%}^~#3", "<script>alert(1)</script>", "mine$\\dev")
    for name in names:
        for protocol in ("zero-shot", "translate-train-all"):
            rows = {tag: labels(np.arange(50) < 20 + len(name + tag)) for tag in tags(176)[: 176 - len(name)]}
            made.run(tmp_path / "out", name, rows, replace(made.TASK, name="topics_50%"), 1, protocol)
    folder = tmp_path / "tables"
    options = ("--out", str(tmp_path / "out"), "--to", str(folder), "--resamples", "100")
    ended = cli("export", "latex", *names, *options)
    assert ended.code == 3 and "Not compared: " in ended.err
    assert len(list(folder.glob("*.tex"))) == 3
    assert typeset(folder) == ""


def test_tables_of_every_language_are_typeset(tmp_path: Path, typeset: Callable[[Path], str]) -> None:
    names = [named(one.tag) for one in languages()]
    table = Texts(
        f"every language {NASTY}",
        ["Language", "Tag", "Script", "google-bert/bert-base-multilingual-cased · zero-shot", NASTY],
        [[name.name, name.tag, name.script, "55.7 ± 2.0", "[–]"] for name in names],
        [["average: all", "", "", "55.7 ± 2.0 (176 of 176 languages)", NASTY]],
        [NASTY],
        names=3,
    )
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "table.tex").write_text(latex(table))
    assert typeset(folder) == ""


def test_a_long_name_is_cut_where_it_may_be() -> None:
    assert stacked("short") == "short"
    cut = stacked("google-bert/bert-base-multilingual-cased")
    assert cut == r"\begin{tabular}[b]{@{}r@{}}google-bert/\\bert-base-\\multilingual-\\cased\end{tabular}"
    assert stacked("55.7 ± 2.0 (8 of 8)", "t") == r"\begin{tabular}[t]{@{}r@{}}55.7 $\pm$ 2.0\\(8 of 8)\end{tabular}"


def test_the_command_says_where_tables_are_and_knows_its_neighbours(tmp_path: Path) -> None:
    compared(tmp_path, 4, 0.5, 0.6)
    ended = cli("export", "latex", "a", "b", "--out", str(tmp_path), "--resamples", "200")
    assert ended.code == 0 and len(ended.out.splitlines()) == 2
    assert all(Path(line).is_file() for line in ended.out.splitlines())
    ended = cli("export", "latx", "a", "b")
    assert ended.code == 2 and "did you mean latex" in ended.err
