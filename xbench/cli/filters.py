"""Options that choose languages by what they are like."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

_SEVERAL = (
    ("script", "CODE", "Only languages in this script (ISO 15924: Deva)."),
    ("family", "NAME", "Only languages of this family (Dravidian)."),
    ("branch", "NAME", "Only languages of this branch of a family (Germanic)."),
    ("resource-class", "0-5", "Only languages of this resource class (Joshi et al. 2020)."),
)
_ONE = (
    ("seen-by", "NAME", "Only languages that this checkpoint or family (mbert) was pretrained on."),
    ("unseen-by", "NAME", "Only languages that it was not pretrained on."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options, and hands the command what they say as `where`, a filter of languages."""

    @functools.wraps(command)
    def filtered(
        *args: Any, script: Any, family: Any, branch: Any, resource_class: Any, seen_by: Any, unseen_by: Any,
        pretrained: Any, **more: Any,
    ) -> Any:  # fmt: skip
        from xbench.languages import declared, language_filter

        where = language_filter(
            _split("script", script), _split("family", family), _split("branch", branch),
            _split("resource-class", resource_class), seen_by or "", unseen_by or "", declared(pretrained),
        )  # fmt: skip
        return command(*args, where=where, **more)

    options = [
        *(
            click.option(f"--{name}", multiple=True, metavar=shape, help=f"{text} Commas or repeated: any of them.")
            for name, shape, text in _SEVERAL
        ),
        *(click.option(f"--{name}", metavar=shape, help=text) for name, shape, text in _ONE),
        click.option(
            "--pretrained",
            multiple=True,
            metavar="NAME=LANGUAGES",
            help="What a checkpoint was pretrained on, where xbench does not know it: a family (mbert), codes with "
            "commas, or @FILE; repeatable.",
        ),
    ]
    decorated: Callable[..., Any] = filtered
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def _split(option: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Commas separate: names of families have none, and a few have blanks.

    Raises:
        XbenchError: The option is there and says nothing, as where a shell's variable is not set.
    """
    from xbench.errors import XbenchError

    found = tuple(part.strip() for word in words for part in word.split(",") if part.strip())
    if words and not found:
        raise XbenchError(f"--{option} is empty, and nothing would be left out: name one, or leave the option out")
    return found
