"""`xbench run`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xbench.cli.filters import filter_options
from xbench.cli.options import listed, out_option, parted, translator_options
from xbench.languages import Filter


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="Hub id (owner/name, with an optional @revision), folder, or a checkpoint that comes with xbench; repeat it "
    "to compare.  [default: the suite's own]",
)
@click.option(
    "--suite", help="A named set of tasks.  [default: the tasks of --task-file; else core, or cldr without --model]"
)
@click.option("--tasks", help="Names, with commas; instead of the suite's.")
@click.option(
    "--protocols", help="Names, with commas.  [default: zero-shot,translate-train-all, where they make sense]"
)
@click.option("--languages", help="Codes or English names, with commas; all of each task if not given.")
@filter_options
@click.option("--seeds", help="How many (3 means 1, 2, 3) or which (7,11; one: 7,).  [default: 3; the suite cldr: 1]")
@click.option("--source", help="Another training language, or pivot of parallel rows.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="A mirror in the Hub's layout, instead of the Hub; also where folders of your own gold files lie.",
)
@click.option(
    "--task-file",
    "task_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A Python file that declares a task; repeatable.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the tasks: recipe.epochs=3, max_length=64, settings.mode=strict; repeatable.",
)
@translator_options
@click.option("--limit", type=click.IntRange(min=1), help="First N rows of every slice; marked, never ranked.")
@out_option
@click.option(
    "--device",
    default="auto",
    show_default=True,
    help="cpu, cuda:0, mps; auto is the first GPU, else the CPU, with a process per core for small checkpoints.",
)
@click.option("--devices", help="Several, with commas: a process each.")
@click.option(
    "--dtype",
    type=click.Choice(["auto", "fp32", "bf16"]),
    default="auto",
    show_default=True,
    help="auto is bf16 on a GPU, fp32 elsewhere.",
)
@click.option("--deterministic", is_flag=True, help="Refuse operations that could differ between two runs.")
@click.option(
    "--keep-weights",
    type=click.Choice(["always", "until-predicted", "never"]),
    default="until-predicted",
    show_default=True,
    help="Weights of fits, after their predictions exist.",
)
@click.option(
    "--save-every",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    metavar="MINUTES",
    help="Between two saved states of a fit.",
)
@click.option("--dry-run", is_flag=True, help="Print the plan and its cost, and stop.")
@click.option("--quiet", is_flag=True, help="Neither plan nor progress.")
def command(
    models: tuple[str, ...], suite: str | None, tasks: str | None, protocols: str | None, languages: str | None,
    seeds: str | None, source: str | None, data: Path | None, task_files: tuple[Path, ...], settings: tuple[str, ...],
    translator: str | None, beams: int, carry: str | None, aligner: str | None, limit: int | None, out: Path,
    device: str, devices: str | None, dtype: str, deterministic: bool, keep_weights: str, save_every: float,
    dry_run: bool, quiet: bool, where: Filter,
) -> None:  # fmt: skip
    """Benchmark checkpoints. What is finished in the results folder is not done again.

    \b
    xbench run --model bert-base-multilingual-cased --tasks xnli,wikiann
    xbench run --model ./mine --model xlm-roberta-base --languages de,sw,th
    """
    from xbench.planning.request import Request, parse_seeds

    request = Request(
        models=models,
        tasks=listed(tasks),
        suite=suite,
        protocols=listed(protocols),
        languages=parted(languages),
        where=where,
        seeds=parse_seeds(seeds) if seeds else (),
        source=source,
        mirror=data,
        settings=settings,
        limit=limit,
        dtype=dtype,
        devices=listed(devices) or (device,),
        task_files=task_files,
        translator=translator,
        beams=beams,
        carry=carry or "",
        aligner=aligner,
    )
    if dry_run:
        from xbench.engine.bench import preview

        click.echo(preview(request, out))
        return
    from xbench.cli.terminal import width
    from xbench.engine.bench import run
    from xbench.engine.options import Options
    from xbench.reporting.columns import columns
    from xbench.reporting.console import summary
    from xbench.reporting.facts import read
    from xbench.store.layout import Store

    results = run(request, out, Options(keep_weights, save_every * 60, deterministic), quiet=quiet)
    click.echo(summary(columns(results.scores), width(), read(Store(out).languages)))
    places = ("report.html", "scores.csv", "leaderboard.csv", "tables/", "plots/", "comparisons/")
    click.echo("\n" + " · ".join(f"{out}/{place}" for place in places if (out / place).exists()))
    if not models:
        click.echo("your own checkpoint: xbench run --model bert-base-multilingual-cased (a Hub id, or a folder)")
    for error in results.errors:
        click.echo(f"xbench: {error}", err=True)
    sys.exit(2 if results.errors else 3 if results.gaps else 0)
