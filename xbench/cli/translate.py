"""`xbench translate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xbench.cli.options import listed, translator_options


@click.command()
@translator_options
@click.option(
    "--protocol", default="translate-train-all", show_default=True,
    help="Whose rows: those that it trains on, or, with translate-test, test rows.",
)  # fmt: skip
@click.option("--suite", help="A named set of tasks, instead of --tasks.")
@click.option("--tasks", help="Names, with commas.")
@click.option("--languages", help="Codes or English names, with commas; all of each task if not given.")
@click.option("--source", help="Another language to translate from.")
@click.option("--data", type=click.Path(path_type=Path), help="A mirror in the Hub's layout, instead of the Hub.")
@click.option(
    "--task-file", "task_files", multiple=True, type=click.Path(path_type=Path),
    help="A Python file that declares a task; repeatable.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="First N rows only; rows for a run with the same limit.")
@click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda:0, mps; auto is the first GPU, else the CPU."
)
@click.option(
    "--dtype", type=click.Choice(["auto", "fp32", "bf16"]), default="auto", show_default=True,
    help="auto is bf16 on a GPU, fp32 elsewhere; translations are kept apart by it.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print what would be translated and its cost, and stop.")
@click.option("--quiet", is_flag=True, help="No progress.")
def command(
    translator: str | None, beams: int, carry: str | None, aligner: str | None, protocol: str, suite: str | None,
    tasks: str | None, languages: str | None, source: str | None, data: Path | None, task_files: tuple[Path, ...],
    limit: int | None, device: str, dtype: str, dry_run: bool, quiet: bool,
) -> None:  # fmt: skip
    """Make translated rows, for every run with the same translator. What is there is not made again.

    \b
    xbench translate --translator facebook/nllb-200-distilled-600M --tasks xnli --languages de,sw
    xbench translate --translator 'Helsinki-NLP/opus-mt-en-{language}' --tasks wikiann --carry markers --dry-run
    """
    from xbench.engine.translate import preview, translate
    from xbench.errors import XbenchError
    from xbench.planning.request import Request
    from xbench.stages.make import reasons

    if not (tasks or suite or task_files):
        raise XbenchError("the rows of what? Name tasks with --tasks, or a suite with --suite")
    request = Request(
        tasks=listed(tasks), suite=suite, languages=tuple(p.strip() for p in (languages or "").split(",") if p.strip()),
        source=source, mirror=data, limit=limit, dtype=dtype, devices=(device,), task_files=task_files,
        translator=translator, beams=beams, carry=carry or "", aligner=aligner,
    )  # fmt: skip
    if dry_run:
        click.echo(preview(request, protocol))
        return
    done = translate(request, protocol, quiet)
    for task, language, how in done.made:
        click.echo(f"{task} {language}: {how['rows']} of {how['source_rows']} rows; {reasons(how)}")
        for reason, shown in how["examples"].items():
            for text, translation in shown:
                click.echo(f"  {reason}: {text!r} → {translation!r}")
    for name, reason in done.gaps.items():
        click.echo(f"{name}: unavailable: {reason}")
    for error in done.errors:
        click.echo(f"xbench: {error}", err=True)
    sys.exit(2 if done.errors else 3 if done.gaps else 0)
