"""`xbench export latex`."""

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
@click.option(
    "--to", type=click.Path(path_type=Path), help="Folder of the tables.  [default: latex/ of the comparison]"
)
def command(
    checkpoints: tuple[str, ...], tasks: str | None, protocols: str | None, languages: str | None, metric: str | None,
    resamples: int, where: Filter, out: Path, to: Path | None,
) -> None:  # fmt: skip
    """Write tables for LaTeX with booktabs: averages of several checkpoints, and a table of languages for each task.

    The best is bold, the second underlined; a star marks what can be told apart from the first of CHECKPOINTS, which
    are named as for `xbench compare`. Exit codes: 0 complete, 2 bad input, 3 partial, with what is left out and why.
    """
    from xbench.cli.terminal import width
    from xbench.plugins import registry
    from xbench.reporting.comparison.build import answer
    from xbench.reporting.comparison.latex import write_latex
    from xbench.reporting.comparison.summary import left_out
    from xbench.store.layout import Store

    store = Store(existing(out))
    asked = question(checkpoints, tasks, protocols, languages, metric, resamples, where)
    found = answer(asked, store, registry())
    folder = to or store.part(asked.only).comparison(found.checkpoints) / "latex"
    for path in write_latex(found, folder):
        click.echo(path)
    if not found.complete:
        click.echo(left_out(found, width()), err=True)
    sys.exit(0 if found.complete else 3)
