"""How fast the input side is by itself: from texts, and from what is remembered of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np
import torch

from benchmarks.speed.measured import Goal, Part
from benchmarks.speed.settings import Settings
from xbench.api import Features, Kind, Slice, Task
from xbench.data import Library
from xbench.jobs import Checkpoint
from xbench.model.batching import by_length, by_tokens, collate
from xbench.model.heads.gradient import union
from xbench.model.loading import with_fresh_head
from xbench.model.process import limit_threads
from xbench.model.training import Steps
from xbench.model.unpadded import Unpadded
from xbench.planning.checkpoints import resolve_checkpoint
from xbench.planning.processes import threads
from xbench.plugins import registry
from xbench.stages.inputs import Inputs

_TASK = "cldr-nli"
_WANTED = 1.0
"""Million sub-tokens a second, from the cache."""
_REPEATED = 3
_BUDGET = 1024
"""Sub-tokens per batch."""
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class InputRate:
    """Sub-tokens per second, special ones included.

    Attributes:
        sub_tokens: How many there are.
        tokenised: From canonical rows to features.
        unpadded: From a cache that holds the features to all batches of an epoch of training, without padding.
        padded: Likewise, padded to the longest of each batch.
    """

    sub_tokens: int
    tokenised: float
    unpadded: float
    padded: float


def measure(settings: Settings) -> Part:
    """The input side by itself, in this process."""
    limit_threads(threads())
    found = input_rate()
    about = f"{found.sub_tokens:,} sub-tokens of the training rows of {_TASK} in all its languages, no model"
    goals = tuple(
        Goal(f"from the cache to the tensors of every batch of an epoch, {how}", rate / 1e6, _WANTED, True, "million/s")
        for how, rate in (("without padding", found.unpadded), ("padded to the longest", found.padded))
    )
    said = f"From rows to sub-tokens, which is done once: {found.tokenised / 1e6:.2f} million/s."
    return Part("input", "The input side", about, (), goals=goals, remarks=(said,))


def input_rate(languages: int | None = None, clock: Callable[[], float] = time.perf_counter) -> InputRate:
    """Measures on the training rows of a generated task in all languages, with the tokenizer that comes with xbench.

    What comes from the cache counts all that training waits for before a model runs: reading and checking the rows and
    the features of every slice, the order of the epoch, the batches of every step, and their tensors. The best of
    several repetitions.

    Args:
        languages: How many, for a short try; None for all.
        clock: Seconds; `time.process_time` where others use the machine too.
    """
    found = registry()
    task = found.tasks[_TASK]
    kind, checkpoint = found.kinds[task.kind], resolve_checkpoint("embedded")
    slices = [task.slice(language, "train") for language in task.languages[:languages]]
    library = Library(sources=found.sources.values())
    unpadded = Unpadded(with_fresh_head(checkpoint, "AutoModelForSequenceClassification", task.labels, 1), _CPU)
    with TemporaryDirectory() as cache, mock.patch.dict(os.environ, {"XBENCH_CACHE": cache}):
        whole = [Inputs(library)(checkpoint, kind, task, piece) for piece in slices]
        count = sum(len(one.features.ids) for one in whole)

        def tokenise() -> None:
            for one in whole:
                kind.encode(one.rows.rows, one.tokenizer, task, one.max_length)

        def without_padding(features: Features, sequences: np.ndarray) -> None:
            for batch in by_tokens(features.offsets[sequences + 1] - features.offsets[sequences], _BUDGET):
                unpadded.laid(features, sequences[batch])

        def with_padding(features: Features, sequences: np.ndarray) -> None:
            for batch in by_length(features.offsets[sequences + 1] - features.offsets[sequences], _BUDGET):
                collate(features, sequences[batch], whole[0].pad, _CPU)

        def epoch(step: Callable[[Features, np.ndarray], None]) -> Callable[[], None]:
            return lambda: _epoch(Inputs(library), checkpoint, kind, task, slices, step)

        seconds = [_best(clock, part) for part in (tokenise, epoch(without_padding), epoch(with_padding))]
    return InputRate(count, *(count / taken for taken in seconds))


def _epoch(
    inputs: Inputs,
    checkpoint: Checkpoint,
    kind: Kind,
    task: Task,
    slices: Sequence[Slice],
    step: Callable[[Features, np.ndarray], None],
) -> None:
    """Everything of an epoch but the model; a sequence is a row here."""
    assert task.recipe is not None
    encoded = [(piece, inputs(checkpoint, kind, task, piece)) for piece in slices]
    features, rows = union([(piece, one.features, len(one.rows)) for piece, one in encoded])
    steps = Steps(rows, task.recipe, seed=1)
    for place in range(steps.per_epoch):
        step(features, steps[place])


def _best(clock: Callable[[], float], call: Callable[[], None]) -> float:
    """Seconds of the fastest of several calls."""
    taken = []
    for _ in range(_REPEATED):
        began = clock()
        call()
        taken.append(clock() - began)
    return min(taken)
