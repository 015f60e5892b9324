"""What a translation is, in words: a small decoder, trained on the encoder under test, writes it.

Columns: `source`, `target`, and `id` and `group` where there are any. The `target` side is read and the `source` side
is written, so that every language is translated into the one that all rows share. A task names the languages that
zero-shot trains on, `train_languages`. Settings: `encoder` (`frozen`, so that only the decoder learns, or `trained`),
`layers` of the decoder (2), and `beams` of the search (4). Metrics: chrF and BLEU of sacreBLEU; the same of what the
checkpoint's tokenizer leaves of the references themselves (`chrf_ceiling`, `bleu_ceiling`), and of the text that was
read, as if it were copied (`chrf_copy`, `bleu_copy`). Chance is the chrF of the text that does best as every answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Features, Measure, Slice, Task
from xbench.errors import XbenchError, closest
from xbench.kinds import declarations
from xbench.kinds.packing import joined, offsets, pack
from xbench.kinds.probes import ARROW
from xbench.kinds.windows import frame
from xbench.metrics import generation, likeness

if TYPE_CHECKING:
    import pyarrow as pa

FROZEN, TRAINED = ENCODERS = ("frozen", "trained")
_NUMBERS: Mapping[str, int] = MappingProxyType({"layers": 2, "beams": 4})
_SCORED: Mapping[str, str] = MappingProxyType({"written": "", "restored": "_ceiling", "read": "_copy"})
"""Column of texts that are compared with the references -> how the names of its metrics end."""
_NONE = -100


class Generation:
    """See the module, and `xbench.api.Kind` for the methods."""

    name = "generation"
    version = 1
    head = "xbench.model.heads.seq2seq:head"
    pipeline = "translation"
    columns: Mapping[str, bool] = MappingProxyType({"source": True, "target": True, "id": False, "group": False})

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or "chrf"

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, settings, labels or a main metric that do not fit, and without training."""
        declarations.check(task, self.columns, ("encoder", *_NUMBERS), ("chrf", "bleu"))
        declarations.check_no_labels(task)
        if task.recipe is None or not task.train_languages:
            raise XbenchError(
                f"task {task.name}: kind {task.kind} trains a decoder: give a recipe, and train_languages such as "
                '("de",) whose rows zero-shot trains on'
            )
        if (encoder := task.settings.get("encoder", FROZEN)) not in ENCODERS:
            raise XbenchError(f"task {task.name}: setting 'encoder' is {encoder!r}: {closest(str(encoder), ENCODERS)}")
        for name in _NUMBERS:
            number(task, name)

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`source`, `target`, and `id` and `group` where given.

        Raises:
            XbenchError: A side is empty: there is nothing to translate, or nothing to compare with.
        """
        texts = {column: declarations.text(raw, column, task).strip() for column in ("source", "target")}
        for column, text in texts.items():
            if not text:
                raise XbenchError(f"task {task.name}: the {column} of a row is empty: mend the row, or remove it")
        return {**declarations.identity(raw), **texts}

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The sentence that is read."""
        return [row["target"]]

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """A sequence for each row: its target as the encoder reads it, then its source as the decoder writes it.

        `marks` counts the sub-tokens that are written, -1 in those that are read; `labels` are the ids that are
        predicted, which is every written one but the first. Each side may have `max_length` sub-tokens.

        Raises:
            XbenchError: The tokenizer does not mark where a text begins and ends, which a decoder must learn.
        """
        around = frame(tokenizer)
        if not len(around.before) or not len(around.after):
            raise XbenchError(
                f"{type(tokenizer).__name__} puts nothing before or behind a text, and a decoder cannot know where one "
                "begins and ends: choose a checkpoint of the BERT or XLM-R family"
            )
        texts = ([row[side] for row in rows] for side in ("target", "source"))
        read, written = (pack(side, None, tokenizer, max_length) for side in texts)
        ours, theirs = np.diff(read.offsets), np.diff(written.offsets)
        bounds = offsets(ours + theirs)
        # Where each sub-token of a side goes: behind all that stands before its row, and, of the second, its own first.
        inputs = np.arange(len(read.ids)) + np.repeat(bounds[:-1] - read.offsets[:-1], ours)
        outputs = np.arange(len(written.ids)) + np.repeat(bounds[:-1] + ours - written.offsets[:-1], theirs)
        ids, types = np.empty(bounds[-1], np.int32), np.zeros(bounds[-1], np.int8)
        ids[inputs], types[inputs], ids[outputs] = read.ids, read.types, written.ids
        marks, labels = np.full(bounds[-1], -1, np.int32), np.full(bounds[-1], _NONE, np.int32)
        marks[outputs] = joined(map(np.arange, theirs), np.int32)
        labels[outputs] = np.where(marks[outputs] > 0, written.ids, _NONE)
        return Features(
            ids=ids,
            types=types,
            offsets=bounds,
            rows=np.arange(len(rows), dtype=np.int32),
            marks=marks,
            labels=labels,
            side=np.zeros(0, np.int8),
            truncated=read.truncated + written.truncated,
            unknown=read.unknown + written.unknown,
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """Texts that were `written`, and references that were `restored` from their sub-tokens, to a table.

        Columns: `id, direction, read, reference, restored, written`.

        Raises:
            XbenchError: They are not as many as the rows.
        """
        import pyarrow as pa

        written, restored = list(output["written"]), list(output["restored"])
        if not len(written) == len(restored) == len(rows):
            raise XbenchError(
                f"{slice}: the head returned {len(written)} texts and {len(restored)} references for {len(rows)} rows"
            )
        columns = {
            "id": [row["id"] for row in rows],
            "direction": [f"{slice.language}{ARROW}{slice.source}"] * len(rows),
            "read": [row["target"] for row in rows],
            "reference": [row["source"] for row in rows],
            "restored": restored,
            "written": written,
        }
        return pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """The first row with the reference of each row, and with the one that its written text is most like.

        Exact translations are rare, so what a fit must beat is one text for everything, which is like one reference.
        """
        references = table["reference"].to_pylist()
        first: dict[str, int] = {}
        gold = np.array([first.setdefault(text, place) for place, text in enumerate(references)], np.int64)
        found = likeness.nearest(table["written"].to_pylist(), list(first))
        return gold, np.where(found >= 0, np.array(list(first.values()), np.int64)[found], -1)

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """BLEU and chrF of what was written and of the restored references, and chrF of what was read."""
        direction, main = table["direction"][0].as_py(), self.main(task)
        reference, language = table["reference"].to_pylist(), direction.split(ARROW)[1]
        for column, ending in _SCORED.items():
            texts = table[column].to_pylist()
            for metric, statistics in (generation.chrf(texts, reference), generation.bleu(texts, reference, language)):
                name = metric.name + ending
                guess = likeness.constant(tuple(reference)) if name == "chrf" else None
                yield Measure(replace(metric, name=name), statistics, name == main, guess, None, direction)


def number(task: Task, name: str) -> int:
    """The setting `layers` or `beams`.

    Raises:
        XbenchError: It is no number from 1 on.
    """
    value = task.settings.get(name, _NUMBERS[name])
    # From the command line it comes as text.
    if isinstance(value, bool) or not str(value).isdecimal() or int(value) < 1:
        raise XbenchError(f"task {task.name}: setting {name!r} is {value!r}: give a number from 1 on")
    return int(value)


kind = Generation()
