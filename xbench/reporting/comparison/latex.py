r"""Comparisons as LaTeX: averages of all checkpoints, and the languages of each task.

The best of a row is bold and the second is underlined, as they are printed; a star marks what can be told apart from
the first checkpoint by other examples, a dagger what can be by other seeds, a circle what was tested over other
languages. Marks take no room, so that the digits of a column stand beneath each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from xbench.reporting.comparison.boards import Board, Cell, Row, boards
from xbench.reporting.comparison.build import Answer
from xbench.reporting.markup import escape, longtable, stacked
from xbench.reporting.names import by_name
from xbench.store.files import write_text
from xbench.store.layout import slug


def write_latex(found: Answer, folder: Path) -> list[Path]:
    """Writes `averages.tex`, and `<task>-<protocol>.tex` for each task and protocol.

    Args:
        found: Comparisons.
        folder: Made if it is not there.

    Returns:
        The files. They need `booktabs`, and those of a task `longtable`.
    """
    every = boards(found)
    paths = [folder / "averages.tex"]
    write_text(paths[0], averages(every, found.checkpoints))
    for board in every:
        one = board.of[0]
        name = "-".join(slug(part) for part in (one.task, one.protocol, one.variant) if part)
        paths.append(folder / f"{name}.tex")
        write_text(paths[-1], languages(board, found.checkpoints))
    return paths


def averages(every: Sequence[Board], checkpoints: Sequence[str]) -> str:
    r"""A row per checkpoint, a column per task and protocol, each over the languages that all its checkpoints have."""
    columns = [_ranked(board.average, board.lower) for board in every]
    title = "Averages over the languages that all of them have"
    caption = _caption(title, every, [board.average for board in every], checkpoints[0], "")
    tasks = [(task, len(list(own))) for task, own in groupby(every, key=lambda board: board.of[0].task)]
    starts = [2 + sum(count for _, count in tasks[:place]) for place in range(len(tasks))]
    rules = (rf"\cmidrule(lr){{{start}-{start + count - 1}}}" for start, (_, count) in zip(starts, tasks, strict=True))
    heads = (rf"\multicolumn{{{count}}}{{c}}{{{escape(task)}}}" for task, count in tasks)
    protocols = (stacked(" ".join(filter(None, (board.of[0].protocol, board.of[0].variant)))) for board in every)
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering\setlength{\belowcaptionskip}{6pt}",
        rf"\caption{{{caption}}}",
        r"\footnotesize\setlength{\tabcolsep}{4pt}",
        rf"\begin{{tabular}}{{{_columns(len(every))}}}",
        r"\toprule",
        _row(["", *heads]),
        "".join(rules),
        _row(["", *protocols]),
        r"\midrule",
        *(
            _row([escape(name), *(column[place] for column in columns)])
            for place, name in enumerate(checkpoints)
        ),
        r"\midrule",
        _row(["languages", *(str(len(board.shared)) for board in every)]),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def languages(board: Board, checkpoints: Sequence[str]) -> str:
    r"""A `longtable` of one task: a row per language, a column per checkpoint, the average beneath."""
    present = [
        place for place, cell in enumerate(board.average) if cell or any(row[place] for row in board.rows.values())
    ]
    rows = [*board.rows.values(), board.average]
    shown = [tuple(row[place] for place in present) for row in rows]
    caption = _caption(escape(board.title), [board], shown, checkpoints[0], ", of languages after Holm")
    head = _row(["Language", *(stacked(checkpoints[place]) for place in present)])
    average = _ranked([board.average[place] for place in present], board.lower)
    foot = _row([f"average of {len(board.shared)}", *average])
    body = [*_languages(board, present), r"\midrule", foot]
    return "\n".join(longtable(_columns(len(present)), caption, head, body)) + "\n"


def _columns(count: int) -> str:
    """A name, and so many numbers with room for two marks behind each."""
    return "l" + r"r@{\quad}" * count


def _languages(board: Board, present: Sequence[int]) -> Iterator[str]:
    for name in by_name(board.rows):
        yield _row([escape(name.label), *_ranked([board.rows[name.tag][place] for place in present], board.lower)])


def _ranked(row: Row | Sequence[Cell | None], lower: bool) -> list[str]:
    """Cells of a row as LaTeX; scores that are printed alike are marked alike."""
    shown = [None if cell is None else round(cell.score, 1) for cell in row]
    ranks = sorted({score for score in shown if score is not None}, reverse=not lower)
    return [
        _cell(cell, ranks.index(score)) if cell and score is not None else "--"
        for cell, score in zip(row, shown, strict=True)
    ]


def _cell(cell: Cell, rank: int) -> str:
    text = f"{cell.score:.1f}"
    text = rf"\textbf{{{text}}}" if rank == 0 else rf"\underline{{{text}}}" if rank == 1 else text
    marks = {"*": cell.examples, r"\dagger": cell.seeds, r"\circ": not cell.tested}
    shown = "".join(mark for mark, there in marks.items() if there)
    return rf"{text}\rlap{{$^{{{shown}}}$}}" if shown else text


def _caption(title: str, every: Sequence[Board], rows: Sequence[Row], first: str, adjusted: str) -> str:
    """Title, and what the marks in these rows mean."""
    cells = [cell for row in rows for cell in row]
    under = sorted({one.conditional for board in every for one in board.of if one.conditional})
    examples = f"differs from {escape(first)} on other examples ($p<0.05${adjusted})"
    marks = {
        rf"$^{{*}}$: {', '.join([examples, *map(escape, under)])}.": any(cell and cell.examples for cell in cells),
        r"$^{\dagger}$: likewise over seeds (Welch).": any(cell and cell.seeds for cell in cells),
        rf"$^{{\circ}}$: compared with {escape(first)} over other languages, and not tested over these.": any(
            cell and not cell.tested for cell in cells
        ),
        "--: no score.": None in cells,
        "Less is better.": any(board.lower for board in every),
    }
    told = [
        f"{title}.",
        r"Best: bold; second: \underline{underlined}.",
        *(text for text, there in marks.items() if there),
    ]
    return " ".join(told)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
