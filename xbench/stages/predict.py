"""Weights and test slices -> predictions, a file per language as it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from xbench.api import Slice
from xbench.errors import Unavailable, XbenchError
from xbench.jobs import Run, describe_data, task_facts
from xbench.kinds.texts import repeated
from xbench.languages.scripts import spaced
from xbench.model.workspace import Machine
from xbench.planning.remaining import remaining
from xbench.plugins import load
from xbench.stages.groups import places
from xbench.stages.inputs import Encoded, Inputs
from xbench.stages.provenance import describe_checkpoint, makers, versions
from xbench.store import predictions
from xbench.store.files import forget_drafts, read_json, write_json
from xbench.store.layout import predictions as path_of

_SAMPLE = 256
"""Rows on which a bf16 run is compared with fp32."""


@dataclass(frozen=True)
class Trouble:
    """A language whose data could not be used, and why."""

    piece: Slice
    error: XbenchError

    @property
    def gap(self) -> bool:
        """Whether it simply does not exist here."""
        return isinstance(self.error, Unavailable)


def predict(
    run: Run, root: Path, weights: Path | None, inputs: Inputs, machine: Machine, tick: Callable[[int], None]
) -> list[Trouble]:
    """Predicts every language that has no predictions yet.

    One language's bad data stop no other.

    Returns:
        The languages that could not be predicted.
    """
    left = remaining(run, root)
    if not left:
        return []
    folder = root / run.folder
    write_run(run, root, machine)
    forget_drafts(path_of(folder, left[0].language).parent)
    head = load(run.fit.kind.head)
    note = _note(run, inputs)
    learned = inputs.learned(run.fit.kind, run.fit.task, run.fit.learned)
    troubles: list[Trouble] = []
    runner: Any = None
    for piece in left:
        began = time.monotonic()
        try:
            encoded = inputs(run.fit.checkpoint, run.fit.kind, run.task, piece)
        except XbenchError as error:
            troubles.append(Trouble(piece, error))
            continue
        if runner is None:
            runner = head.runner(run.fit, weights, machine, encoded.pad)
        output = runner.run(encoded.features, piece)
        table = run.fit.kind.decode(output, encoded.rows.rows, encoded.features, run.task, piece)
        facts = {
            "run": run.key,
            "task": run.task.name,
            "language": piece.language,
            "data_code": piece.data.configs.get(piece.language, piece.language),
            "split": piece.split,
            "made_by": piece.made_by,
            "repo": piece.data.repo,
            "revision": encoded.rows.revision,
            "note": note,
            **({"read": _read(piece, encoded)} if piece.translator else {}),
            "digest": encoded.rows.digest,
            "rows": len(encoded.rows),
            "groups": places(encoded.rows.rows),
            "sub_tokens": len(encoded.features.ids),
            "unknown": encoded.features.unknown,
            "truncated": encoded.features.truncated,
            "text": _text(encoded, piece.translator.target if piece.translator else piece.language),
            "repeated": _repeated(encoded, learned),
            "max_length": encoded.max_length,
            "device": machine.device,
            "seconds": round(time.monotonic() - began, 3),
        }
        if machine.dtype == "bf16" and piece is left[0]:
            facts["bf16_changed"] = _changed(run, piece, encoded, head, weights, machine)
        predictions.save(path_of(folder, piece.language), table, facts)
        tick(len(encoded.rows))
    return troubles


def _read(piece: Slice, encoded: Encoded) -> dict[str, Any]:
    """In which language the rows were read, and how they came into it."""
    assert piece.translator is not None and encoded.rows.made is not None
    return {"translator": asdict(piece.translator), "made": dict(encoded.rows.made)}


def _note(run: Run, inputs: Inputs) -> str:
    """What the sources say of the rows that are learned from and tested on, as they are here and now."""
    read = (run.tests[0], *(part.slice for part in run.fit.learned))
    said = dict.fromkeys(inputs.library.note(piece.data) for piece in read)
    return "; ".join(filter(None, said))


def _text(encoded: Encoded, language: str) -> dict[str, int | None] | None:
    """How long the texts are, and how much of them the tokenizer does not know; None if nobody can say.

    They are in the language that they are read in. Words are not counted where the script puts no blanks between them.
    """
    if encoded.counts is None:
        return None
    return {**asdict(encoded.counts), **({} if spaced(language) else {"words": None})}


def _repeated(encoded: Encoded, learned: np.ndarray | None) -> int | None:
    """How many rows say what a row said that was learned from; None if nobody can say."""
    if encoded.identities is None or learned is None:
        return None
    return repeated(encoded.identities, learned)


def _changed(run: Run, piece: Slice, encoded: Encoded, head: Any, weights: Path | None, machine: Machine) -> float:
    """Share of a fixed sample's answers that bf16 changes against fp32 on the same weights."""
    rows = encoded.rows.rows[:_SAMPLE]
    features = run.fit.kind.encode(rows, encoded.tokenizer, run.task, encoded.max_length)
    answers = []
    for dtype in ("fp32", "bf16"):
        runner = head.runner(run.fit, weights, replace(machine, dtype=dtype), encoded.pad)
        table = run.fit.kind.decode(runner.run(features, piece), rows, features, run.task, piece)
        answers.append(run.fit.kind.answers(table, run.task)[1])
    return float(np.mean(answers[0] != answers[1]))


def write_run(run: Run, root: Path, machine: Machine) -> None:
    """Writes `run.json`, once: everything of a run but its predictions."""
    path = root / run.folder / "run.json"
    if path.is_file():
        found = read_json(path)
        if found.get("key") != run.key:
            raise XbenchError(f"{path} belongs to another run: move that folder away and run again")
        return
    fit = run.fit
    write_json(
        path,
        {
            "key": run.key,
            "checkpoint": describe_checkpoint(fit.checkpoint),
            "task": task_facts(run.task),
            "kind": [fit.kind.name, fit.kind.version],
            "protocol": run.protocol,
            "per_language": run.per_language,
            "seed": fit.seed if fit.seeded else None,
            "fit": None if fit.identity else fit.folder,
            "train": [trainset.describe() for trainset in fit.learned],
            "train_made_by": makers(fit),
            **({"read_by": asdict(run.translator)} if run.translator else {}),
            "recipe": asdict(fit.recipe) if fit.recipe and fit.train else None,
            "dtype": fit.dtype,
            "limit": run.limit,
            "data": describe_data(run.task.data),
            "device": machine.device,
            "versions": versions(),
        },
    )
