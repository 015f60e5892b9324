"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from xbench.languages import Filter
    from xbench.reporting.comparison.build import Question

out_option = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="Results folder."
)


def translator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Who translates training rows, and how labels come along."""
    for option in reversed(_TRANSLATOR):
        command = option(command)
    return command


_TRANSLATOR = (
    click.option(
        "--translator",
        metavar="NAME",
        help="Sequence-to-sequence checkpoint (Hub id or folder) that translates rows, instead of published "
        "translations; {language} in it where there is one for each direction.",
    ),
    click.option(
        "--beams",
        type=click.IntRange(min=1),
        default=4,
        show_default=True,
        help="Of its search; 1 is greedy and fastest.",
    ),
    click.option(
        "--carry",
        type=click.Choice(["markers", "alignment", "both"]),
        help="How labels of words come along in translation.  [default: both with an aligner, else markers]",
    ),
    click.option(
        "--aligner",
        metavar="NAME[:LAYER]",
        help="Encoder that aligns words; `tested` is the checkpoint under test, which is marked and never ranked.  "
        "[default: the task's own]",
    ),
)


def comparison_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What of several checkpoints is compared, and how thoroughly; `question` reads it."""
    for option in reversed(_COMPARISON):
        command = option(command)
    return command


_COMPARISON = (
    click.option("--tasks", help="Names, with commas.  [default: all that they share]"),
    click.option("--protocols", help="Names, with commas.  [default: all that they share]"),
    click.option("--languages", help="Codes or English names, with commas.  [default: all that both have]"),
    click.option("--metric", metavar="NAME", help="Another metric than the one that each task is known by, as bleu."),
    click.option(
        "--resamples",
        type=click.IntRange(min=100),
        default=10_000,
        show_default=True,
        help="How often test examples are drawn.",
    ),
)


def question(
    checkpoints: tuple[str, ...], tasks: str | None, protocols: str | None, languages: str | None, metric: str | None,
    resamples: int, where: Filter,
) -> Question:  # fmt: skip
    """What a user wants compared."""
    from xbench.reporting.comparison.build import Question
    from xbench.reporting.narrow import Choice

    told = {"tasks": ", ".join(listed(tasks)), "protocols": ", ".join(listed(protocols)), "metric": metric}
    only = [f"{name}: {value}" for name, value in told.items() if value]
    only += [choice] if (choice := str(Choice(where, parted(languages)))) else []
    seen = where.pretraining.seen
    return Question(
        checkpoints, listed(tasks), listed(protocols), parted(languages), metric or "", where.keeps, seen, resamples,
        "; ".join(only),
    )  # fmt: skip


def listed(text: str | None) -> tuple[str, ...]:
    """`a,b c` as ('a', 'b', 'c')."""
    return tuple(part for part in (text or "").replace(",", " ").split() if part)


def parted(text: str | None) -> tuple[str, ...]:
    """`de, Old English` as ('de', 'Old English'): names of languages may have blanks."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def existing(out: Path) -> Path:
    """The results folder, which must hold results.

    Raises:
        XbenchError: It does not.
    """
    from xbench.errors import XbenchError

    if not (out / "runs").is_dir():
        raise XbenchError(f"{out} holds no results: name the folder with --out, or make some with `xbench run`")
    return out
