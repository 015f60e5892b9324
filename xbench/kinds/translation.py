"""Which sentence translates which: exact retrieval with the hidden states of every layer.

Columns: `source`, `target`, and `id` and `group` where there are any. Setting: `layers`, {number of layers:
index into the hidden states} for the main number; other depths take two thirds of theirs. Index 0
is the embeddings. The main direction queries with the source language. Metrics: accuracy of the
first neighbour and mean reciprocal rank for every layer and direction; BLEU and chrF of what was
retrieved at the main layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Features, Measure, Metric, Slice, Task
from xbench.errors import XbenchError
from xbench.kinds import declarations
from xbench.kinds.packing import pack
from xbench.metrics import generation, retrieval, shares

if TYPE_CHECKING:
    import pyarrow as pa

ARROW = "→"
_ACCURACY = Metric("accuracy", shares.percent)
_RECIPROCAL = Metric("mrr", shares.percent)
_METRICS = ("accuracy", "mrr", "bleu", "chrf")


class Translation:
    """See the module, and `xbench.api.Kind` for the methods."""

    name = "translation"
    version = 1
    head = "xbench.model.heads.hidden:head"
    columns: Mapping[str, bool] = MappingProxyType({"source": True, "target": True, "id": False, "group": False})

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or "accuracy"

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, settings or a main metric that do not fit."""
        declarations.check(task, self.columns, ("layers",), _METRICS)
        if task.labels:
            raise XbenchError(f"task {task.name}: kind {task.kind} has no labels: remove them")
        layers = task.settings.get("layers", {})
        if not isinstance(layers, Mapping) or not all(_fits(depth, index) for depth, index in layers.items()):
            raise XbenchError(
                f"task {task.name}: setting 'layers' is {layers!r}: give {{number of layers: index into the hidden "
                "states}, such as {12: 8}, with indices from 0 (embeddings) to the number of layers"
            )

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`source`, `target`, and `id` and `group` where given."""
        # Line ends that data sets leave in are no part of a sentence (Tatoeba's all have one).
        texts = {column: declarations.text(raw, column, task).strip() for column in ("source", "target")}
        return {**declarations.identity(raw), **texts}

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
            truncated=packed.truncated,
            unknown=packed.unknown,
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """Mean-pooled states of both sides, float32, (layers + 1, rows, hidden), to what a search finds.

        One row for each layer, direction and query: `layer, direction, id, rank, neighbours,
        similarities, gold_similarity, reference, retrieved`. The texts stand at the main layer only.

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
        directions = (
            (f"{slice.source}{ARROW}{slice.language}", "source", "target"),
            (f"{slice.language}{ARROW}{slice.source}", "target", "source"),
        )
        tables = []
        for layer in range(depth + 1):
            vectors = {
                side: _unit(states[layer], f"{slice}: {side}, layer {layer}", rows) for side, states in sides.items()
            }
            for direction, queries, pool in directions:
                hits = retrieval.search(vectors[queries], vectors[pool])
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
        """Accuracy and mean reciprocal rank everywhere, BLEU and chrF at the main layer."""
        layers, directions = _layers(table), np.array(table["direction"].to_pylist())
        rank = table["rank"].to_numpy()
        depth, main = int(layers.max()), self.main(task)
        best = main_layer(depth, task)
        for direction in dict.fromkeys(directions.tolist()):
            first = direction == directions[0]
            for layer in range(depth + 1):
                ranks = rank[(layers == layer) & (directions == direction)]
                chance = 100.0 / len(ranks)
                known_by = first and layer == best
                found = ((_ACCURACY, ranks == 1, chance), (_RECIPROCAL, 1.0 / ranks, None))
                for metric, earned, guess in found:
                    statistics = shares.statistics(earned)
                    yield Measure(metric, statistics, known_by and metric.name == main, guess, layer, direction)
            texts = table.filter((layers == best) & (directions == direction))
            retrieved, reference = texts["retrieved"].to_pylist(), texts["reference"].to_pylist()
            language = direction.split(ARROW)[1]
            for metric, statistics in (
                generation.bleu(retrieved, reference, language),
                generation.chrf(retrieved, reference),
            ):
                yield Measure(metric, statistics, first and metric.name == main, None, best, direction)


def main_layer(depth: int, task: Task) -> int:
    """Index into the hidden states that the task is known by, for an encoder of so many layers.

    Example:
        >>> from xbench.api import Data
        >>> data = Data("owner/name", "main", {}, {}, "", "")
        >>> task = Task("tatoeba", 1, "translation", data, settings={"layers": {24: 14}})
        >>> main_layer(24, task), main_layer(12, task)
        (14, 8)
    """
    # A declaration that was read back from JSON has text for keys.
    layers = {int(known): index for known, index in task.settings.get("layers", {}).items()}
    return layers.get(depth, max(1, round(2 / 3 * depth)))


def _fits(depth: Any, index: Any) -> bool:
    return isinstance(depth, int) and isinstance(index, int) and depth >= 1 and 0 <= index <= depth


def _layers(table: pa.Table) -> np.ndarray:
    return table["layer"].to_numpy()


def _unit(states: np.ndarray, where: str, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
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
    return retrieval.unit(states)


def _table(
    layer: int, direction: str, hits: retrieval.Hits, rows: Sequence[Mapping[str, Any]], texts: Sequence[str] | None
) -> pa.Table:
    import pyarrow as pa

    starts = np.arange(0, hits.neighbours.size + 1, hits.neighbours.shape[1], dtype=np.int32)
    retrieved = [texts[i] for i in hits.neighbours[:, 0]] if texts else None
    return pa.table(
        {
            "layer": pa.array(np.full(len(rows), layer, np.int16)),
            "direction": pa.array([direction] * len(rows), pa.string()),
            "id": pa.array([row["id"] for row in rows], pa.string()),
            "rank": pa.array(hits.rank),
            "neighbours": pa.ListArray.from_arrays(starts, hits.neighbours.ravel()),
            "similarities": pa.ListArray.from_arrays(starts, hits.similarities.ravel()),
            "gold_similarity": pa.array(hits.gold),
            "reference": pa.array(texts, pa.string()) if texts else pa.nulls(len(rows), pa.string()),
            "retrieved": pa.array(retrieved, pa.string()) if retrieved else pa.nulls(len(rows), pa.string()),
        }
    )


kind = Translation()
