"""`xbench compare`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xbench.cli.filters import filter_options
from xbench.cli.options import comparison_options, existing, out_option, question
from xbench.languages import Filter


@click.command()
@click.argument("checkpoints", nargs=-1, metavar="CHECKPOINTS...")
@comparison_options
@filter_options
@out_option
def command(
    checkpoints: tuple[str, ...], tasks: str | None, protocols: str | None, languages: str | None, metric: str | None,
    resamples: int, where: Filter, out: Path,
) -> None:  # fmt: skip
    """Compare checkpoints language by language, each with the first: who is better, by how much, can it be trusted?

    CHECKPOINTS are names as the leaderboard has them, or the end or beginning of one; NAME@REVISION where a name has
    several revisions. Only what differs in nothing but the checkpoint is compared. Writes a table of languages, one of
    groups, a page and plots into comparisons/ of the results folder; of some tasks or languages alone into a folder of
    their own in excerpts/. Exit codes: 0 complete, 2 bad input, 3 partial.
    """
    from xbench.cli.terminal import width
    from xbench.plugins import registry
    from xbench.reporting.comparison.build import answer
    from xbench.reporting.comparison.summary import summary
    from xbench.reporting.comparison.write import write_comparison
    from xbench.store.layout import Store

    store = Store(existing(out))
    asked = question(checkpoints, tasks, protocols, languages, metric, resamples, where)
    found = answer(asked, store, registry())
    folder = store.part(asked.only).comparison(found.checkpoints)
    paths = write_comparison(found, folder)
    click.echo(summary(found, width()))
    click.echo(f"\n{len(paths)} files in {folder}")
    sys.exit(0 if found.complete else 3)
