"""A peer: transformers' `Trainer` as its example `run_xnli.py` sets it up.

A worker in the peers' environment: `python -m benchmarks.speed.peer_trainer`, given as JSON:

    work      `predict`, `step` or `losses`
    padding   `max_length` (128 sub-tokens, the example's default) or `longest` (of each batch)
    batch     rows
    steps     of `step` and `losses`
    checkpoint, rows, device, folder

The example tokenises a language's rows as a whole, predicts them in their order, takes the most likely label and
counts those that are right.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    default_data_collator,
)

from benchmarks.speed.counted import Computed, clock
from benchmarks.speed.turns import Steps, Turns

LONGEST = 128
"""Sub-tokens: the example's `--max_seq_length`."""
LEARNING_RATE, WARM_ROWS = 2e-5, 8


def tokenised(rows: Sequence[Mapping[str, str]], tokenizer: Any, labels: Mapping[str, int], padding: str) -> Dataset:
    """Rows as the example's `preprocess_function` makes them."""

    def preprocess(examples: Any) -> Any:
        return tokenizer(
            examples["text"],
            examples["pair"],
            padding="max_length" if padding == "max_length" else False,
            max_length=LONGEST,
            truncation=True,
        )

    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in ("text", "pair")}
    columns["label"] = [labels[row["label"]] for row in rows]
    return Dataset.from_dict(columns).map(preprocess, batched=True, load_from_cache_file=False)


def collator(tokenizer: Any, padding: str) -> Any:
    """The example's: sequences that are padded already are only stacked."""
    return default_data_collator if padding == "max_length" else DataCollatorWithPadding(tokenizer)


class Waiting(TrainerCallback):
    """Waits for its turn after every step."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def on_step_end(self, *given: Any, **others: Any) -> None:
        """See `TrainerCallback`."""
        self._steps()


class Remembering(Trainer):
    """Keeps the loss of every batch as it is; the log rounds it."""

    def compute_loss(self, *given: Any, **others: Any) -> Any:
        """See `Trainer`."""
        found = super().compute_loss(*given, **others)
        self.seen = [*getattr(self, "seen", []), float(found[0] if isinstance(found, tuple) else found)]
        return found


class Peer:
    """The example on rows that are there.

    Args:
        given: See the module.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._rows = json.loads(Path(given["rows"]).read_text(encoding="utf-8"))
        self.tokenizer = AutoTokenizer.from_pretrained(given["checkpoint"])
        self.model = AutoModelForSequenceClassification.from_pretrained(given["checkpoint"], dtype=torch.float32)
        self.computed = Computed(self.model)
        self.now = clock(given["device"])
        self.ready = {
            "threads": torch.get_num_threads(),
            "versions": {name: version(name) for name in ("transformers", "accelerate", "torch")},
        }

    def trainer(self, kind: type[Trainer] = Trainer, **more: Any) -> Any:
        """With the example's arguments; nothing is logged or saved on the way."""
        arguments = TrainingArguments(
            output_dir=self._given["folder"],
            learning_rate=LEARNING_RATE,
            per_device_train_batch_size=self._given["batch"],
            per_device_eval_batch_size=self._given["batch"],
            num_train_epochs=self._given.get("steps", 1),
            use_cpu=self._given["device"] == "cpu",
            report_to="none",
            disable_tqdm=True,
            logging_strategy="no",
            save_strategy="no",
        )
        collate = collator(self.tokenizer, self._given["padding"])
        return kind(self.model, arguments, data_collator=collate, processing_class=self.tokenizer, **more)

    def dataset(self, rows: Sequence[Mapping[str, str]]) -> Dataset:
        """Rows, tokenised."""
        return tokenised(rows, self.tokenizer, self.model.config.label2id, self._given["padding"])

    def predict(self, trainer: Any) -> dict[str, Any]:
        """Every language once, from texts to accuracy."""
        began = self.now()
        logits, accuracy = [], []
        for rows in self._rows["test"].values():
            found = trainer.predict(self.dataset(rows))
            accuracy.append(float((found.predictions.argmax(1) == found.label_ids).mean()))
            logits.append(found.predictions)
        seconds = self.now() - began
        outputs = np.concatenate(logits).astype(float).tolist()
        return {"seconds": seconds, "computed": self.computed.since(), "outputs": outputs}

    def warm(self, trainer: Any) -> None:
        """A few rows, so that nothing is done for the first time in a turn."""
        trainer.predict(self.dataset(next(iter(self._rows["test"].values()))[:WARM_ROWS]))
        self.computed.since()

    @property
    def training(self) -> Dataset:
        """The training rows, all of which are one batch."""
        return self.dataset(self._rows["train"])


def main() -> None:
    """Works as it is told."""
    given, turns = json.loads(sys.argv[1]), Turns()
    peer = Peer(given)
    if given["work"] == "predict":
        trainer = peer.trainer()
        peer.warm(trainer)
        turns.serve(lambda: peer.predict(trainer), **peer.ready)
    elif given["work"] == "step":
        waiting = Waiting(Steps(turns, peer.now, **peer.ready))
        peer.trainer(train_dataset=peer.training, callbacks=[waiting]).train()
    else:
        trainer = peer.trainer(Remembering, train_dataset=peer.training)
        trainer.train()
        turns.answer(losses=trainer.seen)


if __name__ == "__main__":
    main()
