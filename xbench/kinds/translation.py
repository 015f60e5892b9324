"""Which sentence translates which: exact retrieval with the hidden states of every layer.

Columns: `source`, `target`, and `id` and `group` where there are any. Settings: `layers`, {number of layers:
index into the hidden states} for the main number; other depths take two thirds of theirs. Index 0
is the embeddings. `pooling`: which sub-tokens' states a sentence's vector is the mean of: `mean`, all of them and the
special ones (XTREME's, the default); `mean-words`, without the special ones; `cls`, the first special one alone.

The main direction queries with the source language. Metrics: accuracy of the first neighbour, of the first ten, and
mean reciprocal rank, for every layer and direction, by cosine, by CSLS (`accuracy-csls`) and by ratio
margin (`accuracy-margin`); BLEU and chrF of what cosine retrieves at the main layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Features, Measure, Metric, Slice, Task
from xbench.errors import XbenchError, closest
from xbench.kinds import declarations, probes
from xbench.kinds.packing import pack
from xbench.kinds.pooling import POOLINGS, pooled
from xbench.kinds.probes import ARROW, main_layer
from xbench.metrics import generation, ranks, retrieval
from xbench.metrics.similarities import SIMILARITIES

if TYPE_CHECKING:
    import pyarrow as pa

_METRICS = (*(name for one in SIMILARITIES for name in ranks.names(one)), "bleu", "chrf")


class Translation:
    """See the module, and `xbench.api.Kind` for the methods."""

    name = "translation"
    version = 2
    head = "xbench.model.heads.hidden:head"
    pipeline = "sentence-similarity"
    columns: Mapping[str, bool] = MappingProxyType({"source": True, "target": True, "id": False, "group": False})

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or "accuracy"

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, settings or a main metric that do not fit."""
        probes.check(task, self.columns, ("pooling",), _METRICS)
        if _pooling(task) not in POOLINGS:
            raise XbenchError(
                f"task {task.name}: setting 'pooling' is {_pooling(task)!r}: {closest(str(_pooling(task)), POOLINGS)}"
            )

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`source`, `target`, and `id` and `group` where given."""
        # Line ends that data sets leave in are no part of a sentence (Tatoeba's all have one).
        texts = {column: declarations.text(raw, column, task).strip() for column in ("source", "target")}
        for column, text in texts.items():
            if not text:
                raise XbenchError(
                    f"task {task.name}: {column!r} is empty: nothing translates an empty sentence; mend the row"
                )
        return {**declarations.identity(raw), **texts}

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The sentence that is not in the source language."""
        return [row["target"]]

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """A sequence for the source of every row, then one for the target of every row; no labels."""
        texts = [row["source"] for row in rows] + [row["target"] for row in rows]
        packed = pack(texts, None, tokenizer, max_length)
        return Features(
            ids=packed.ids,
            types=packed.types,
            offsets=packed.offsets,
            rows=np.tile(np.arange(len(rows), dtype=np.int32), 2),
            marks=np.zeros(0, np.int32),
            labels=np.zeros(0, np.int32),
            side=np.repeat(np.array([0, 1], np.int8), len(rows)),
            pooled=pooled(packed, _pooling(task), tokenizer, texts),
            truncated=packed.truncated,
            unknown=packed.unknown,
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """Pooled states of both sides, float32, (layers + 1, rows, hidden), to what a search finds.

        One row for each layer, direction and query: `layer, direction, id`; `rank, rank_csls, rank_margin` of the
        gold (null where a similarity is undefined); `neighbours`, the ten nearest by cosine, and their `similarities`;
        `gold_similarity`; `mean_csls, mean_margin`, the query's mean cosine to its nearest neighbours, of which
        with those of the other direction the similarity of any pair follows; `reference, retrieved`. The
        texts stand at the main layer only.

        Raises:
            XbenchError: The states have another shape, are not numbers, or are all zero.
        """
        import pyarrow as pa

        sides = {"source": np.asarray(output["source"]), "target": np.asarray(output["target"])}
        if len({states.shape for states in sides.values()}) > 1 or sides["source"].shape[1] != len(rows):
            shapes = ", ".join(f"{side} {states.shape}" for side, states in sides.items())
            raise XbenchError(f"{slice}: the head returned states of other shapes ({shapes}) than its {len(rows)} rows")
        depth = len(sides["source"]) - 1
        main = main_layer(depth, task)
        there, back = f"{slice.source}{ARROW}{slice.language}", f"{slice.language}{ARROW}{slice.source}"
        tables = []
        for layer in range(depth + 1):
            for side, states in sides.items():
                _check_states(states[layer], f"{slice}: {side}, layer {layer}", rows)
            found = retrieval.search(sides["source"][layer], sides["target"][layer])
            for direction, hits, pool in ((there, found[0], "target"), (back, found[1], "source")):
                texts = [row[pool] for row in rows] if layer == main else None
                tables.append(_table(layer, direction, hits, rows, texts))
        return pa.concat_tables(tables).combine_chunks()

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """Right and retrieved row of every query, at the main layer in the main direction."""
        layers, directions = _layers(table), np.array(table["direction"].to_pylist())
        chosen = (layers == main_layer(int(layers.max()), task)) & (directions == directions[0])
        first = np.array([found[0] for found in table.filter(chosen)["neighbours"].to_pylist()])
        return np.arange(len(first)), first

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """Accuracies and mean reciprocal rank everywhere by each similarity, BLEU and chrF at the main layer."""
        layers, directions = _layers(table), np.array(table["direction"].to_pylist())
        depth, main = int(layers.max()), self.main(task)
        best = main_layer(depth, task)
        found = {one.name: table[_rank(one.name)].to_numpy() for one in SIMILARITIES}
        for direction in dict.fromkeys(directions.tolist()):
            first = direction == directions[0]
            for layer in range(depth + 1):
                own = (layers == layer) & (directions == direction)
                known_by = main if first and layer == best else None
                for similarity in SIMILARITIES:
                    places = found[similarity.name][own]
                    # Undefined here: averages say that they lack it.
                    if np.isnan(places).any():
                        continue
                    for metric, statistics, chance in ranks.measured(places, similarity):
                        main_here = metric.name == known_by
                        yield Measure(_stated(metric, task), statistics, main_here, chance, layer, direction)
            texts = table.filter((layers == best) & (directions == direction))
            retrieved, reference = texts["retrieved"].to_pylist(), texts["reference"].to_pylist()
            language = direction.split(ARROW)[1]
            for metric, statistics in (
                generation.bleu(retrieved, reference, language),
                generation.chrf(retrieved, reference),
            ):
                main_here = first and metric.name == main
                yield Measure(_stated(metric, task), statistics, main_here, None, best, direction)


def _pooling(task: Task) -> Any:
    return task.settings.get("pooling", POOLINGS[0])


def _stated(metric: Metric, task: Task) -> Metric:
    """The metric, whose mode says how sentences were pooled where that is not what is usual."""
    if _pooling(task) == POOLINGS[0]:
        return metric
    return replace(metric, mode=f"{metric.mode}|pooling:{_pooling(task)}")


def _layers(table: pa.Table) -> np.ndarray:
    return table["layer"].to_numpy()


def _rank(similarity: str) -> str:
    """The column that has the gold's place by a similarity."""
    return "rank" if similarity == SIMILARITIES[0].name else f"rank_{similarity}"


def _check_states(states: np.ndarray, where: str, rows: Sequence[Mapping[str, Any]]) -> None:
    broken = np.flatnonzero(~np.isfinite(states).all(1))
    if len(broken):
        raise XbenchError(
            f"{where}: the state of row {rows[broken[0]]['id']} is not finite ({len(broken)} rows in all): "
            "try --dtype fp32; if it stays, the checkpoint's weights are broken"
        )
    zero = np.flatnonzero(~states.any(1))
    if len(zero):
        raise XbenchError(
            f"{where}: the state of row {rows[zero[0]]['id']} is all zeros ({len(zero)} rows in all), "
            "and has no direction to search in: check the checkpoint's weights and pooling"
        )


def _table(
    layer: int, direction: str, hits: retrieval.Hits, rows: Sequence[Mapping[str, Any]], texts: Sequence[str] | None
) -> pa.Table:
    import pyarrow as pa

    starts = np.arange(0, hits.neighbours.size + 1, hits.neighbours.shape[1], dtype=np.int32)
    retrieved = [texts[i] for i in hits.neighbours[:, 0]] if texts else None
    places = {
        _rank(name): pa.nulls(len(rows), pa.int32()) if found is None else pa.array(found)
        for name, found in hits.ranks.items()
    }
    return pa.table(
        {
            "layer": pa.array(np.full(len(rows), layer, np.int16)),
            "direction": pa.array([direction] * len(rows), pa.string()),
            "id": pa.array([row["id"] for row in rows], pa.string()),
            **places,
            "neighbours": pa.ListArray.from_arrays(starts, hits.neighbours.ravel()),
            "similarities": pa.ListArray.from_arrays(starts, hits.similarities.ravel()),
            "gold_similarity": pa.array(hits.gold),
            **{f"mean_{name}": pa.array(means) for name, means in hits.means.items()},
            "reference": pa.array(texts, pa.string()) if texts else pa.nulls(len(rows), pa.string()),
            "retrieved": pa.array(retrieved, pa.string()) if retrieved else pa.nulls(len(rows), pa.string()),
        }
    )


kind = Translation()
