"""A table of texts as Markdown and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """A table to be typeset.

    Attributes:
        title: What it shows.
        head: One text per column.
        body: Rows, each as long as `head`.
        foot: Rows beneath a rule: the averages.
        notes: Sentences beneath the table.
        names: Number of leading columns that hold names; the others are set as numbers.
    """

    title: str
    head: Sequence[str]
    body: Sequence[Sequence[str]]
    foot: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    names: int = 1


def markdown(table: Texts, level: int = 1) -> str:
    """GitHub's Markdown: a heading of this level, the table, and the notes as a list."""
    rule = ["---"] * table.names + ["---:"] * (len(table.head) - table.names)
    foot = [[f"**{row[0]}**", *row[1:]] for row in table.foot]
    rows = [table.head, rule, *table.body, *foot]
    lines = ["| " + " | ".join(plain(text) for text in row) + " |" for row in rows]
    notes = [f"- {plain(note)}" for note in table.notes]
    return "\n".join([f"{'#' * level} {plain(table.title)}", "", *lines, *([""] if notes else []), *notes]) + "\n"


def latex(table: Texts) -> str:
    r"""A `longtable` with booktabs rules, since 200 languages do not fit on a page.

    Every text is escaped. Needs `\usepackage{booktabs,longtable}`.
    """
    align = "l" * table.names + "r" * (len(table.head) - table.names)
    head, *foot = (
        _row([*map(escape, row[: table.names]), *(stacked(text, side) for text in row[table.names :])])
        for row, side in ((table.head, "b"), *((row, "t") for row in table.foot))
    )
    body = [_row([*map(escape, row)]) for row in table.body]
    notes = [rf"\noindent\footnotesize {escape(note)}\par" for note in table.notes]
    lines = longtable(align, escape(table.title), head, [*body, *([r"\midrule", *foot] if foot else [])])
    # A group keeps the small type of the notes from the text that follows.
    return "\n".join([*lines, *([r"{", *notes, r"}"] if notes else [])]) + "\n"


def longtable(align: str, caption: str, head: str, body: Sequence[str]) -> list[str]:
    """Lines of a table that goes over pages, with its head on each of them; everything is LaTeX already.

    Args:
        align: A letter per column.
        caption: Above the table.
        head: Its first line.
        body: The lines beneath it.
    """
    return [
        r"% needs \usepackage{booktabs,longtable}",
        r"{\footnotesize\setlength{\tabcolsep}{4pt}\setlength{\LTcapwidth}{\textwidth}",
        rf"\begin{{longtable}}{{{align}}}",
        rf"\caption{{{caption}}}\\",
        r"\toprule", head, r"\midrule", r"\endfirsthead",
        r"\toprule", head, r"\midrule", r"\endhead",
        r"\bottomrule", r"\endfoot",
        *body,
        r"\end{longtable}",
        r"}",
    ]  # fmt: skip


def stacked(text: str, side: str = "b") -> str:
    r"""Text for LaTeX in lines above each other, cut behind blanks and signs: a long name makes no wide column.

    Args:
        text: Not yet escaped.
        side: Which line stands on that of the other cells: `b`, the last one, or `t`, the first.

    Example:
        >>> stacked("acme/xlm-roberta-base")
        '\\begin{tabular}[b]{@{}r@{}}acme/xlm-\\\\roberta-base\\end{tabular}'
    """
    lines = [""]
    for part in re.findall(r"[^\s/_-]*[\s/_-]|[^\s/_-]+", text):
        if lines[-1] and len((lines[-1] + part).rstrip()) > _NARROW:
            lines.append("")
        lines[-1] += part
    told = [escape(line.rstrip()) for line in lines]
    if len(told) == 1:
        return told[0]
    return rf"\begin{{tabular}}[{side}]{{@{{}}r@{{}}}}" + r"\\".join(told) + r"\end{tabular}"


_NARROW = 12
"""Characters of a line of a stack: those of `translate-` and of `55.7 ± 2.0`, and not of what stands behind it."""
_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "±": r"$\pm$", "†": r"\dag{}", "–": "--", "·": r"$\cdot$",
    "→": r"$\rightarrow$", "←": r"$\leftarrow$", "≥": r"$\geq$", "≤": r"$\leq$", "…": r"\ldots{}", "\n": " ",
    "−": "$-$", "×": r"$\times$", "ʼ": "'", "[": "{[}", "]": "{]}",
})  # fmt: skip
_MARKDOWN = str.maketrans({letter: f"\\{letter}" for letter in r"\|`_<"})


def escape(text: str) -> str:
    r"""Text for LaTeX: what it would read as a command is written out.

    Brackets are wrapped because `\\` at the end of a row would take a following one for its option.

    Example:
        >>> escape("50 % of R&D_x")
        '50 \\% of R\\&D\\_x'
    """
    return text.translate(_LATEX)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def plain(text: str) -> str:
    """Text that cannot end a cell or a line of Markdown, nor begin markup."""
    return " ".join(text.split()).translate(_MARKDOWN)
