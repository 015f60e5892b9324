"""A checkpoint that is finished: it is not made again, and its weights are held against its record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xbench.api import Corpus
from xbench.errors import XbenchError
from xbench.model.process import use_threads
from xbench.pretraining import checkpoint, tokenizer
from xbench.pretraining.compare import check_weights
from xbench.pretraining.encoder import encoder
from xbench.pretraining.held_out import measure
from xbench.pretraining.material import held_out
from xbench.pretraining.options import Options
from xbench.pretraining.recipe import Recipe
from xbench.pretraining.record import Record, record


def measured_again(out: Path, recipe: Recipe, corpus: Corpus, revision: str, options: Options) -> Record:
    """What the weights of a finished checkpoint make of the held-out passages now, which takes seconds.

    Args:
        out: Its folder.
        recipe: That it should be made by.
        corpus: Of the recipe.
        revision: Of the corpus.
        options: Where to measure, and how near the numbers must be.

    Returns:
        Its record, with the last held-out numbers as they are now.

    Raises:
        XbenchError: It was made otherwise, or its weights are not those that its record is of.
    """
    found = record(out)
    _check_made_by(found, recipe, revision, out)
    options.say(f"{out} is finished: nothing is made again, its weights are measured")
    use_threads(options.threads or found.machine["threads"])
    asked = held_out(recipe, corpus, tokenizer.load(str(out)))
    now = measure(encoder(checkpoint.load(out), options.machine(recipe.dtype)), asked, recipe.steps)
    check_weights(found, now, options.tolerance, out)
    return replace(found, held_out=(*found.held_out[:-1], now))


def _check_made_by(found: Record, recipe: Recipe, revision: str, out: Path) -> None:
    differences = found.recipe.differences(recipe)
    if not differences and found.corpus["revision"] != revision:
        differences = ("the corpus",)
    if differences:
        raise XbenchError(
            f"{out} holds a finished checkpoint that was made otherwise ({', '.join(differences)}): "
            "choose another --out"
        )
