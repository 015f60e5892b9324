"""`xbench languages`."""

from __future__ import annotations

import click

from xbench.cli.filters import filter_options
from xbench.cli.options import listed
from xbench.languages import Filter


@click.command()
@click.option("--tasks", help="Only languages of these tasks, with commas.")
@filter_options
def command(tasks: str | None, where: Filter) -> None:
    """List languages: tag, English name, script, family, branch, resource class (Joshi et al.), tasks.

    Options of different kinds narrow each other down: --script Arab --family Indo-European lists what is both.
    """
    from xbench.languages import language, languages
    from xbench.plugins import pick, registry

    found = registry()
    chosen = pick(found.tasks, listed(tasks)) if tasks else tuple(found.tasks.values())
    covered: dict[str, list[str]] = {} if tasks else {one.tag: [] for one in languages()}
    for task in chosen:
        for tag in task.languages:
            covered.setdefault(tag, []).append(task.name)
    kept = where.pick(sorted(covered))
    rows = [("tag", "language", "script", "family", "branch", "class", "tasks")]
    for tag in kept:
        one = language(tag)
        known = "" if one.resource_class is None else str(one.resource_class)
        rows.append((tag, one.name, one.script, one.family, one.branch, known, " ".join(covered[tag])))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    for row in rows:
        click.echo("  ".join([*(c.ljust(w) for c, w in zip(row[:6], widths, strict=True)), row[6]]).rstrip())
    click.echo(f"\n{len(kept)} languages" + (f" of {len(covered)}: {where}" if where else ""))
    if not kept:
        click.echo(where.counts(covered))
