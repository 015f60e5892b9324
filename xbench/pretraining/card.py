"""README.md of a checkpoint: what it is, for those who find it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from xbench.languages.facts import names
from xbench.pretraining.initialise import initialisation
from xbench.pretraining.objectives import objectives
from xbench.pretraining.point import Point, pivot
from xbench.pretraining.recipe import Recipe
from xbench.pretraining.record import NAME, Record
from xbench.store.files import write_text


def write(record: Record, folder: Path) -> None:
    """Writes the model card."""
    write_text(folder / "README.md", "\n".join(_lines(record, folder.resolve().name)) + "\n")


def _lines(record: Record, name: str) -> Iterator[str]:
    recipe, corpus = record.recipe, record.corpus
    yield from ["---", "library_name: transformers", "pipeline_tag: fill-mask", "language:"]
    # YAML reads no and on as truth values.
    yield from (f"- {json.dumps(tag)}" for tag in recipe.languages)
    yield from ["---", "", f"# {name}", ""]
    yield (
        f"A BERT of {recipe.architecture['num_hidden_layers']} layers, {recipe.architecture['hidden_size']} wide, with "
        f"{record.model['vocabulary']:,} sub-tokens and {record.model['parameters']:,} weights, pretrained by "
        f"`xbench pretrain` in {len(recipe.languages)} languages. What it scores says nothing about any other encoder."
    )
    yield from ["", "## Data", ""]
    yield (
        f"Corpus `{corpus['name']}`, revision `{corpus['revision']}`: {corpus['passages']:,} passages, "
        f"{corpus['tokens']:,} sub-tokens; {corpus['held_out']:,} passages are held out."
    )
    if corpus["parallel"] and len(recipe.languages) > 1 and (told := list(_told(recipe))):
        yield (
            f"Its passages translate each other, and that was used ({', '.join(told)}): the checkpoint is not to be "
            "compared with encoders that saw no translations."
        )
    if corpus["shortened"]:
        yield f"{100 * corpus['shortened']:.1f} % of the passages lose their end to the longest sequence."
    yield corpus["about"]
    yield from ["", "## Held out", ""]
    yield from _table(record)
    yield from ["", "## Recipe", ""]
    yield (
        f"`xbench pretrain --like {name} --out FOLDER` builds it again and compares the numbers above; `{NAME}` holds "
        "everything that made it:"
    )
    yield from ["", "```json", json.dumps(recipe.facts(), indent=1, ensure_ascii=False), "```"]
    yield from ["", "## Languages", ""]
    yield ", ".join(f"{(*names(tag), tag)[0]} (`{tag}`)" for tag in recipe.languages) + "."


def _told(recipe: Recipe) -> Iterator[str]:
    """What uses which passages translate each other."""
    yield from (name for name, (_, objective) in objectives(recipe).items() if objective.translations)
    if initialisation(recipe.initialisation).translations:
        yield "initialisation"


def _table(record: Record) -> Iterator[str]:
    losses = list(record.recipe.objectives)
    searched = record.last.retrieval is not None
    heads = ["step", *losses, *(["retrieval"] if searched else [])]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for point in record.held_out:
        yield f"| {' | '.join(_cells(point, losses))} |"
    if searched:
        languages = record.recipe.languages
        yield ""
        yield (
            f"Losses are unweighted. Retrieval: per cent of the passages in {languages[pivot(languages)]} whose "
            "translation is the nearest, by the cosine of means of the last layer without its first state; the mean "
            "over the other languages. Step 0 is the initialisation."
        )


def _cells(point: Point, losses: list[str]) -> list[str]:
    numbers = [f"{point.losses[name]:.3f}" for name in losses]
    return [str(point.step), *numbers, *([] if point.retrieval is None else [f"{point.retrieval:.1f}"])]
