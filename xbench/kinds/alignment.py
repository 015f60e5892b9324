"""Which words of two sentences translate each other: word alignment with the hidden states of every layer.

Columns: `source` and `target`, sentences as words with blanks between them; `links`, gold links with blanks between
them as Pharaoh writes them: `3-4` joins word 3 of the source and word 4 of the target for sure, `3p4` possibly (a link
that is both is sure); `id` and `group` where there are any. Settings: `first_index`, the number of the first word in
`links`, 0 or 1, which must be given; and `layers`, as in the kind translation.

Links are found between sub-tokens (`xbench.metrics.alignment` says how), without the special ones, and two words are
linked if any of their sub-tokens are. Metrics, for every layer and each of `argmax`, `itermax` and `softmax`:
`f1-argmax`, `precision-argmax`, `recall-argmax`, and `aer-argmax`, the alignment error rate, of which less is better.
All are symmetric: it plays no part which language is the source. The main metric is `f1-argmax`: of argmax, since the
constants of the others were chosen for encoders of one size, and F1, since what a task is known by is better the higher
it is. On gold links that are all sure, F1 is 100 - AER.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from xbench.api import Features, Measure, Metric, Slice, Task
from xbench.errors import XbenchError
from xbench.kinds import declarations, marking, probes
from xbench.kinds.probes import main_layer
from xbench.metrics import alignment

if TYPE_CHECKING:
    import pyarrow as pa

Link = tuple[int, int]

_NONE = -100
_PHARAOH = re.compile(r"(\d+)([-p])(\d+)")
_HIGHER: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {"f1": alignment.f1, "precision": alignment.precision, "recall": alignment.recall}
)


class Alignment:
    """See the module, and `xbench.api.Kind` for the methods."""

    name = "alignment"
    version = 1
    head = "xbench.model.heads.pairs:head"
    columns: Mapping[str, bool] = MappingProxyType(
        {"source": True, "target": True, "links": True, "id": False, "group": False}
    )

    def main(self, task: Task) -> str:
        """Name of the metric that the task is known by."""
        return task.main or "f1-argmax"

    def check(self, task: Task) -> None:
        """Raises XbenchError for columns, settings or a main metric that do not fit."""
        if task.main.startswith("aer-"):
            raise XbenchError(
                f"task {task.name}: of {task.main} less is better, and what a task is known by is better the higher it "
                f"is: take f1-{task.main.removeprefix('aer-')}; the error rate is measured all the same"
            )
        metrics = [f"{what}-{how}" for how in alignment.METHODS for what in _HIGHER]
        probes.check(task, self.columns, ("first_index",), metrics)
        if task.settings.get("first_index") not in (0, 1):
            raise XbenchError(
                f"task {task.name}: setting 'first_index' is {task.settings.get('first_index')!r}: say whether links "
                "count words from 0 or from 1"
            )

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        """`source` and `target` as words; `sure` and `possible` links, from 0; `id` and `group` where given."""
        words = {side: declarations.text(raw, side, task).split() for side in ("source", "target")}
        for side, own in words.items():
            if not own:
                raise XbenchError(f"task {task.name}: the {side} has no words: mend the row, or remove it")
        sure, possible = read(declarations.text(raw, "links", task))
        sizes, first = [len(own) for own in words.values()], task.settings["first_index"]
        links = {"sure": _counted(sure, "-", sizes, first), "possible": _counted(possible, "p", sizes, first)}
        return {**declarations.identity(raw), **words, **links}

    def texts(self, row: Mapping[str, Any]) -> Sequence[str]:
        """The sentence that is not in the source language."""
        return [" ".join(row["target"])]

    def encode(self, rows: Sequence[Mapping[str, Any]], tokenizer: Any, task: Task, max_length: int) -> Features:
        """A sequence for the source of every row, then one for the target of every row.

        `marks` is the word of a sub-token; `labels` (int32) the number of the sure link that joins its word to one
        other and that one to no third, for maps to be fitted on, else -100. `truncated` counts sentences that lost
        sub-tokens: their words have no links.
        """
        marked = marking.words([row[side] for side in ("source", "target") for row in rows], tokenizer, max_length)
        numbers = [*_numbers(rows, 0), *_numbers(rows, 1)]
        starts = np.cumsum([0, *map(len, numbers)])[:-1]
        flat = np.array(list(chain.from_iterable(numbers)), np.int32)
        inside = marked.marks >= 0
        sequence = np.repeat(np.arange(2 * len(rows)), np.diff(marked.offsets))
        labels = np.full(len(marked.ids), _NONE, np.int32)
        labels[inside] = flat[starts[sequence[inside]] + marked.marks[inside]]
        return Features(
            ids=marked.ids,
            types=marked.types,
            offsets=marked.offsets,
            rows=np.tile(np.arange(len(rows), dtype=np.int32), 2),
            marks=marked.marks,
            labels=labels,
            side=np.repeat(np.array([0, 1], np.int8), len(rows)),
            truncated=marked.truncated,
            unknown=marked.unknown,
        )

    def decode(
        self, output: Any, rows: Sequence[Mapping[str, Any]], features: Features, task: Task, slice: Slice
    ) -> pa.Table:
        """The products of every row, `alignment.Products`, to links.

        One row for each layer and row of the slice: `layer, id, source_words, target_words`, how many there are, and
        links as in the gold, with the task's `first_index`: `gold, argmax, itermax, softmax`.

        Raises:
            XbenchError: The products have another shape or are not numbers; no row has a sure link.
        """
        import pyarrow as pa

        if not any(row["sure"] for row in rows):
            raise XbenchError(f"{slice}: no row has a sure link, so nothing can be recalled: mend the links")
        first = task.settings["first_index"]
        # Method -> row -> layer -> links.
        found: dict[str, list[list[str]]] = {method: [] for method in alignment.METHODS}
        for place, (row, products) in enumerate(zip(rows, output, strict=True)):
            words = [_words(features, sequence) for sequence in (place, place + len(rows))]
            if products.dots.shape[1:] != (len(words[0]), len(words[1])):
                raise XbenchError(
                    f"{slice}: the head returned products of other sub-tokens than those of row {row['id']}"
                )
            if not np.isfinite(products.dots).all():
                raise XbenchError(
                    f"{slice}: the states of row {row['id']} are not finite: try --dtype fp32; if it stays, the "
                    "checkpoint's weights are broken"
                )
            for method, (between, _) in alignment.METHODS.items():
                found[method].append(_by_layer(between(products), words[0], words[1], first))
        depth = len(found["argmax"][0])
        gold = [" ".join([*_written(row["sure"], "-", first), *_written(row["possible"], "p", first)]) for row in rows]
        columns = {
            "layer": pa.array(np.repeat(np.arange(depth, dtype=np.int16), len(rows))),
            "id": pa.array([row["id"] for row in rows] * depth, pa.string()),
            "source_words": pa.array([len(row["source"]) for row in rows] * depth, pa.int32()),
            "target_words": pa.array([len(row["target"]) for row in rows] * depth, pa.int32()),
            "gold": pa.array(gold * depth, pa.string()),
        }
        for method, own in found.items():
            columns[method] = pa.array([layers[layer] for layer in range(depth) for layers in own], pa.string())
        return pa.table(columns)

    def answers(self, table: pa.Table, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """Whether two words are surely linked, and whether argmax links them, of all pairs, at the main layer."""
        layers, first = table["layer"].to_numpy(), task.settings["first_index"]
        answers: list[list[np.ndarray]] = [[], []]
        for row in table.filter(layers == main_layer(int(layers.max()), task)).to_pylist():
            for place, column in enumerate(("gold", "argmax")):
                pairs = np.zeros((row["source_words"], row["target_words"]), bool)
                for one, other in read(row[column])[0]:
                    pairs[one - first, other - first] = True
                answers[place].append(pairs.ravel())
        return np.concatenate(answers[0]), np.concatenate(answers[1])

    def measures(self, table: pa.Table, task: Task) -> Iterator[Measure]:
        """F1, precision, recall and error rate of every method at every layer; statistics are those of sentences."""
        layers = table["layer"].to_numpy()
        depth, main = int(layers.max()), self.main(task)
        best = main_layer(depth, task)
        gold = [read(links) for links in table.filter(layers == 0)["gold"].to_pylist()]
        for layer in range(depth + 1):
            own = table.filter(layers == layer)
            for method, (_, mode) in alignment.METHODS.items():
                # Numbers of words are as written on both sides, so that the first index plays no part.
                found = (read(links)[0] for links in own[method].to_pylist())
                counts = [alignment.statistics(links, *right) for links, right in zip(found, gold, strict=True)]
                statistics = np.array(counts, np.int64)
                for name, value in _HIGHER.items():
                    metric = Metric(f"{name}-{method}", value, mode)
                    yield Measure(metric, statistics, metric.name == main and layer == best, None, layer)
                lower = "|".join(part for part in ("better:lower", mode) if part)
                yield Measure(Metric(f"aer-{method}", alignment.error_rate, lower), statistics, False, None, layer)


def read(text: str) -> tuple[set[Link], set[Link]]:
    """Sure links, and possible ones that are not sure, with words numbered as they are written.

    Args:
        text: As Pharaoh writes them, with blanks between them.

    Raises:
        XbenchError: Something in it is no link.

    Example:
        >>> read("1-2 2p1")
        ({(1, 2)}, {(2, 1)})
    """
    found: dict[str, set[Link]] = {"-": set(), "p": set()}
    for link in text.split():
        parts = _PHARAOH.fullmatch(link)
        if not parts:
            raise XbenchError(f"{link!r} is no link: write 3-4 for a sure one, 3p4 for a possible one")
        found[parts[2]].add((int(parts[1]), int(parts[3])))
    return found["-"], found["p"] - found["-"]


def _counted(links: Iterable[Link], between: str, sizes: Sequence[int], first: int) -> list[list[int]]:
    """Links with words counted from 0, in their order. Raises XbenchError where a word is not there."""
    found = []
    for link in sorted(links):
        if not all(0 <= word - first < size for word, size in zip(link, sizes, strict=True)):
            raise XbenchError(
                f"the link {link[0]}{between}{link[1]} is outside of its sentences: the source has words {first} to "
                f"{sizes[0] - 1 + first}, the target {first} to {sizes[1] - 1 + first}; mend the link, or first_index"
            )
        found.append([word - first for word in link])
    return found


def _numbers(rows: Sequence[Mapping[str, Any]], side: int) -> Iterator[list[int]]:
    """For every word of a side, the number of the sure link that joins it alone to one other; -100 elsewhere."""
    number = 0
    for row in rows:
        own = [_NONE] * len(row[("source", "target")[side]])
        ends = [[link[place] for link in row["sure"]] for place in (0, 1)]
        for link in row["sure"]:
            if ends[0].count(link[0]) == ends[1].count(link[1]) == 1:
                own[link[side]] = number
                number += 1
        yield own


def _words(features: Features, sequence: int) -> np.ndarray:
    """The words that the sub-tokens of a sequence are of, (sub-tokens,)."""
    marks = features.marks[features.offsets[sequence] : features.offsets[sequence + 1]]
    return marks[marks >= 0]


def _by_layer(pieces: np.ndarray, source: np.ndarray, target: np.ndarray, first: int) -> list[str]:
    """Links between sub-tokens, bool, (layers, source, target), to links between words, written, for every layer."""
    layers, one, other = np.nonzero(pieces)
    links: list[set[Link]] = [set() for _ in pieces]
    for layer, *link in zip(layers.tolist(), source[one].tolist(), target[other].tolist(), strict=True):
        links[layer].add((link[0], link[1]))
    return [" ".join(_written(sorted(own), "-", first)) for own in links]


def _written(links: Sequence[Sequence[int]], between: str, first: int) -> Iterator[str]:
    return (f"{one + first}{between}{other + first}" for one, other in links)


kind = Alignment()
