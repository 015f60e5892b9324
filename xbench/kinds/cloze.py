"""Which word of another language fills a gap: the checkpoint's own masked-LM head ranks candidates.

Columns: `source` (a word), `target` (its translation, or a list of them), where there are any `source_text` and
`target_text` (texts around the word), `id` and `group`. Settings: `text` and `pair`, the templates of a sequence, with
columns and `language` (the English name of the target's) in braces; one `{mask}` is left in them, or stands in a
`target_text` that they name. Without settings: `{source}` beside `{mask}`.

Candidates are all targets of the slice. One of n sub-tokens is scored with n masks in the gap, by the mean over its
sub-tokens of log p(sub-token at its mask | everything but the gap): independent masks and length-normalised
log-probability are those of X-FACTR (Jiang et al. 2020, https://aclanthology.org/2020.emnlp-main.479); that candidates
are given is the typed querying of Kassner et al. 2021 (https://aclanthology.org/2021.eacl-main.284). Equal scores keep
the order of the slice. Metrics: accuracy of the first candidate, of the first 5 and 10, and mean reciprocal rank, over
different queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Features, Measure, Metric, Slice, Task
from xbench.errors import XbenchError
from xbench.kinds import declarations, templates
from xbench.kinds.packing import flat, offsets, pack
from xbench.kinds.probes import ARROW, spread
from xbench.languages import language
from xbench.metrics import candidates, shares

if TYPE_CHECKING:
    import pyarrow as pa

QUERY, CANDIDATE = 0, 1
"""Sides of the features: sequences with masks, and candidates as bare sub-tokens."""
_TEXTS = ("source_text", "target_text")
_DEFAULT = MappingProxyType({"text": "{source}", "pair": templates.MASK})
_KEPT = 10
_MODE = "score:mean-log-prob|candidates:slice"
_FIRST: Mapping[str, int] = MappingProxyType({"accuracy": 1, "accuracy@5": 5, "accuracy@10": 10})
_RECIPROCAL = "mrr"


class Cloze:
    """See the module, and `xbench.api.Kind` for the methods."""

    name = "cloze"
    version = 1
    head = "xbench.model.heads.masked:head"
    pipeline = "fill-mask"
    columns: Mapping[str, bool] = MappingProxyType(
        {"source": True, "target": True, **dict.fromkeys(_TEXTS, False), "id": False, "group": False}
    )

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or "accuracy"

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, settings, labels or a main metric that do not fit, and for training."""
        declarations.check(task, self.columns, tuple(_DEFAULT), [*_FIRST, _RECIPROCAL])
        declarations.check_no_labels(task)
        if task.recipe is not None or "train" in task.splits:
            raise XbenchError(
                f"task {task.name}: kind {task.kind} uses the checkpoint's masked-LM head as it is: give no recipe, "
                'and splits without "train"'
            )
        if "pair" in task.settings and "text" not in task.settings:
            raise XbenchError(f"task {task.name}: setting 'pair' stands beside a 'text': give that too")
        known = ["source", "language", *(column for column in _TEXTS if column in task.data.columns)]
        found = []
        for name, template in _templates(task).items():
            found += templates.names(template, known, f"task {task.name}: setting {name!r}")
        if found.count("mask") + found.count("target_text") != 1:
            raise XbenchError(
                f"task {task.name}: the templates {_templates(task)} need one gap: {templates.MASK}, or "
                f"{{target_text}} with {templates.MASK} in it, once"
            )

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`source`, `target` as a list, the texts, `language`, and `id` and `group` where given.

        Raises:
            XbenchError: A word is empty.
        """
        answers = raw["target"] if isinstance(raw["target"], list | tuple) else [raw["target"]]
        words = [declarations.text({"target": answer}, "target", task).strip() for answer in answers]
        source = declarations.text(raw, "source", task).strip()
        if not source or not words or not all(words):
            raise XbenchError(f"task {task.name}: a row has an empty word ({source!r}, {words}): mend it, or remove it")
        texts = {column: declarations.text(raw, column, task) for column in _TEXTS if column in raw}
        own = {"source": source, "target": list(dict.fromkeys(words)), "language": raw["language"]}
        return {**declarations.identity(raw), **own, **texts}

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The words that fill the gap."""
        return list(row["target"])

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """For each query a sequence with n masks for each length n that a candidate has, then the candidates.

        `side` tells them apart. `rows` are the first rows of the queries, and the places of the candidates in their
        order; `marks` counts the masks of a sequence from 0.

        Raises:
            XbenchError: The tokenizer has no mask or makes nothing of a candidate, a query has more or less than one
                gap, or a sequence is too long: cut off, it could lose its gap.
        """
        _check_mask(tokenizer)
        queries = _Queries.of(rows, task)
        # As a word in running text, with the space before it: byte-level tokenizers tell the two apart.
        words = tokenizer([f" {word}" for word in queries.candidates], add_special_tokens=False)["input_ids"]
        if lost := [word for word, pieces in zip(queries.candidates, words, strict=True) if not pieces]:
            raise XbenchError(f"the tokenizer makes nothing of {lost[0]!r} ({len(lost)} words in all): remove it")
        counts = sorted({len(pieces) for pieces in words})
        texts, pairs = (
            [side.replace(templates.MASK, tokenizer.mask_token * count) for side in sides for count in counts]
            for sides in (queries.texts, queries.pairs)
        )
        packed = pack(texts, pairs if any(pairs) else None, tokenizer, max_length)
        lengths = np.diff(packed.offsets)
        first = np.repeat(queries.first, len(counts))
        if packed.truncated:
            row = rows[first[lengths.argmax()]]
            raise XbenchError(
                f"the templates of row {row['id']} make more than {max_length} sub-tokens ({packed.truncated} "
                "sequences in all): raise max_length, or shorten them"
            )
        masked = packed.ids == tokenizer.mask_token_id
        before = np.cumsum(masked) - masked
        marks = np.where(masked, before - np.repeat(before[packed.offsets[:-1]], lengths), -1)
        own = np.add.reduceat(masked, packed.offsets[:-1])
        odd = np.flatnonzero(own != np.tile(counts, len(queries.texts)))
        if len(odd):
            raise XbenchError(
                f"row {rows[first[odd[0]]]['id']} has a {tokenizer.mask_token} of its own in its texts: remove it"
            )
        pieces = flat(words, np.int32)
        sizes = np.array([len(word) for word in words], np.int64)
        return Features(
            ids=np.concatenate([packed.ids, pieces]),
            types=np.concatenate([packed.types, np.zeros(len(pieces), np.int8)]),
            offsets=offsets(np.concatenate([lengths, sizes])),
            rows=np.concatenate([first, np.arange(len(words))]).astype(np.int32),
            marks=np.concatenate([marks, np.full(len(pieces), -1)]).astype(np.int32),
            labels=np.zeros(0, np.int32),
            side=np.repeat(np.array([QUERY, CANDIDATE], np.int8), [len(lengths), len(words)]),
            truncated=0,
            unknown=packed.unknown + _unknown(pieces, tokenizer),
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """Scores of all candidates, float32, (queries, candidates), to where the right ones stand.

        One row for each row of the slice: `id, direction, source, answers, candidates, rank, found, scores,
        answer_score`. The last four are those of a query, and only its first row has them: the rank of the best
        answer, the ten best candidates with their scores, and the best score of an answer.

        Raises:
            XbenchError: The scores have another shape, or one is not a number.
        """
        import pyarrow as pa

        queries = _Queries.of(rows, task)
        scores = np.asarray(output, np.float32)
        if scores.shape != queries.right.shape:
            raise XbenchError(
                f"{slice}: the head returned scores of shape {scores.shape} for {len(queries.texts)} queries and "
                f"{len(queries.candidates)} candidates"
            )
        broken = np.flatnonzero(~np.isfinite(scores).all(1))
        if len(broken):
            raise XbenchError(
                f"{slice}: the scores of row {rows[queries.first[broken[0]]]['id']} are not finite ({len(broken)} "
                "queries in all): try --dtype fp32; if it stays, the checkpoint's weights are broken"
            )
        best = candidates.nearest(scores, _KEPT)

        def own(values: Sequence[Any], type: pa.DataType) -> pa.Array:
            return spread(values, queries.first, len(rows), type)

        answers = [[queries.candidates[place] for place in np.flatnonzero(right)] for right in queries.right]
        found = [[queries.candidates[place] for place in places] for places in best]
        return pa.table(
            {
                "id": pa.array([row["id"] for row in rows], pa.string()),
                "direction": pa.array([f"{slice.source}{ARROW}{slice.language}"] * len(rows), pa.string()),
                "source": pa.array([row["source"] for row in rows], pa.string()),
                "answers": own(answers, pa.list_(pa.string())),
                "candidates": pa.array([len(queries.candidates)] * len(rows), pa.int32()),
                "rank": own(candidates.ranks(scores, queries.right).tolist(), pa.int32()),
                "found": own(found, pa.list_(pa.string())),
                "scores": own(np.take_along_axis(scores, best, axis=1).tolist(), pa.list_(pa.float32())),
                "answer_score": own(np.where(queries.right, scores, -np.inf).max(1).tolist(), pa.float32()),
            }
        )

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """The best candidate of every query, and a right one: the same where that is right."""
        rows = [row for row in table.to_pylist() if row["rank"] is not None]
        gold = [row["found"][0] if row["rank"] == 1 else row["answers"][0] for row in rows]
        return np.array(gold), np.array([row["found"][0] for row in rows])

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """Accuracy of the first 1, 5 and 10 candidates, and mean reciprocal rank."""
        direction, main = table["direction"][0].as_py(), self.main(task)
        ranks = np.array([np.inf if rank is None else rank for rank in table["rank"].to_pylist()])
        # A row that repeats a query has no rank, and weighs nothing.
        counts = np.isfinite(ranks)
        right = np.array([len(answers) for answers in table["answers"].to_pylist() if answers is not None])
        for name, first in _FIRST.items():
            guess = candidates.chance(right, table["candidates"][0].as_py(), first)
            statistics = shares.statistics(ranks <= first, counts)
            yield Measure(Metric(name, shares.percent, _MODE), statistics, name == main, guess, None, direction)
        statistics = shares.statistics(1.0 / ranks, counts)
        metric = Metric(_RECIPROCAL, shares.percent, _MODE)
        yield Measure(metric, statistics, main == _RECIPROCAL, None, None, direction)


@dataclass(frozen=True)
class _Queries:
    """The different questions that rows ask.

    Attributes:
        texts: Filled templates, one each, with the gap in it or in its pair.
        pairs: Likewise; empty where the template is.
        first: The first row of each, int64, (queries,), ascending.
        candidates: The different targets of the rows, in their order.
        right: Which of them answer a question: what any of its rows says, bool, (queries, candidates).
    """

    texts: list[str]
    pairs: list[str]
    first: np.ndarray
    candidates: list[str]
    right: np.ndarray

    @staticmethod
    def of(rows: Sequence[Mapping[str, Any]], task: Task) -> _Queries:
        """Fills the templates.

        Raises:
            XbenchError: There is no gap in one, or more than one.
        """
        known: dict[tuple[str, str], int] = {}
        places, first = [], []
        for place, row in enumerate(rows):
            query = _filled(row, task)
            if query not in known:
                first.append(place)
            places.append(known.setdefault(query, len(known)))
        pool: dict[str, int] = {}
        answers = [[pool.setdefault(word, len(pool)) for word in row["target"]] for row in rows]
        right = np.zeros((len(known), len(pool)), bool)
        for query_place, own in zip(places, answers, strict=True):
            right[query_place, own] = True
        return _Queries([text for text, _ in known], [pair for _, pair in known], np.array(first), list(pool), right)


def _templates(task: Task) -> dict[str, Any]:
    own = {name: task.settings[name] for name in _DEFAULT if name in task.settings}
    return own or dict(_DEFAULT)


def _filled(row: Mapping[str, Any], task: Task) -> tuple[str, str]:
    values = {**row, "language": language(row["language"]).name}
    filled = {name: templates.fill(template, values) for name, template in _templates(task).items()}
    text, pair = filled.get("text", ""), filled.get("pair", "")
    if (text + pair).count(templates.MASK) != 1:
        raise XbenchError(
            f"row {row['id']}: its templates, filled, have {(text + pair).count(templates.MASK)} gaps, and need one: "
            f"write {templates.MASK} in the template, or once in target_text"
        )
    return text, pair


def _check_mask(tokenizer: Any) -> None:
    if tokenizer.mask_token_id is None:
        raise XbenchError(f"{type(tokenizer).__name__} has no mask token: a cloze needs a masked language model")
    if tokenizer(tokenizer.mask_token, add_special_tokens=False)["input_ids"] != [tokenizer.mask_token_id]:
        raise XbenchError(
            f"{type(tokenizer).__name__} does not read its own mask token {tokenizer.mask_token}: add it as a special "
            "token, and save the tokenizer again"
        )


def _unknown(pieces: np.ndarray, tokenizer: Any) -> int:
    return 0 if tokenizer.unk_token_id is None else int((pieces == tokenizer.unk_token_id).sum())


kind = Cloze()
