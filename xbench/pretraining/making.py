"""The whole path: corpus, tokenizer, sub-tokens, weights, steps, checkpoint."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from xbench.api import Corpus, Passages
from xbench.errors import XbenchError
from xbench.model.process import use_threads
from xbench.planning.processes import threads
from xbench.pretraining import card, checkpoint, loop, state, tokenizer
from xbench.pretraining.corpora import chosen, find_corpus
from xbench.pretraining.encoder import encoder
from xbench.pretraining.finished import measured_again
from xbench.pretraining.held_out import measure
from xbench.pretraining.initialise import initialisation
from xbench.pretraining.material import Material, material
from xbench.pretraining.options import Options
from xbench.pretraining.recipe import PARALLEL, SINGLE, Recipe
from xbench.pretraining.record import NAME, Record, has_record, versions
from xbench.store.files import check_writable, forget_drafts
from xbench.store.keys import digest, file_digest
from xbench.store.locks import hold

STATE = "state.pt"
"""In the folder of a checkpoint that is not finished."""


def pretrain(recipe: Recipe, out: Path, options: Options) -> Record:
    """Makes a checkpoint, from where an earlier call with the same recipe was interrupted.

    Args:
        recipe: How.
        out: Its folder. A finished checkpoint there is not made again, but its weights are measured again.
        options: Where, and how often to save.

    Returns:
        What it was made of, with its held-out numbers.

    Raises:
        XbenchError: Bad input; the folder holds another checkpoint, or one whose weights are not those of its record;
            another process makes one there; or the disk is full.
    """
    corpus = find_corpus(recipe.corpus, recipe.parallel)
    recipe = _decided(recipe, corpus)
    revision = corpus.revision()
    if has_record(out):
        return measured_again(out, recipe, corpus, revision, options)
    if (out / "config.json").exists() and not (out / STATE).exists():
        raise XbenchError(
            f"{out} holds a checkpoint that `xbench pretrain` did not make, or cannot go on with (neither {NAME} nor "
            f"{STATE} is there): choose another --out, or delete the folder"
        )
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


def _make(recipe: Recipe, corpus: Corpus, revision: str, out: Path, options: Options) -> Record:
    forget_drafts(out)
    begin = initialisation(recipe.initialisation)
    machine = options.machine(recipe.dtype)
    count = options.threads or threads()
    use_threads(count)
    file = out / STATE
    made_by = digest([recipe.facts(), revision])
    kept = state.load(file, made_by)

    def words(passages: Mapping[str, Passages]) -> Any:
        return tokenizer.load(str(out)) if kept else tokenizer.obtain(recipe, passages, out)

    options.say(f"reading {corpus.name}: {len(recipe.languages)} languages, their sub-tokens")
    found = material(recipe, corpus, words)
    model = checkpoint.build(recipe, found.vocabulary, found.train.shape)
    if not kept:
        options.say(f"weights to start from: {begin.name}")
        begin.start(model, found.train.pool, recipe.seed)
    runner = encoder(model, machine)
    optimizer = loop.adamw(model, recipe)
    reached = state.restore(kept, file, model, optimizer) if kept else state.State()
    save = partial(state.save, file, made_by, reached, model, optimizer)
    loop.train(runner, optimizer, found, reached, options.save_every, save, options.quiet)
    checkpoint.rounded(model, recipe)
    last = measure(runner, found.dev, recipe.steps)
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
        machine={"device": machine.device, "threads": count, "processor": platform.processor() or platform.machine()},
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
