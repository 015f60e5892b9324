"""`xbench tasks`."""

from __future__ import annotations

import click


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the tasks that are installed, or show one declaration whole."""
    from xbench.plugins import registry

    found = registry()
    if name:
        from xbench.cli.declaration import describe

        click.echo(describe(found.tasks[name], found.tasks.where[name]))
        return
    rows = [
        (task.name, task.kind, str(len(task.languages)), task.data.repo, task.data.licence)
        for task in found.tasks.values()
    ]
    header = ("task", "kind", "languages", "data", "licence")
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    suites = [f"{suite.name} ({' '.join(suite.tasks)})" for suite in found.suites.values()]
    click.echo(f"\nsuites: {', '.join(suites)}")
    click.echo(f"protocols: {', '.join(found.protocols)}")
