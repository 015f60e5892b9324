"""A peer: the package `mteb` on Tatoeba, which reads one layer, the last, by sentence-transformers' mean pooling.

A worker in the peers' environment: `python -m benchmarks.speed.peer_mteb`, given `checkpoint`, `rows` and `device` as
JSON. The rows are handed over as a data set that is loaded already, so that reading them does not count.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mteb
import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer

from benchmarks.speed.counted import Computed, clock
from benchmarks.speed.turns import Turns

_WARM_ROWS = 8


def task(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> Any:
    """Mteb's Tatoeba on these rows, language by language."""
    found = mteb.get_task("Tatoeba")
    found.hf_subsets = list(rows)
    found.dataset = {
        language: {
            "test": Dataset.from_dict(
                {"sentence1": [row["target"] for row in own], "sentence2": [row["source"] for row in own]}
            )
        }
        for language, own in rows.items()
    }
    found.data_loaded = True
    return found


def main() -> None:
    """Evaluates whenever it is asked."""
    given, turns = json.loads(sys.argv[1]), Turns()
    rows = json.loads(Path(given["rows"]).read_text(encoding="utf-8"))["test"]
    model = SentenceTransformer(given["checkpoint"], device=given["device"])
    computed, now = Computed(model[0].auto_model), clock(given["device"])

    def evaluate(chosen: Any) -> None:
        mteb.evaluate(model, task(chosen), cache=None, show_progress_bar=False)

    def once() -> dict[str, Any]:
        began = now()
        evaluate(rows)
        return {"seconds": now() - began, "computed": computed.since()}

    evaluate({language: own[:_WARM_ROWS] for language, own in list(rows.items())[:1]})
    computed.since()
    names = ("mteb", "sentence-transformers", "transformers", "torch")
    turns.serve(once, threads=torch.get_num_threads(), versions={name: version(name) for name in names})


if __name__ == "__main__":
    main()
