"""`xbench clean`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from xbench.cli.options import out_option


@click.command()
@out_option
@click.option("--weights", is_flag=True, help="Weights of finished fits. Scores and predictions stay.")
@click.option("--states", is_flag=True, help="Saved states of unfinished fits, which then start anew.")
@click.option("--cache", is_flag=True, help="This machine's cache of rows, tokenised slices and measured rates.")
@click.option("--translations", is_flag=True, help="Translated rows, which may have taken hours to make.")
def command(out: Path, weights: bool, states: bool, cache: bool, translations: bool) -> None:
    """Show what takes space, and remove what is named. Scores and predictions are never removed."""
    from xbench.store.cache import cache_folder
    from xbench.store.translations import shelves as translated

    shelves = {
        "weights": (weights, sorted(out.glob("fits/*/weights"))),
        "states": (states, sorted([*out.glob("fits/*/state.pt"), *out.glob("fits/*/best.pt")])),
        "cache": (cache, sorted(set(cache_folder().glob("*")) - {translated()})),
        "translations": (translations, [translated()] if translated().is_dir() else []),
    }
    for name, (chosen, paths) in shelves.items():
        size = sum(_size(path) for path in paths)
        if chosen:
            for path in paths:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        verb = "removed" if chosen else f"kept (remove with --{name})"
        click.echo(f"{name:12} {size / 1e6:10.1f} MB in {len(paths)} places: {verb}")


def _size(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())
