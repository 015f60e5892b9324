"""`xbench leaderboard`."""

from __future__ import annotations

from pathlib import Path

import click

from xbench.cli.options import existing, out_option


@click.command()
@out_option
def command(out: Path) -> None:
    """Write leaderboard.csv from what is on disk, and print ranks and averages."""
    from xbench.cli.terminal import width
    from xbench.plugins import registry
    from xbench.reporting.leaderboard import write_leaderboard
    from xbench.reporting.ranking import ranking
    from xbench.stages.publish import publish
    from xbench.store.layout import Store

    store = Store(existing(out))
    scores = publish(store, registry())
    write_leaderboard(scores, store.leaderboard)
    click.echo(ranking(scores, width()))
    click.echo(f"\n{store.leaderboard}")
