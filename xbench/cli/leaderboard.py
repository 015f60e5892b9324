"""`xbench leaderboard`."""

from __future__ import annotations

from pathlib import Path

import click

from xbench.cli.filters import filter_options
from xbench.cli.options import existing, out_option, parted
from xbench.languages import Filter


@click.command()
@out_option
@click.option("--checkpoint", "checkpoints", multiple=True, metavar="NAME", help="Only these; repeatable.")
@click.option("--languages", help="Only these: codes or English names, with commas.")
@filter_options
@click.option(
    "--panel",
    default="common",
    show_default=True,
    help="What ranks are over: the languages that all compared checkpoints have, or another panel or group, such as "
    "target, xtreme, script:Deva.",
)
def command(out: Path, checkpoints: tuple[str, ...], languages: str | None, panel: str, where: Filter) -> None:
    """Write leaderboard.csv and leaderboard.md from what is on disk, and print ranks and averages.

    A leaderboard of some languages or checkpoints alone goes into leaderboard-chosen.csv and .md beside them.
    """
    from xbench.cli.terminal import width
    from xbench.plugins import registry
    from xbench.reporting.columns import columns
    from xbench.reporting.leaderboard import write_standings
    from xbench.reporting.narrow import Choice, narrow
    from xbench.reporting.ranking import ranks
    from xbench.reporting.standings import standings
    from xbench.stages.publish import publish
    from xbench.store.layout import Store

    store = Store(existing(out))
    every = columns(publish(store, registry(), pretraining=where.pretraining))
    choice = Choice(where, parted(languages), checkpoints)
    chosen = narrow(every, choice)
    found = standings(chosen, where.pretraining, panel).only(str(choice))
    path = store.leaderboard.with_name("leaderboard-chosen.csv") if choice else store.leaderboard
    write_standings(found, chosen, path)
    click.echo(ranks(found, chosen, width()))
    click.echo(f"\n{path} · {path.with_suffix('.md')}")
