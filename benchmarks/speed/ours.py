"""xbench itself, by the stages that every run goes through.

A worker: `python -m benchmarks.speed.ours`, given as JSON:

    work      `predict`, `step` or `losses`
    dtype     `fp32` or `bf16`
    steps     of `step` and `losses`
    checkpoint, rows, device, folder

Prediction encodes a language's rows, runs the model, decodes what it gives, writes predictions and scores them, each by
what `xbench run` calls; a step is one of the fit that `xbench run` makes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.speed.counted import Computed, clock
from benchmarks.speed.turns import Steps, Turns
from xbench.api import Recipe
from xbench.engine.making import prepare
from xbench.engine.options import Options
from xbench.jobs import Fit
from xbench.model import loading
from xbench.model.process import limit_threads
from xbench.model.workspace import Workspace
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.planning.processes import threads
from xbench.plugins import load, registry
from xbench.stages.score import score_language
from xbench.store import predictions

LEARNING_RATE, BATCH, WARM_ROWS = 2e-5, 32, 8


class Ours:
    """xbench on rows that are there.

    Args:
        given: See the module.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        rows = json.loads(Path(given["rows"]).read_text(encoding="utf-8"))
        limit_threads(threads())
        self._machine = prepare(given["device"], given["dtype"], Options())
        self._test, self._train = rows["test"], rows["train"]
        self._task = registry().tasks[rows["task"]]
        self._kind = registry().kinds[self._task.kind]
        self._checkpoint = resolve_checkpoint(given["checkpoint"])
        self._tokenizer = loading.load_tokenizer(self._checkpoint)
        self._longest = loading.longest(self._checkpoint, self._tokenizer, self._task.max_length)
        self._folder = Path(given["folder"])
        self._head = load(self._kind.head)
        recipe = Recipe(learning_rate=LEARNING_RATE, epochs=given.get("steps", 1), batch_size=BATCH)
        self._fit = Fit(self._checkpoint, self._kind, self._task, (), recipe, 1, given["dtype"])
        self.now = clock(given["device"])
        self.ready = {"threads": torch.get_num_threads()}

    @property
    def _pad(self) -> int:
        return int(self._tokenizer.pad_token_id or 0)

    def _encoded(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        return self._kind.encode(rows, self._tokenizer, self._task, self._longest)

    def predicting(self) -> Callable[[], dict[str, Any]]:
        """Loads the model and warms it up.

        Returns:
            What predicts every language once, from texts to scores.
        """
        weights = Path(self._checkpoint.location) if self._kind.name == "classification" else None
        runner = self._head.runner(self._fit, weights, self._machine, self._pad)
        computed = Computed(runner.prediction.model)
        language, rows = next(iter(self._test.items()))
        self._predict({language: rows[:WARM_ROWS]}, runner, computed)
        computed.since()
        return lambda: self._predict(self._test, runner, computed)

    def _predict(self, test: Mapping[str, Sequence[Any]], runner: Any, computed: Computed) -> dict[str, Any]:
        began, model = self.now(), 0.0
        lengths: list[int] = []
        logits = []
        for language, rows in test.items():
            features = self._encoded(rows)
            started = self.now()
            output = runner.run(features, self._slice(language))
            model += self.now() - started
            self._score(language, rows, features, output)
            # Vectors are not kept, as in a run.
            if isinstance(output, np.ndarray):
                logits.append(output)
            lengths += features.lengths.tolist()
        seconds = self.now() - began
        outputs = np.concatenate(logits).tolist() if logits else None
        found = {"seconds": seconds, "model": model, "computed": computed.since()}
        return {**found, "lengths": lengths, "outputs": outputs}

    def _slice(self, language: str) -> Any:
        # Growth asks for languages that no task has: rows of one, under two names.
        return replace(self._task.slice(self._task.languages[0], "test"), language=language)

    def _score(self, language: str, rows: Sequence[Mapping[str, Any]], features: Any, output: Any) -> None:
        """From what the model gives to scores with their intervals."""
        table = self._kind.decode(output, rows, features, self._task, self._slice(language))
        file = self._folder / f"{language}.parquet"
        facts = dict.fromkeys(("digest", "revision", "data_code", "made_by"), "")
        counts = {"sub_tokens": len(features.ids), "unknown": features.unknown, "truncated": features.truncated}
        predictions.save(file, table, {**facts, **counts, "rows": len(rows)})
        score_language(file, self._kind, self._task)

    def fit(self, tick: Callable[[int], None] = lambda rows: None) -> dict[str, Any]:
        """Fine-tunes on all training rows, one batch, as often as there are steps."""
        features = self._encoded(self._train)
        workspace = Workspace(self._folder, tick=tick, start=Path(self._checkpoint.location))
        parts = [(self._task.slice(self._task.source, "train"), features, len(self._train))]
        found: dict[str, Any] = self._head.fit(self._fit, parts, self._machine, workspace, self._pad)
        return found

    def lengths(self) -> list[int]:
        """Sub-tokens of every training row."""
        found: list[int] = self._encoded(self._train).lengths.tolist()
        return found


def main() -> None:
    """Works as it is told."""
    given, turns = json.loads(sys.argv[1]), Turns()
    ours = Ours(given)
    if given["work"] == "predict":
        turns.serve(ours.predicting(), **ours.ready)
    elif given["work"] == "step":
        steps = Steps(turns, ours.now, **ours.ready, lengths=ours.lengths())
        ours.fit(lambda rows: steps())
    else:
        turns.answer(losses=ours.fit()["losses"])


if __name__ == "__main__":
    main()
