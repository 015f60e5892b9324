"""`xbench report`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from xbench.cli.filters import filter_options
from xbench.cli.options import existing, out_option, parted
from xbench.languages import Filter


@click.command()
@click.option(
    "--baseline",
    metavar="NAME",
    help="Compare every checkpoint with this one: tests, intervals and the smallest difference that would have shown.",
)
@click.option("--checkpoint", "checkpoints", multiple=True, metavar="NAME", help="Only these; repeatable.")
@click.option("--languages", help="Only these: codes or English names, with commas.")
@filter_options
@out_option
def command(
    baseline: str | None, checkpoints: tuple[str, ...], languages: str | None, where: Filter, out: Path
) -> None:
    """Write scores.csv, leaderboard, tables, plots, a comparison and one page for a browser from what is on disk.

    Reports on some languages or checkpoints alone go into a folder of their own in excerpts/ of the results folder.
    Exit codes: 0 complete, 2 bad input, 3 if something could not be compared with --baseline.
    """
    from xbench.cli.terminal import width
    from xbench.engine.against import rivals_of
    from xbench.engine.report import material, report
    from xbench.plugins import registry
    from xbench.reporting.comparison.summary import averages
    from xbench.reporting.console import summary
    from xbench.reporting.facts import read
    from xbench.reporting.narrow import Choice
    from xbench.store.layout import Store

    store, plugins = Store(existing(out)), registry()
    choice = Choice(where, parted(languages), checkpoints)
    rivals = rivals_of(baseline, checkpoints, store) if baseline else None
    if rivals and checkpoints:
        choice = replace(choice, checkpoints=tuple(dict.fromkeys((*checkpoints, rivals.chosen[0].name))))
    given = material(store, plugins, choice)
    found = rivals.compared(given.languages, store, plugins, where.pretraining) if rivals else None
    paths = report(given, where.pretraining, found)
    click.echo(summary(given.every, width(), read(given.store.languages)))
    if found:
        click.echo(f"\n{averages(found, width())}")
    click.echo(f"\n{len(paths)} files in {given.store.root}; all of it on one page: {given.store.page}")
    sys.exit(0 if not found or found.complete else 3)
