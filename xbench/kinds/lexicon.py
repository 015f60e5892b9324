"""Which word translates which: lexicon induction with the hidden states of every layer.

Columns: `source` and `target`, a pair of words; `id` and `group` where there are any. A word that stands in several
rows has several right answers. Queries are the different words of one side of the test rows, and the pool is the
different words of the other side: no other vocabulary is searched. The main direction queries with the source language.

Settings: `layers`, as in the kind translation, and `vectors`:

- `isolated` (the default): the word alone between the special tokens;
- `contextual`: the mean over the sentences in which it occurs. They stand in `source_context` and `target_context`, a
  list of sentences; where the word is in each, in `source_span`, a list of its begin and end in characters, or in
  `source_index`, a list of which of the words with blanks between them it is, from 0; likewise for the target.

A word's vector is the mean over its sub-tokens, without the special ones. Metrics, for every layer and direction:
`precision@1`, `precision@5` and `precision@10`, how often a right answer is among so many nearest words by cosine, and
`precision@1-csls` and so on by CSLS; the main one is `precision@1-csls`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Features, Measure, Metric, Slice, Task
from xbench.errors import XbenchError, closest
from xbench.kinds import declarations, marking, occurrences, probes
from xbench.kinds.probes import ARROW, main_layer, spread
from xbench.metrics import candidates, lexicon, shares
from xbench.metrics.similarities import COSINE, CSLS, Similarity

if TYPE_CHECKING:
    import pyarrow as pa

SIDES = ("source", "target")
_VECTORS = ("isolated", "contextual")
_COMPARED = (COSINE, CSLS)
_AMONG = (1, 5, 10)
_NONE = -100


class Lexicon:
    """See the module, and `xbench.api.Kind` for the methods."""

    name = "lexicon"
    version = 1
    head = "xbench.model.heads.words:head"
    columns: Mapping[str, bool] = MappingProxyType(
        {**dict.fromkeys(SIDES, True), "id": False, "group": False, **dict.fromkeys(occurrences.columns(SIDES), False)}
    )

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or _name(CSLS, 1)

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, settings or a main metric that do not fit."""
        metrics = [_name(similarity, k) for similarity in _COMPARED for k in _AMONG]
        probes.check(task, self.columns, ("vectors",), metrics)
        chosen = task.settings.get("vectors", _VECTORS[0])
        if chosen not in _VECTORS:
            raise XbenchError(f"task {task.name}: no vectors {chosen!r}: {closest(str(chosen), _VECTORS)}")
        if _contextual(task):
            occurrences.check(task, SIDES)

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`source`, `target`, `id` and `group` where given; with contextual vectors also where the words occur."""
        words = {side: declarations.text(raw, side, task).strip() for side in SIDES}
        if not all(words.values()):
            raise XbenchError(f"task {task.name}: a pair has an empty word ({words}): mend the row, or remove it")
        found = {f"{side}_context": occurrences.read(raw, side, task) for side in SIDES} if _contextual(task) else {}
        return {**declarations.identity(raw), **words, **found}

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The word that is not in the source language."""
        return [row["target"]]

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """A sequence for every occurrence of the sources of all rows, then of the targets.

        `marks` is 0 where a sub-token belongs to the word, and `labels` (int32) is there the index of the row.

        Raises:
            XbenchError: Nothing is left of a word.
        """
        found = [(row, side, at) for side in (0, 1) for row in range(len(rows)) for at in _where(rows[row], side)]
        row, side = (np.array([occurrence[place] for occurrence in found]) for place in (0, 1))
        texts, spans = [text for *_, (text, _, _) in found], [(begin, end) for *_, (_, begin, end) in found]
        marked = marking.spans(texts, spans, tokenizer, max_length)
        of_token = np.repeat(row, np.diff(marked.offsets))
        inside = marked.marks >= 0
        for place, name in enumerate(SIDES):
            seen = np.repeat(side == place, np.diff(marked.offsets)) & inside
            lost = np.setdiff1d(np.arange(len(rows)), of_token[seen])
            if len(lost):
                raise XbenchError(_lost(rows[lost[0]], name, len(lost), max_length, task))
        return Features(
            ids=marked.ids,
            types=marked.types,
            offsets=marked.offsets,
            rows=row.astype(np.int32),
            marks=marked.marks,
            labels=np.where(inside, of_token, _NONE).astype(np.int32),
            side=side.astype(np.int8),
            truncated=marked.truncated,
            unknown=marked.unknown,
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """Vectors of the occurrences of both sides, float32, (layers + 1, occurrences, hidden), to ranks.

        One row for each layer, direction and row of the slice: `layer, direction, id, word, right, cosine_rank,
        csls_rank`, where `right` is how many answers are, and ranks are those of the best of them, counted from 1.
        Only the first row of a word has ranks, so that a word counts once. At the main layer also `answers`, and the
        ten nearest words of the pool, `cosine_found` and `csls_found`.

        Raises:
            XbenchError: The vectors have another shape, are not numbers, or are all zero.
        """
        import pyarrow as pa

        sides = [_Side.of(rows, name) for name in SIDES]
        vectors = []
        for place, (side, name) in enumerate(zip(sides, SIDES, strict=True)):
            states = np.asarray(output[name])
            seen = _occurrences(features, place)
            if states.shape[1] != len(seen):
                raise XbenchError(f"{slice}: the head returned {states.shape[1]} vectors of the {name} for {len(seen)}")
            vectors.append(lexicon.means(states, side.places[features.rows[seen]]))
            _check(vectors[-1], side.words, f"{slice}: {name}")
        right = np.zeros((len(sides[0].words), len(sides[1].words)), bool)
        right[sides[0].places, sides[1].places] = True
        depth = len(vectors[0]) - 1
        main = main_layer(depth, task)
        tables = []
        for layer in range(depth + 1):
            found = lexicon.similarities(vectors[0][layer], vectors[1][layer], _COMPARED)
            back = {name: similarity.T for name, similarity in found.items()}
            directions = (
                (f"{slice.source}{ARROW}{slice.language}", sides[0], sides[1], found, right),
                (f"{slice.language}{ARROW}{slice.source}", sides[1], sides[0], back, right.T),
            )
            tables += [_table(layer, layer == main, rows, *direction) for direction in directions]
        return pa.concat_tables(tables).combine_chunks()

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """A right answer and the nearest word by CSLS, of every query, at the main layer in the main direction."""
        import pyarrow.compute as pc

        chosen = table.filter(pc.is_valid(table["csls_found"]))
        first = chosen["direction"][0].as_py()
        rows = chosen.filter(pc.equal(chosen["direction"], first)).to_pylist()
        return np.array([row["answers"][0] for row in rows]), np.array([row["csls_found"][0] for row in rows])

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """Precision among 1, 5 and 10, by both similarities, for every layer and direction."""
        layers, directions = table["layer"].to_numpy(), np.array(table["direction"].to_pylist())
        right = table["right"].to_numpy()
        depth, main = int(layers.max()), self.main(task)
        best = main_layer(depth, task)
        ways = list(dict.fromkeys(directions.tolist()))
        ranks = {one.name: table[f"{one.name}_rank"].to_numpy(zero_copy_only=False) for one in _COMPARED}
        # A row that is not the first of its word has no rank, and weighs nothing.
        counts = np.isfinite(ranks[COSINE.name])
        for way, back in zip(ways, ways[::-1], strict=True):
            pool = int(counts[(layers == 0) & (directions == back)].sum())
            for layer in range(depth + 1):
                own = (layers == layer) & (directions == way)
                for similarity, k in product(_COMPARED, _AMONG):
                    metric = Metric(_name(similarity, k), shares.percent, similarity.mode(pool))
                    known_by = metric.name == main and layer == best and way == ways[0]
                    earned = shares.statistics(ranks[similarity.name][own] <= k, counts[own])
                    guess = candidates.chance(right[own][counts[own]], pool, k)
                    yield Measure(metric, earned, known_by, guess, layer, way)


@dataclass(frozen=True)
class _Side:
    """One side of the rows.

    Attributes:
        words: The different ones, in the order of their first rows.
        places: Row -> its word, an index into them, (rows,).
    """

    words: list[str]
    places: np.ndarray

    @staticmethod
    def of(rows: Sequence[Mapping[str, Any]], side: str) -> _Side:
        known: dict[str, int] = {}
        places = [known.setdefault(row[side], len(known)) for row in rows]
        return _Side(list(known), np.array(places))

    @cached_property
    def first(self) -> np.ndarray:
        """The first row of every word, (words,)."""
        return np.unique(self.places, return_index=True)[1]


def _name(similarity: Similarity, k: int) -> str:
    return similarity.naming(f"precision@{k}")


def _contextual(task: Task) -> bool:
    return bool(task.settings.get("vectors", _VECTORS[0]) == "contextual")


def _where(row: Mapping[str, Any], side: int) -> list[tuple[str, int, int]]:
    """Text, begin and end of every occurrence of a word."""
    word = row[SIDES[side]]
    found = row.get(f"{SIDES[side]}_context", [(word, 0, len(word))])
    return [(text, begin, end) for text, begin, end in found]


def _occurrences(features: Features, side: int) -> np.ndarray:
    """Sequences of a side that show their word: of others, it was cut off."""
    shown = np.logical_or.reduceat(features.marks >= 0, features.offsets[:-1])
    return np.flatnonzero(shown & (features.side == side))


def _lost(row: Mapping[str, Any], side: str, count: int, max_length: int, task: Task) -> str:
    what = f"task {task.name}: nothing is left of the {side} {row[side]!r} of row {row['id']} ({count} in all)"
    if _contextual(task):
        return f"{what}: it stands beyond {max_length} sub-tokens of its sentences; raise max_length, or shorten them"
    return f"{what}: the tokenizer makes nothing of it; remove words of nothing but invisible characters"


def _check(vectors: np.ndarray, words: Sequence[str], where: str) -> None:
    for fault, bad in (
        ("is not finite: try --dtype fp32; if it stays, the checkpoint's weights are broken", ~np.isfinite(vectors)),
        ("is all zeros: check the checkpoint's weights", ~vectors.any(-1, keepdims=True)),
    ):
        layers, places = np.nonzero(bad.any(-1))
        if len(places):
            raise XbenchError(f"{where}, layer {layers[0]}: the vector of {words[places[0]]!r} {fault}")


def _table(
    layer: int, main: bool, rows: Sequence[Mapping[str, Any]], direction: str, queries: _Side, pool: _Side,
    similarities: Mapping[str, np.ndarray], right: np.ndarray,
) -> pa.Table:  # fmt: skip
    import pyarrow as pa

    def own(values: Sequence[Any], type: pa.DataType) -> pa.Array:
        return spread(values, queries.first, len(rows), type)

    def told(found: Iterable[np.ndarray]) -> list[list[str]]:
        return [[pool.words[place] for place in places] for places in found]

    texts = pa.list_(pa.string())
    empty = pa.nulls(len(rows), texts)
    columns = {
        "layer": pa.array(np.full(len(rows), layer, np.int16)),
        "direction": pa.array([direction] * len(rows), pa.string()),
        "id": pa.array([row["id"] for row in rows], pa.string()),
        "word": pa.array([queries.words[place] for place in queries.places], pa.string()),
        "right": pa.array(right.sum(1)[queries.places], pa.int32()),
        "answers": own(told(map(np.flatnonzero, right)), texts) if main else empty,
    }
    for name, similarity in similarities.items():
        columns[f"{name}_rank"] = own(candidates.ranks(similarity, right).tolist(), pa.int32())
        columns[f"{name}_found"] = own(told(candidates.nearest(similarity, 10)), texts) if main else empty
    return pa.table(columns)


kind = Lexicon()
