"""Per-language tables of a task, as CSV, Markdown and LaTeX, and the pages of all tasks."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xbench.reporting.cells import average_text, cell_text, count_text, notes
from xbench.reporting.columns import Cell, Column, metrics, of_task, panels
from xbench.reporting.markup import Texts, latex, markdown
from xbench.reporting.measured import measured
from xbench.reporting.metrics import metrics_frame, metrics_texts
from xbench.reporting.names import by_name
from xbench.reporting.overview import overview
from xbench.store.files import write, write_text
from xbench.store.layout import slug

if TYPE_CHECKING:
    import pandas as pd

_INDEX = ["language", "tag", "script", "over"]


def write_tables(scores: pd.DataFrame, every: Sequence[Column], folder: Path) -> list[Path]:
    """Writes `<task>.csv`, `.md` and `.tex` for every task, `metrics.csv` and `.md`, and `overview.md`.

    Args:
        scores: As `scores.csv`.
        every: Its columns.
        folder: Where the files go; made if it is not there.

    Returns:
        The files, in the order of the tasks, with those of all tasks last.

    Raises:
        XbenchError: The scores are no scores, or the folder cannot be written.
    """
    paths: list[Path] = []
    for task, own in of_task(every).items():
        stem = folder / slug(task)
        texts = task_texts(own)
        paths += [stem.with_name(stem.name + ending) for ending in (".csv", ".md", ".tex")]
        write_text(paths[-3], task_csv(own))
        write_text(paths[-2], markdown(texts))
        write_text(paths[-1], latex(texts))
    paths += [folder / "metrics.csv", folder / "metrics.md", folder / "overview.md"]
    beside = measured(scores, every)
    write(paths[-3], lambda draft: metrics_frame(beside).to_csv(draft, index=False))
    write_text(paths[-2], markdown(metrics_texts(beside)))
    write_text(paths[-1], markdown(overview(every)))
    return paths


def task_texts(own: Sequence[Column]) -> Texts:
    """The per-language table of one task, for people: a row per language, the averages beneath.

    Args:
        own: The columns of one task.
    """
    tags = {tag for column in own for tag in column.asked}
    body = [
        [name.name, name.tag, name.script, *(cell_text(column.cells.get(name.tag)) for column in own)]
        for name in by_name(tags)
    ]
    foot = [[f"average: {panel}", "", "", *(average_text(column, panel) for column in own)] for panel in panels(own)]
    head = ["Language", "Tag", "Script", *(column.label for column in own)]
    return Texts(f"{own[0].task}: {metrics(own)} by language", head, body, foot, notes(own), names=3)


def task_frame(own: Sequence[Column]) -> pd.DataFrame:
    """The same table for programs: numbers as they are in the scores, empty where there are none.

    Args:
        own: The columns of one task.

    Returns:
        A row per language and per panel (`over`), indexed by `language, tag, script, over`. Per
        column `label`, `label sd`, `label seeds`, `label status`, `label reason` and, for an
        average, `label languages`. An empty status means that the language was not asked for.
    """
    import pandas as pd

    index, values = _of_task(own)
    return pd.DataFrame(values, index=pd.MultiIndex.from_tuples(index, names=_INDEX))


def task_csv(own: Sequence[Column]) -> str:
    """The same table as text. It has hundreds of columns, which a frame takes long to make."""
    index, values = _of_task(own)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*_INDEX, *values])
    lines.writerows((*names, *row) for names, row in zip(index, zip(*values.values(), strict=True), strict=True))
    return text.getvalue()


def _of_task(own: Sequence[Column]) -> tuple[list[tuple[str, str, str, str]], dict[str, list[object]]]:
    """Its rows, as `_INDEX` has them, and what stands in them, column by column."""
    tags = {tag for column in own for tag in column.asked}
    index = [(name.name, name.tag, name.script, "") for name in by_name(tags)]
    index += [("", "", "", panel) for panel in panels(own)]
    values: dict[str, list[object]] = {}
    for column in own:
        cells = [column.averages.get(panel) if panel else column.cells.get(tag) for _, tag, _, panel in index]
        counts = [count_text(column.count(panel)) if panel else "" for _, _, _, panel in index]
        values.update(_values(column.label, cells))
        values[f"{column.label} languages"] = list(counts)
    return index, values


def _values(label: str, cells: Sequence[Cell | None]) -> dict[str, list[object]]:
    return {
        label: [cell.score if cell else None for cell in cells],
        f"{label} sd": [cell.sd if cell else None for cell in cells],
        f"{label} seeds": [str(cell.seeds) if cell and cell.seeds else "" for cell in cells],
        f"{label} status": [cell.status if cell else "" for cell in cells],
        f"{label} reason": [cell.reason if cell else "" for cell in cells],
    }
