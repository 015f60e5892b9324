"""`xbench merge`."""

from __future__ import annotations

from pathlib import Path

import click

from xbench.cli.options import existing


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDERS...")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder, for all of it.")
def command(folders: tuple[Path, ...], out: Path) -> None:
    """Join results folders of several machines into a new one, and report on it.

    What several have is kept once. Where the same run has other test rows, predictions or scores in one folder
    than in another, or the same fit other losses, nothing is written, and it is named.
    """
    from xbench.engine.report import material, report
    from xbench.plugins import registry
    from xbench.reporting.names import counted
    from xbench.reporting.narrow import Choice
    from xbench.stages.merge import union, write
    from xbench.store.layout import Store

    found = union([Store(existing(folder)) for folder in folders])
    write(found, out)
    paths = report(material(Store(out), registry(), Choice()))
    click.echo(
        f"{len(found.runs)} runs, {len(found.fits)} fits and {found.files} files of predictions of {len(folders)} "
        f"folders; {counted(found.twice)} of a run {'was' if found.twice == 1 else 'were'} in several, and equal"
    )
    click.echo(f"{len(paths)} files in {out}; all of it on one page: {Store(out).page}")
