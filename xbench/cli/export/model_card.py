"""`xbench export model-card`."""

from __future__ import annotations

from pathlib import Path

import click

from xbench.cli.options import existing, out_option


@click.command()
@out_option
@click.option("--model", help="Checkpoint, as the results call it; needed where there are several.")
@click.option("--by-language", is_flag=True, help="Also a result for every language, not for averages alone.")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="Model card to write, or to add the results to.  [default: model-card-<checkpoint>.md in the results folder]",
)
def command(out: Path, model: str | None, by_language: bool, to: Path | None) -> None:
    """Write the scores of a checkpoint into the metadata of a model card, as the Hub's model-index.

    A card that is there keeps its text and all that others have written; results that xbench wrote before are replaced.
    """
    from xbench.plugins import registry
    from xbench.reporting.model_card import write_card
    from xbench.stages.publish import publish
    from xbench.store.layout import Store

    store = Store(existing(out))
    path, count = write_card(store, publish(store, registry()), registry().kinds.entries, model, by_language, to)
    click.echo(f"{path}: {count} results")
