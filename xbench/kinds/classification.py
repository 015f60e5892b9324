"""One label for a text or for a pair of texts.

Columns: `text`, `label`, and where there are any `pair`, `id` and `group`. Setting: `drop`, labels
whose rows do not count. Metrics: accuracy, and precision, recall and F1 averaged over the labels
that occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Align, Carried, Features, Measure, Metric, Slice, Task, Translate, Translator
from xbench.errors import XbenchError
from xbench.kinds import declarations
from xbench.kinds.carrying import LEFT_OUT
from xbench.kinds.packing import pack
from xbench.metrics import macro, shares

if TYPE_CHECKING:
    import pyarrow as pa

METRICS = (
    Metric("accuracy", macro.accuracy),
    Metric("macro_f1", macro.f1, "labels:present"),
    Metric("macro_precision", macro.precision, "labels:present"),
    Metric("macro_recall", macro.recall, "labels:present"),
)


class Classification:
    """See the module, and `xbench.api.Kind` and `Carrier` for the methods."""

    name = "classification"
    version = 1
    carry_version = 1
    head = "xbench.model.heads.sequence:head"
    pipeline = "text-classification"
    columns: Mapping[str, bool] = MappingProxyType(
        {"text": True, "pair": False, "label": True, "id": False, "group": False}
    )

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or "accuracy"

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, labels, settings or a main metric that do not fit."""
        declarations.check(task, self.columns, ("drop",), [metric.name for metric in METRICS])
        declarations.check_labels(task)

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`text`, `label` by name, `pair`, `id` and `group` where given; None where the label is dropped."""
        label = declarations.label_name(raw["label"], task)
        if label is None:
            return None
        texts = {column: declarations.text(raw, column, task) for column in ("text", "pair") if column in raw}
        return {**declarations.identity(raw), **texts, "label": label}

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The text, and its pair where there is one."""
        return [row[column] for column in ("text", "pair") if column in row]

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """One sequence for each row; `labels` are indices into `task.labels`, int32, (rows,)."""
        paired = bool(rows) and "pair" in rows[0]
        pairs = [row["pair"] for row in rows] if paired else None
        packed = pack([row["text"] for row in rows], pairs, tokenizer, max_length)
        return Features(
            ids=packed.ids,
            types=packed.types,
            offsets=packed.offsets,
            rows=np.arange(len(rows), dtype=np.int32),
            marks=np.zeros(0, np.int32),
            labels=_indices([row["label"] for row in rows], task),
            side=np.zeros(0, np.int8),
            truncated=packed.truncated,
            unknown=packed.unknown,
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """Logits, float32, (rows, labels), to `id, gold, prediction, logits`.

        Raises:
            XbenchError: The logits have another shape, or one is not a number.
        """
        import pyarrow as pa

        logits = np.asarray(output, np.float32)
        if logits.shape != (len(rows), len(task.labels)):
            raise XbenchError(
                f"{slice}: the head returned logits of shape {logits.shape} for {len(rows)} rows and "
                f"{len(task.labels)} labels: its labels must be the task's"
            )
        broken = np.flatnonzero(~np.isfinite(logits).all(1))
        if len(broken):
            raise XbenchError(
                f"{slice}: the logits of row {rows[broken[0]]['id']} are not finite ({len(broken)} rows in all): "
                "the fit diverged or its dtype overflows; try --dtype fp32 or a lower learning rate"
            )
        starts = np.arange(0, logits.size + 1, logits.shape[1], dtype=np.int32)
        return pa.table(
            {
                "id": pa.array([row["id"] for row in rows], pa.string()),
                "gold": pa.array([row["label"] for row in rows], pa.string()),
                "prediction": pa.array([task.labels[i] for i in logits.argmax(1)], pa.string()),
                "logits": pa.ListArray.from_arrays(starts, logits.ravel()),
            }
        )

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """Gold and predicted label of every row."""
        return np.array(table["gold"].to_pylist()), np.array(table["prediction"].to_pylist())

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """Accuracy against the majority answer's, and the averages over labels."""
        gold, predicted = (_indices(labels.tolist(), task) for labels in self.answers(table, task))
        statistics = macro.statistics(gold, predicted, len(task.labels))
        main = self.main(task)
        for metric in METRICS:
            chance = shares.majority(gold) if metric.name == "accuracy" else None
            yield Measure(metric, statistics, metric.name == main, chance)

    def carrying(self, task: Task, translator: Translator) -> Translator:
        """A label of a whole text needs nothing but the translation of the text."""
        return replace(translator, carry="", aligner=None)

    def carry(
        self, rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align, task: Task, translator: Translator
    ) -> Carried:
        """Translates the texts and keeps the label; a row needs both of its texts."""
        columns = [column for column in ("text", "pair") if rows and column in rows[0]]
        found = translate([row[column] for row in rows for column in columns])
        texts = [found[at : at + len(columns)] for at in range(0, len(found), len(columns))] if columns else []
        carried = [
            {**row, **dict(zip(columns, own, strict=True))}
            for row, own in zip(rows, texts, strict=True)
            if None not in own
        ]
        lost = len(rows) - len(carried)
        return Carried(carried, {LEFT_OUT: lost} if lost else {})


def confusion(table: pa.Table, task: Task) -> np.ndarray:
    """How often each gold label got each prediction, int64, (gold labels, predicted labels), in the task's order."""
    gold, predicted = (_indices(labels.tolist(), task) for labels in kind.answers(table, task))
    sums = macro.statistics(gold, predicted, len(task.labels)).sum(0, dtype=np.int64)
    return sums.reshape(len(task.labels), len(task.labels))


def _indices(labels: Sequence[str], task: Task) -> np.ndarray:
    places = {label: i for i, label in enumerate(task.labels)}
    unknown = next((label for label in labels if label not in places), None)
    if unknown is not None:
        raise XbenchError(
            f"task {task.name} has no label {unknown!r} any more: predict again, or score with the labels of then"
        )
    return np.array([places[label] for label in labels], np.int32)


kind = Classification()
