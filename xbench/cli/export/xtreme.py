"""`xbench export xtreme`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xbench.cli.options import existing, out_option


@click.command()
@out_option
@click.option("--model", help="Checkpoint, as the results call it; needed where there are several.")
@click.option("--protocol", default="zero-shot", show_default=True, help="Protocol.")
@click.option("--seed", type=int, help="Seed of what was trained.  [default: the lowest that there is]")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="Where to write.  [default: xtreme in the results folder]",
)
def command(out: Path, model: str | None, protocol: str, seed: int | None, to: Path | None) -> None:
    """Write predictions as XTREME's evaluate.py reads them, and the gold labels that go with them.

    predictions/<task>/test-<language>.tsv has a label a line (xnli, pawsx), a tag a line with a blank line behind each
    sentence (panx, udpos), or for each English sentence the number, from 0, of the one that is found (tatoeba).
    labels/ has the gold in the same form and order, so that its scorer runs on the two:

    \b
        python evaluate.py --prediction_folder TO/predictions --label_folder TO/labels

    The rows are those of the data that were tested, in their order: a submission to XTREME itself, whose Tatoeba is in
    another order, needs a run on its files. Exit code 3: languages that its scorer asks for are missing.
    """
    from xbench.plugins import registry
    from xbench.reporting.names import some
    from xbench.stages.xtreme import export
    from xbench.store.layout import Store

    folder = to or out / "xtreme"
    done = export(Store(existing(out)), registry(), model, protocol, seed, folder)
    for task in done:
        told = f"{task.name}: {len(task.languages)} languages of {task.task}"
        if task.seed is not None:
            told += f", seed {task.seed}"
        click.echo(told + (f"; missing: {some(task.missing, len(task.missing))}" if task.missing else ""))
    click.echo(str(folder))
    sys.exit(3 if any(task.missing for task in done) else 0)
