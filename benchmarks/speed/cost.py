"""What a comparison takes at its real size: `python -m benchmarks.speed.cost`, after `prediction` and `finetuning`.

From the rates that these two measured here, zero-shot, three seeds. Sub-tokens of a row are counted on rows that the
data folder has; how many rows there are is what data sets' cards say, since a folder may hold a part of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from transformers import AutoTokenizer

from benchmarks.speed import flop, measured, report
from benchmarks.speed.finetuning import BATCH
from benchmarks.speed.sides import ours
from xbench.data import Library
from xbench.errors import XbenchError
from xbench.plugins import registry

_SEEDS = 3
_SAMPLE = 500
"""Rows of a slice whose sub-tokens are counted."""
_HOUR = 3600
_RATES = ("prediction", "finetuning")


@dataclass(frozen=True)
class Real:
    """A task at its real size.

    Attributes:
        train: English rows, from the card.
        test: Rows of all its languages, from the card; at most, where it says 100 to 10,000 for each.
        counted: Languages whose test rows are counted in sub-tokens.
    """

    train: int
    test: int
    counted: tuple[str, ...]


TASKS = {
    "xnli": Real(392_702, 15 * 5_010, ("en", "de", "sw", "th", "zh")),
    "pawsx": Real(49_401, 7 * 2_000, ("en", "de", "zh")),
    # The 40 languages of XTREME (Hu et al. 2020, table 1).
    "wikiann": Real(20_000, 40 * 10_000, ("en", "de", "am", "sw")),
    "tatoeba": Real(0, 88_877, ("af", "am", "de")),
}


def operations(
    task: str, real: Real, tokenizer: Any, library: Library, layers: int, hidden: int
) -> tuple[float, float]:
    """Floating-point operations of a fit, and of all its predictions."""
    found = registry()
    own = found.tasks[task]
    kind = found.kinds[own.kind]

    def each(tags: Sequence[str]) -> float:
        """Of a test row, on average."""
        sums, rows = 0.0, 0
        for tag in tags:
            some = library.rows(own.slice(tag, "test"), kind, own).rows[:_SAMPLE]
            lengths = kind.encode(some, tokenizer, own, own.max_length).lengths.tolist()
            sums, rows = sums + flop.forward(lengths, layers, hidden), rows + len(some)
        return sums / rows

    epochs = own.recipe.epochs if own.recipe else 0
    # English test rows stand for the training rows, of which a folder may have none.
    fit = flop.TRAINING * real.train * epochs * each(("en",)) if epochs else 0.0
    return fit, real.test * each(real.counted)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True, help="Folder in the Hub's layout.")
@click.option("--vocabulary", type=click.Path(path_type=Path, exists=True), required=True, help="With a tokenizer.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/speed"), help="What was measured.")
@click.option("--dtype", default="bf16", show_default=True)
@click.option("--layers", default=12, show_default=True)
@click.option("--hidden", default=768, show_default=True)
@click.option("--checkpoints", default=10, show_default=True)
def main(data: Path, vocabulary: Path, out: Path, dtype: str, layers: int, hidden: int, checkpoints: int) -> None:
    """Prints hours of the device that the rates are of."""
    parts = {part.name: part for part in measured.read(out, _RATES)}
    if lacking := [name for name in _RATES if name not in parts or not parts[name].work]:
        raise XbenchError(f'{out} has no times of {" and ".join(lacking)}: run make speed ARGS="{" ".join(_RATES)}"')
    rates = {name: _rate(part, dtype) for name, part in parts.items()}
    library = Library(data, tuple(registry().sources.values()))
    tokenizer = AutoTokenizer.from_pretrained(vocabulary)
    table: report.Table = [
        ("", "TFLOP of a fit", "of its predictions", "hours, one seed", f"{checkpoints} checkpoints")
    ]
    total = 0.0
    for task, real in TASKS.items():
        fit, predictions = operations(task, real, tokenizer, library, layers, hidden)
        hours = (fit / rates["finetuning"] + predictions / rates["prediction"]) / _HOUR
        # What is not trained has no seeds.
        every = checkpoints * hours * (_SEEDS if fit else 1)
        total += every
        table.append((task, f"{fit / 1e12:,.0f}", f"{predictions / 1e12:,.0f}", f"{hours:.2f}", f"{every:,.0f}"))
    table.append(("all", "", "", "", f"{total:,.0f}"))
    device = parts["finetuning"].machine["device"]
    print(f"Hours of {device}, {dtype}, {layers} × {hidden}; {_SEEDS} seeds of what is trained; steps of {BATCH}.\n")
    print(*report.aligned(table), sep="\n")


def _rate(part: measured.Part, dtype: str) -> float:
    """Floating-point operations a second, of the work that counts."""
    return part.work / part.seconds(ours(dtype))


if __name__ == "__main__":
    try:
        main()
    except XbenchError as error:
        click.echo(f"cost: {error}", err=True)
        sys.exit(2)
