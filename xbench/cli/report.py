"""`xbench report`."""

from __future__ import annotations

from pathlib import Path

import click

from xbench.cli.options import existing, out_option


@click.command()
@out_option
def command(out: Path) -> None:
    """Write scores.csv, leaderboard.csv, tables, plots and one page for a browser from what is on disk."""
    from xbench.cli.terminal import width
    from xbench.engine.report import report
    from xbench.plugins import registry
    from xbench.reporting.columns import columns
    from xbench.reporting.console import summary
    from xbench.reporting.facts import read
    from xbench.stages.publish import publish
    from xbench.store.layout import Store

    store = Store(existing(out))
    scores = publish(store, registry())
    every = columns(scores)
    paths = report(scores, every, store)
    click.echo(summary(every, width(), read(store.languages)))
    click.echo(f"\n{len(paths)} files in {out}; all of it on one page: {store.page}")
