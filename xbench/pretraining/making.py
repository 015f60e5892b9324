"""The whole path: corpus, tokenizer, sub-tokens, weights, steps, checkpoint."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from xbench.api import Corpus, Passages
from xbench.errors import XbenchError
from xbench.model.workspace import Machine
from xbench.planning.devices import resolve_device
from xbench.pretraining import card, checkpoint, loop, state, tokenizer
from xbench.pretraining.corpora import chosen, find_corpus
from xbench.pretraining.encoder import encoder
from xbench.pretraining.held_out import measure
from xbench.pretraining.material import Material, material
from xbench.pretraining.recipe import PARALLEL, SINGLE, Recipe
from xbench.pretraining.record import Record, has_record, record, versions
from xbench.store.files import check_writable
from xbench.store.keys import digest, file_digest
from xbench.store.locks import hold

STATE = "state.pt"
"""In the folder of a checkpoint that is not finished."""


@dataclass(frozen=True)
class Options:
    """How a checkpoint is made, without any bearing on what it should be.

    Attributes:
        device: `auto`, `cpu`, `cuda:0`, `mps`.
        threads: Of the CPU; 0 for one per core. Another number adds up in another order, and so differs in the last
            digits.
        save_every: Seconds between two saved states.
        quiet: Nothing is shown.
    """

    device: str = "auto"
    threads: int = 0
    save_every: float = 300.0
    quiet: bool = False

    def say(self, line: str) -> None:
        """Tells what is done before the first step, which takes minutes for a large corpus."""
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)


def pretrain(recipe: Recipe, out: Path, options: Options) -> Record:
    """Makes a checkpoint, from where an earlier call with the same recipe was interrupted.

    Args:
        recipe: How.
        out: Its folder. A finished checkpoint there is not made again.
        options: Where, and how often to save.

    Returns:
        What it was made of, with its held-out numbers.

    Raises:
        XbenchError: Bad input; or the folder holds another checkpoint, or another process makes one there.
    """
    corpus = find_corpus(recipe.corpus, recipe.parallel)
    recipe = _decided(recipe, corpus)
    revision = corpus.revision()
    if has_record(out):
        return _checked(record(out), recipe, revision, out)
    if (out / "config.json").exists() and not (out / STATE).exists():
        raise XbenchError(f"{out} holds a checkpoint that `xbench pretrain` did not make: choose another --out")
    check_writable(out)
    with hold(out / ".lock", wait=False) as held:
        if not held:
            raise XbenchError(f"another process is pretraining in {out}: wait for it, or choose another --out")
        return _make(recipe, corpus, revision, out, options)


def _decided(recipe: Recipe, corpus: Corpus) -> Recipe:
    """The recipe with what it leaves to the corpus."""
    languages = chosen(corpus, recipe.languages)
    suitable = PARALLEL if corpus.parallel and len(languages) > 1 else SINGLE
    return replace(recipe, languages=languages, objectives=dict(recipe.objectives or suitable))


def _checked(found: Record, recipe: Recipe, revision: str, out: Path) -> Record:
    differences = found.recipe.differences(recipe)
    if not differences and found.corpus["revision"] != revision:
        differences = ("the corpus",)
    if differences:
        raise XbenchError(
            f"{out} holds a finished checkpoint that was made otherwise ({', '.join(differences)}): "
            "choose another --out"
        )
    return found


def _make(recipe: Recipe, corpus: Corpus, revision: str, out: Path, options: Options) -> Record:
    machine = Machine(resolve_device(options.device), recipe.dtype)
    machine.check()
    threads = options.threads or os.cpu_count() or 1
    torch.set_num_threads(threads)
    file = out / STATE
    made_by = digest([recipe.facts(), revision])
    kept = state.load(file, made_by)

    def words(passages: Mapping[str, Passages]) -> Any:
        return tokenizer.load(str(out)) if kept else tokenizer.obtain(recipe, passages, out)

    options.say(f"reading {corpus.name}: {len(recipe.languages)} languages, their sub-tokens")
    found = material(recipe, corpus, words)
    model = checkpoint.build(recipe, found.vocabulary, found.shape)
    if not kept:
        options.say(f"weights to start from: {recipe.initialisation}")
        checkpoint.initialise(model, found.train, recipe)
    runner = encoder(model, machine)
    optimizer = loop.adamw(model, recipe)
    reached = state.restore(kept, model, optimizer) if kept else state.State()
    save = partial(state.save, file, made_by, reached, model, optimizer)
    loop.train(runner, optimizer, found, reached, options.save_every, save, options.quiet)
    checkpoint.rounded(model, recipe)
    last = measure(runner, found, recipe.steps)
    made = Record(
        recipe=recipe,
        corpus={
            "name": corpus.name,
            "revision": revision,
            "about": corpus.about,
            "parallel": corpus.parallel,
            **found.facts(),
        },
        model=_facts(model, found, out),
        held_out=(*reached.points, last),
        machine={"device": machine.device, "threads": threads, "processor": platform.processor() or platform.machine()},
        versions=versions(),
        seconds=round(reached.seconds, 1),
    )
    checkpoint.save(model, recipe, out)
    card.write(made, out)
    made.write(out)
    file.unlink(missing_ok=True)
    return made


def _facts(model: Any, found: Material, out: Path) -> dict[str, Any]:
    return {
        "parameters": model.num_parameters(),
        "vocabulary": found.vocabulary,
        "tokenizer": f"sha256:{file_digest(out / 'tokenizer.json')}",
    }
