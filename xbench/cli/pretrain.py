"""`xbench pretrain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from xbench.pretraining.recipe import SHAPE, Recipe

_SHARE = click.FloatRange(0, 1)
_POSITIVE = click.FloatRange(min=0, min_open=True)


def _of_recipe(flag: str, kind: Any = str, help: str = "", shown: str = "", name: str = "") -> Callable[[Any], Any]:
    """An option that is None where it is not given, so that a recipe's own value holds; that is what --help shows."""
    field = name or flag.removeprefix("--").replace("-", "_")
    return click.option(flag, field, type=kind, help=help, show_default=shown or str(getattr(Recipe, field)))


@click.command()
@click.option("--corpus", help="Name of a corpus, or a folder with a UTF-8 text file per language (de.txt, sw.txt).")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the checkpoint.")
@click.option(
    "--like",
    metavar="NAME",
    help="The recipe of this checkpoint, a shipped one or a folder, apart from what is said here, and its number of "
    "threads; its held-out numbers are compared at the end.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    help="Points of retrieval and per cent of a loss by which what is measured may miss what is recorded: with --like, "
    "or when --out is finished already.",
)
@click.option("--parallel", is_flag=True, default=None, help="Line i of every file says the same.")
@_of_recipe("--languages", help="Codes or English names, with commas.", shown="all")
@_of_recipe("--tokenizer", help="An existing one: folder or Hub id.", shown="one that is trained on the corpus")
@_of_recipe("--vocabulary", int, "Sub-tokens of a tokenizer that is trained.")
@click.option("--config", type=click.Path(path_type=Path), help="config.json of a BERT; the next four change it.")
@click.option("--layers", type=click.IntRange(min=1), show_default=str(SHAPE["num_hidden_layers"]))
@click.option("--hidden", type=click.IntRange(min=2), help="Width.", show_default=str(SHAPE["hidden_size"]))
@click.option("--heads", type=click.IntRange(min=1), show_default=str(SHAPE["num_attention_heads"]))
@click.option(
    "--positions",
    type=click.IntRange(min=8),
    help="Sub-tokens of the longest sequence.",
    show_default=str(SHAPE["max_position_embeddings"]),
)
@_of_recipe(
    "--init",
    help="lsa: words by latent semantic analysis, attention that looks for copies; ordinary: BERT's.",
    name="initialisation",
)
@click.option(
    "--objective",
    "objectives",
    multiple=True,
    metavar="NAME=WEIGHT",
    help="mlm, tlm, contrastive or matching; repeatable.",
    show_default="tlm=0.25 contrastive=0.5 matching=0.3 with translations, else mlm=1",
)
@_of_recipe("--crosslingual", _SHARE, "Of the pairs of tlm, those that are translations.")
@_of_recipe(
    "--same-language",
    _SHARE,
    "Of the pairs of matching, those within a language whose passages the corpus has in other words too.",
)
@_of_recipe("--masked", _SHARE, "Of the sub-tokens, those that mlm and tlm predict.")
@_of_recipe("--temperature", _POSITIVE, "Of contrastive.")
@_of_recipe("--steps", click.IntRange(min=0), "0 writes the initialisation.")
@_of_recipe("--batch", click.IntRange(min=1), "Passages, or pairs of them, of each objective in a step.")
@_of_recipe("--learning-rate", click.FloatRange(min=0), "At its peak.")
@_of_recipe("--weight-decay", click.FloatRange(min=0), "Of AdamW.")
@_of_recipe("--beta2", click.FloatRange(0, 1, max_open=True), "Of AdamW.")
@_of_recipe("--warmup", _SHARE, "Of the steps, those until the peak.")
@_of_recipe("--clip", _POSITIVE, "Largest norm of the gradient.")
@_of_recipe("--dropout", click.FloatRange(0, 1, max_open=True), "Of states and of attention.")
@_of_recipe("--smoothing", _SHARE, "Power of a language's number of passages that it is drawn by.")
@_of_recipe("--dtype", click.Choice(["fp32", "bf16"]), "bf16 is autocast over fp32 weights.")
@_of_recipe("--save-dtype", click.Choice(["fp32", "fp16"]), "Of the weights that are written.")
@_of_recipe("--seed", click.IntRange(min=0), "Of all chance.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:0, mps.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="Of the CPU. The last digits of all numbers depend on it.",
    show_default="with --like as recorded, else OMP_NUM_THREADS, else one per core",
)
@click.option(
    "--save-every",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    metavar="MINUTES",
    help="Between two saved states; the same command continues from the last one.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
def command(
    corpus: str | None, out: Path, like: str | None, tolerance: float, languages: str | None, config: Path | None,
    layers: int | None, hidden: int | None, heads: int | None, positions: int | None, objectives: tuple[str, ...],
    device: str, threads: int | None, save_every: float, quiet: bool, **given: Any,
) -> None:  # fmt: skip
    """Pretrain a BERT on a corpus, from its tokenizer to its model card.

    The same command again continues what was interrupted, and measures again what is finished.

    \b
    xbench pretrain --corpus texts --parallel --out mine
    xbench pretrain --like embedded --out again
    """
    from xbench.errors import XbenchError
    from xbench.pretraining.architecture import architecture
    from xbench.pretraining.compare import check
    from xbench.pretraining.recipe import weights
    from xbench.pretraining.record import has_record, record

    model = record(_folder(like)) if like else None
    if model:
        base = replace(model.recipe, corpus=corpus or model.recipe.corpus)
    elif corpus:
        base = Recipe(corpus)
    else:
        raise XbenchError("nothing to learn from: name a corpus or a folder of texts with --corpus, or take --like")
    changes = {name: value for name, value in given.items() if value is not None}
    if languages:
        changes["languages"] = tuple(part.strip() for part in languages.split(",") if part.strip())
    if objectives:
        changes["objectives"] = weights(objectives)
    shape = architecture(base.architecture, config, layers, hidden, heads, positions)
    recipe = replace(base, architecture=shape, **changes)

    from xbench.pretraining.making import pretrain
    from xbench.pretraining.options import Options

    as_recorded = model.machine["threads"] if model else 0
    finished = has_record(out)
    made = pretrain(recipe, out, Options(device, threads or as_recorded, save_every * 60, tolerance, quiet))
    for point in made.held_out:
        click.echo(point)
    then = "made before; the last line above is measured now" if finished else f"{made.seconds:.0f} s of training"
    click.echo(f"\n{out}: {made.model['parameters']:,} weights, {then}")
    if model:
        for said in check(model, made, tolerance):
            click.echo(said)


def _folder(name: str) -> Path:
    """Of a checkpoint that is shipped, or the user's own."""
    from xbench.errors import XbenchError, closest
    from xbench.planning.checkpoints import shipped

    folder = shipped().get(name, Path(name))
    if not folder.is_dir():
        raise XbenchError(f"--like {name}: neither a folder nor a checkpoint of xbench; {closest(name, shipped())}")
    return folder
