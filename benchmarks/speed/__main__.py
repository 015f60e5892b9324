"""The command: `python -m benchmarks.speed`, or `make speed`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.speed import (
    breakdown,
    data,
    finetuning,
    growth,
    machine,
    measured,
    prediction,
    probing,
    report,
    startup,
)
from benchmarks.speed.measured import Part
from benchmarks.speed.plot import draw
from benchmarks.speed.settings import ROOT, Settings
from xbench.errors import XbenchError, closest
from xbench.planning.devices import resolve_device

PARTS: dict[str, Callable[[Settings], Part]] = {
    "prediction": prediction.measure,
    "finetuning": finetuning.measure,
    "probing": probing.measure,
    "input": data.measure,
    "growth": growth.measure,
    "breakdown": breakdown.measure,
    "startup": startup.measure,
}
_KINDS = ("cpu", "cuda")
"""Devices that a clock waits for, and whose limit is known how to look for."""
_folder = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("parts", nargs=-1, metavar="[PART]...")
@click.option("--data", type=_folder, help="Folder with XNLI and Tatoeba as on the Hub; else rows made from CLDR.")
@click.option("--vocabulary", type=_folder, help="Folder with a tokenizer; else the shipped checkpoint's.")
@click.option("--layers", default=12, show_default=True, help="Of the encoder.")
@click.option("--hidden", default=768, show_default=True, help="Its width.")
@click.option("--pairs", default=40, show_default=True, help="Rows of each of eight languages that are predicted.")
@click.option("--probed", default="am,jv", show_default=True, help="Languages of retrieval; `all` for all.")
@click.option("--repeat", default=3, show_default=True, help="Rounds; peers take part in every other one.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda:0, …")
@click.option("--threads", type=int, help="On a CPU; else as many as there are cores.")
@click.option("--peers", type=click.Path(path_type=Path), default=ROOT / ".venv-speed" / "bin" / "python",
              help="Python of the environment with accelerate and mteb.")  # fmt: skip
@click.option("--without-peers", is_flag=True, help="Measure xbench against the machine's limit alone.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/speed"), show_default=True,
              help="Folder of what was measured, a file for each part.")  # fmt: skip
@click.option("--document", type=click.Path(path_type=Path, exists=True), help="Document that the tables go into.")
def main(
    parts: tuple[str, ...], out: Path, document: Path | None, peers: Path, without_peers: bool, probed: str,
    device: str, **given: object,
) -> None:  # fmt: skip
    """Measure how fast xbench is, all parts if none is named.

    They are prediction, finetuning, probing, input, growth, breakdown and startup.

    What was measured before of other parts stays in --out, and in the document. `report` measures nothing.
    """
    if unknown := [name for name in parts if name not in (*PARTS, "report")]:
        raise XbenchError(f"nothing is called {unknown[0]}: {closest(unknown[0], (*PARTS, 'report'))}")
    chosen = [name for name in parts or PARTS if name != "report"]
    if not without_peers and not peers.is_file() and {"prediction", "finetuning", "probing"} & {*chosen}:
        raise XbenchError(f"--peers: {peers} is not there: `make speed` makes it; or measure --without-peers")
    place = resolve_device(device)
    if place.partition(":")[0] not in _KINDS:
        raise XbenchError(f"--device {device}: times are taken on {' and '.join(_KINDS)} alone")
    languages = () if probed == "all" else tuple(probed.split(","))
    with TemporaryDirectory(prefix="xbench-speed-") as folder:
        settings = Settings(
            folder=Path(folder),
            peers=None if without_peers else peers,
            probed=languages,
            device=place,
            **given,  # type: ignore[arg-type]
        )
        where = machine.facts(settings)
        for name in chosen:
            print(f"{name} …", file=sys.stderr, flush=True)
            replace(PARTS[name](settings), machine=where).write(out)
    known = measured.read(out, tuple(PARTS))
    print(report.as_text(known))
    draw(known, out / "speed.png")
    if document:
        _publish(known, document)


def _publish(parts: list[Part], document: Path) -> None:
    """Puts tables into a document, and the picture beside it."""
    kind = str(parts[0].machine["device"]).partition(":")[0]
    picture = document.parent / "images" / f"speed-{kind}.png"
    draw(parts, picture)
    report.put(document, kind, report.as_markdown(parts, os.path.relpath(picture, document.parent)))


if __name__ == "__main__":
    try:
        main()
    except XbenchError as error:
        click.echo(f"speed: {error}", err=True)
        sys.exit(2)
