"""Time and memory of a comparison: `python -m tests.bench_comparison`, or `make bench-compare`.

Two checkpoints (or more) that tag names in the 176 languages of WikiANN, as many sentences in each as its largest
languages have, with three seeds; predictions are made up, and `xbench compare` is timed by its parts. Alone on the
machine, or the times say nothing.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

import made_up_results as made

from xbench.api import Recipe, Task
from xbench.languages import languages as known
from xbench.plugins import registry
from xbench.reporting.comparison import build
from xbench.reporting.comparison.examples import Sample
from xbench.reporting.comparison.summary import summary
from xbench.reporting.comparison.write import write_comparison
from xbench.store.layout import Store

_GIB = 2**20
"""KiB in a GiB: what `getrusage` counts in on Linux."""
_TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
_NAMES = ("first", "other", "third", "fourth")
_WORDS = 10
_LIMIT = 60.0
"""Seconds that it must stay under."""


def main() -> None:
    """Prints what was compared, how long each part took, and the most memory; 1 if it took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", type=int, choices=range(2, len(_NAMES) + 1), default=2)
    parser.add_argument("--languages", type=int, default=176)
    parser.add_argument("--rows", type=int, default=10_000, help="sentences of each language")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--resamples", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        names = _NAMES[: asked.checkpoints]
        made_up(out, names, asked.languages, asked.rows, asked.seeds)
        print(
            f"{len(names)} checkpoints × {asked.seeds} seeds × {asked.languages} languages × {asked.rows} sentences, "
            f"{asked.resamples} resamples"
        )
        reader = _Timed
        build.Reader = reader  # type: ignore[misc]
        worked = time.process_time()
        began = time.perf_counter()
        found = build.answer(build.Question(names, resamples=asked.resamples), Store(out), registry())
        answered = time.perf_counter()
        write_comparison(found, out / "comparison")
        took, worked = time.perf_counter() - began, time.process_time() - worked
    print(*summary(found, 110).splitlines()[1:3], sep="\n")
    rest = answered - began - reader.seconds
    print(
        f"{took:.1f} s: reading {reader.seconds:.1f}, resampling and tests {rest:.1f}, tables and pictures "
        f"{began + took - answered:.1f}"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _GIB
    print(f"{worked:.0f} s of processor time, peak {peak:.2f} GiB")
    if took > _LIMIT:
        sys.exit(f"more than {_LIMIT:.0f} s")


class _Timed(build.Reader):
    """Counts what reading takes."""

    seconds = 0.0

    def samples(self, *given: Any) -> dict[str, Sample]:
        began = time.perf_counter()
        found = super().samples(*given)
        type(self).seconds += time.perf_counter() - began
        return found


def made_up(out: Path, names: Sequence[str], languages: int, rows: int, seeds: int) -> None:
    """Writes predictions: ten words a sentence, of which a checkpoint gets some wrong, the next one fewer."""
    random = np.random.default_rng(0)
    data = replace(made.DATA, repo="made-up/names", columns={"words": "words", "tags": "tags"})
    task = Task("names", 1, "tagging", data, _TAGS, Recipe(epochs=2))
    tags = [language.tag for language in known()][:languages]
    for place, name in enumerate(names):
        wrong = 0.06 - 0.002 * place
        for seed in range(1, seeds + 1):
            made.run(out, name, {tag: _table(random, rows, wrong) for tag in tags}, task, seed)


def _table(random: np.random.Generator, rows: int, wrong: float) -> pa.Table:
    begins = random.random((rows, _WORDS)) < 0.2
    kinds = random.integers(0, 3, (rows, _WORDS))
    gold = np.where(begins, 1 + 2 * kinds, 0)
    for place in range(1, _WORDS):
        # A name goes on with half of the words behind it.
        before = gold[:, place - 1]
        goes_on = (before > 0) & (gold[:, place] == 0) & (random.random(rows) < 0.5)
        gold[goes_on, place] = before[goes_on] + before[goes_on] % 2
    predicted = np.where(random.random(gold.shape) < wrong, random.integers(0, len(_TAGS), gold.shape), gold)
    starts = pa.array(np.arange(0, gold.size + 1, _WORDS, dtype=np.int32))
    lists = [
        pa.ListArray.from_arrays(starts, pa.DictionaryArray.from_arrays(side.ravel(), list(_TAGS)).cast(pa.string()))
        for side in (gold, predicted)
    ]
    return pa.table({"id": [str(place) for place in range(rows)], "gold": lists[0], "prediction": lists[1]})


if __name__ == "__main__":
    main()
