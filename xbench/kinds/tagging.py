"""One tag for every word of a sentence.

Columns: `words`, `tags`, and `id` and `group` where there are any. Settings: `mode`, how spans are read
(`lenient`, as the CoNLL script, or `strict` IOB2), and `drop`, tags whose words are removed.
Metrics: with IOB tags precision, recall and F1 of spans, and accuracy over words; with bare tags
accuracy, and `seqeval_f1`, the number that XTREME publishes as part-of-speech accuracy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Align, Carried, Features, Measure, Metric, Slice, Task, Translate, Translator
from xbench.errors import Unavailable, XbenchError, closest
from xbench.kinds import declarations
from xbench.kinds.packing import offsets, room, unknowns
from xbench.kinds.tag_carrying import carry_tags
from xbench.kinds.tag_reading import brought_back, labels_of, read, words_of
from xbench.kinds.windows import cut, frame, shorten, split
from xbench.metrics import shares, spans

if TYPE_CHECKING:
    import pyarrow as pa

_READINGS: Mapping[str, spans.Reading] = MappingProxyType({"lenient": spans.lenient, "strict": spans.strict})
_ACCURACY = Metric("accuracy", shares.percent, "over:words")
_NONE = -100


class Tagging:
    """See the module, and `xbench.api.Kind` and `Carrier` for the methods."""

    name = "tagging"
    version = 1
    carry_version = 1
    head = "xbench.model.heads.tokens:head"
    pipeline = "token-classification"
    columns: Mapping[str, bool] = MappingProxyType({"words": True, "tags": True, "id": False, "group": False})

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or ("f1" if _iob(task) else "accuracy")

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, labels, settings or a main metric that do not fit."""
        metrics = [metric.name for metric in (*_span_metrics(task), _ACCURACY)]
        declarations.check(task, self.columns, ("mode", "drop"), metrics)
        declarations.check_labels(task)
        mode = task.settings.get("mode", "lenient")
        if mode not in _READINGS:
            raise XbenchError(f"task {task.name}: no mode {mode!r} of reading spans: {closest(str(mode), _READINGS)}")
        odd = [label for label in task.labels if not (label == "O" or label[:2] in ("B-", "I-"))]
        if mode == "strict" and odd:
            raise XbenchError(f"task {task.name}: strict spans are IOB2, which has no tag {odd[0]!r}: use mode lenient")

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`words`, `tags` by name, `id` and `group` where given, without the words whose tag is dropped."""
        words, tags = (declarations.listed(raw, column, task) for column in ("words", "tags"))
        if len(words) != len(tags):
            raise XbenchError(
                f"task {task.name}: a sentence has {len(words)} words and {len(tags)} tags ({words[:8]}): mend the row"
            )
        names = [declarations.label_name(tag, task) for tag in tags]
        kept = [(word, name) for word, name in zip(words, names, strict=True) if name is not None]
        return {
            **declarations.identity(raw),
            "words": [declarations.text({"words": word}, "words", task) for word, _ in kept],
            "tags": [name for _, name in kept],
        }

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The sentence that is read, with blanks between its words."""
        return [" ".join(words_of(row))]

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """Sentences to windows of whole words; a sentence that is too long has several, one without words none.

        The first sub-token of a word stands for it: there `marks` is the word's index in its row
        and `labels` (int32) that of its tag. `truncated` counts windows with a shortened word.
        """
        space = room(tokenizer, max_length)
        around = frame(tokenizer)
        sentences = offsets(np.array([len(words_of(row)) for row in rows]))
        words, shortened = shorten(split([words_of(row) for row in rows], tokenizer), space)

        starts = cut(words.offsets, sentences, space)
        ends = np.append(starts, len(shortened))[1:]
        inner = words.offsets[ends] - words.offsets[starts]
        bounds = offsets(len(around.before) + inner + len(around.after))
        # Where each sub-token of a word goes: behind the special tokens of all windows up to its own.
        shift = bounds[:-1] + len(around.before) - words.offsets[starts]
        within = np.arange(len(words.ids)) + np.repeat(shift, inner)
        heads = within[words.offsets[:-1]]
        before = (bounds[:-1, None] + np.arange(len(around.before))).ravel()
        after = (bounds[1:, None] - len(around.after) + np.arange(len(around.after))).ravel()

        ids = np.empty(bounds[-1], np.int32)
        types = np.full(bounds[-1], around.type_within, np.int8)
        ids[within] = words.ids
        ids[before], types[before] = np.tile(around.before, len(starts)), np.tile(around.types_before, len(starts))
        ids[after], types[after] = np.tile(around.after, len(starts)), np.tile(around.types_after, len(starts))

        row_of_word = np.repeat(np.arange(len(rows)), np.diff(sentences))
        marks = np.full(bounds[-1], -1, np.int32)
        marks[heads] = np.arange(len(shortened)) - sentences[row_of_word]
        labels = np.full(bounds[-1], _NONE, np.int32)
        places: dict[str | None, int] = {label: i for i, label in enumerate(task.labels)} | {None: _NONE}
        labels[heads] = [places[tag] for row in rows for tag in labels_of(row)]
        lossy = np.searchsorted(starts, np.flatnonzero(shortened), side="right")
        return Features(
            ids=ids,
            types=types,
            offsets=bounds,
            rows=row_of_word[starts].astype(np.int32),
            marks=marks,
            labels=labels,
            side=np.zeros(0, np.int8),
            truncated=len(np.unique(lossy)),
            unknown=unknowns(words.ids, tokenizer),
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """Logits, float32, (marked tokens, labels), to `id, gold, prediction`: lists, a tag per word of the row.

        Raises:
            XbenchError: The logits have another shape, one is not a number, or the features are of other rows.
        """
        import pyarrow as pa

        logits = np.asarray(output, np.float32)
        sentences = offsets(np.array([len(words_of(row)) for row in rows]))
        marked = features.marks >= 0
        if logits.shape != (marked.sum(), len(task.labels)):
            raise XbenchError(
                f"{slice}: the head returned logits of shape {logits.shape} for {marked.sum()} words and "
                f"{len(task.labels)} labels: its labels must be the task's"
            )
        row_of_word = np.repeat(np.arange(len(rows)), np.diff(sentences))
        place = np.arange(sentences[-1]) - sentences[row_of_word]
        row_of_token = np.repeat(features.rows, features.lengths)
        # Marks are in the order of the words, so that logit i is word i of all rows together.
        if not (np.array_equal(row_of_token[marked], row_of_word) and np.array_equal(features.marks[marked], place)):
            raise XbenchError(f"{slice}: the features do not belong to these rows: encode the rows again")
        broken = np.flatnonzero(~np.isfinite(logits).all(1))
        if len(broken):
            first = rows[row_of_word[broken[0]]]["id"]
            raise XbenchError(
                f"{slice}: the logits of row {first} are not finite ({len(broken)} words in all): "
                "the fit diverged or its dtype overflows; try --dtype fp32 or a lower learning rate"
            )
        said = [task.labels[i] for i in logits.argmax(1)]
        reading = _reading(task)
        bounds = zip(rows, sentences[:-1].tolist(), sentences[1:].tolist(), strict=True)
        return pa.table(
            {
                "id": pa.array([row["id"] for row in rows], pa.string()),
                "gold": pa.array([row["tags"] for row in rows], pa.list_(pa.string())),
                "prediction": pa.array(
                    [brought_back(row, said[begin:end], reading) for row, begin, end in bounds], pa.list_(pa.string())
                ),
            }
        )

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """Gold and predicted tag of every word."""
        gold, predicted = (table[column].combine_chunks().flatten().to_pylist() for column in ("gold", "prediction"))
        return np.array(gold), np.array(predicted)

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """Spans by the task's mode, and accuracy over words; statistics are those of sentences."""
        lengths, gold, predicted, tags = _codes(table)
        main = self.main(task)
        found = spans.counts(lengths, gold, predicted, tags, _reading(task))
        for metric in _span_metrics(task):
            yield Measure(metric, found, metric.name == main)
        sentence = np.repeat(np.arange(len(lengths)), lengths)
        right = np.bincount(sentence[gold == predicted], minlength=len(lengths))
        yield Measure(_ACCURACY, shares.statistics(right, lengths), main == "accuracy", shares.majority(gold))

    def carrying(self, task: Task, translator: Translator) -> Translator:
        """Spans need a method, and some methods an aligner: the user's, or else the task's own.

        Raises:
            Unavailable: The tags are no spans.
            XbenchError: The method needs an aligner, and there is none.
        """
        if not _iob(task):
            raise Unavailable(
                f"the tags of {task.name} are of single words, and those of a translation are other words: "
                "tags can be carried where they mark spans (B-…, I-…); use zero-shot or in-language"
            )
        aligner = translator.aligner or task.aligner
        method = translator.carry or ("both" if aligner else "markers")
        if method != "markers" and aligner is None:
            raise XbenchError(f"--carry {method}: {task.name} has no aligner of its own; name one with --aligner")
        return replace(translator, carry=method, aligner=None if method == "markers" else aligner)

    def carry(
        self, rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align, task: Task, translator: Translator
    ) -> Carried:
        """See `xbench.kinds.tag_carrying`."""
        return carry_tags(rows, translate, align, translator.carry)

    def reading(self, task: Task, translator: Translator) -> Translator:
        """Tags come back by alignment, whatever carries them on the way there.

        Raises:
            Unavailable: The tags are no spans.
            XbenchError: There is no aligner.
        """
        return self.carrying(task, replace(translator, carry="alignment"))

    def read(
        self, rows: Sequence[Mapping[str, Any]], translate: Translate, align: Align, task: Task, translator: Translator
    ) -> Carried:
        """See `xbench.kinds.tag_reading`."""
        return read(rows, translate, align)


def _codes(table: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Words of each sentence, numbers of all gold tags and of all predicted ones, and what these stand for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sides = [table[name].combine_chunks() for name in ("gold", "prediction")]
    lengths = [pc.list_value_length(side).to_numpy(zero_copy_only=False) for side in sides]
    if not np.array_equal(*lengths):
        raise XbenchError("these predictions have not one tag for each word: predict again")
    encoded = pa.concat_arrays([side.flatten() for side in sides]).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return lengths[0].astype(np.int64), *np.split(codes, 2), tuple(encoded.dictionary.to_pylist())


def _iob(task: Task) -> bool:
    return any(label.startswith(("B-", "I-")) for label in task.labels)


def _reading(task: Task) -> spans.Reading:
    return _READINGS[task.settings.get("mode", "lenient")]


def _span_metrics(task: Task) -> tuple[Metric, ...]:
    if not _iob(task):
        return (Metric("seqeval_f1", spans.f1, "mode:bare"),)
    mode = f"mode:{task.settings.get('mode', 'lenient')}"
    return (
        Metric("f1", spans.f1, mode),
        Metric("precision", spans.precision, mode),
        Metric("recall", spans.recall, mode),
    )


kind = Tagging()
