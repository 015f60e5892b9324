"""What a user asks for, before anything is looked up."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from xbench.api import CARRY, Recipe, Task, Translator
from xbench.errors import XbenchError, closest
from xbench.languages import Filter, canonical
from xbench.planning.translators import parse_aligner
from xbench.store.series import TESTED

DEFAULT_PROTOCOLS = ("zero-shot", "translate-train-all")
DEFAULT_BEAMS = 4

_ABOVE_ZERO = ("max_length", "recipe.epochs", "recipe.batch_size", "recipe.learning_rate", "recipe.clip")
"""Keys of numbers that may not be 0."""


@dataclass(frozen=True)
class Request:
    """The arguments of `xbench run` and of `xbench.bench`.

    Attributes:
        models: Hub ids (with `@revision`), folders, or names of shipped checkpoints; empty for the suite's.
        tasks: Names; empty for those of the suite.
        suite: Name of a set of tasks; None for `tasks` or those of `task_files`, else for `core` with a model and for
            `cldr`, which brings its own, without one.
        protocols: Names.
        languages: Codes or English names; empty for all that a task has.
        where: Which of these are meant, by what they are like.
        seeds: Of every fit in which chance takes part; empty for the suite's.
        source: Training language, or the pivot of parallel rows; None for the task's own.
        mirror: Folder in the Hub's layout, None for the Hub.
        settings: `key=value` that change a task, such as `recipe.epochs=3`.
        limit: First rows of every slice only.
        dtype: `auto`, `fp32` or `bf16`.
        devices: One process each. `("auto",)` leaves both to the machine and the size of the checkpoints.
        task_files: Python files that declare more tasks.
        translator: Checkpoint that translates training rows, see `xbench.api.Translator`; None for published ones.
        beams: Of its search.
        carry: How labels of words come along; empty for what there is.
        aligner: Encoder that aligns words, `name` or `name:layer`; `tested` is the checkpoint under test; None for the
            task's own.
    """

    models: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    suite: str | None = None
    protocols: tuple[str, ...] = DEFAULT_PROTOCOLS
    languages: tuple[str, ...] = ()
    where: Filter = field(default_factory=Filter)
    seeds: tuple[int, ...] = ()
    source: str | None = None
    mirror: Path | None = None
    settings: tuple[str, ...] = ()
    limit: int | None = None
    dtype: str = "auto"
    devices: tuple[str, ...] = ("auto",)
    task_files: tuple[Path, ...] = ()
    translator: str | None = None
    beams: int = DEFAULT_BEAMS
    carry: str = ""
    aligner: str | None = None


def parse_seeds(text: str) -> tuple[int, ...]:
    """`3` is the seeds 1, 2 and 3; `7,` and `7,11` are those seeds.

    Raises:
        XbenchError: Not numbers, or none.
    """
    try:
        numbers = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 0 or (numbers == (0,) and "," not in text):
        raise XbenchError(
            f"--seeds {text}: give how many (3 means the seeds 1, 2, 3) or which (7,11; a single one: 7,)"
        )
    return numbers if "," in text else tuple(range(1, numbers[0] + 1))


def adapt(task: Task, settings: tuple[str, ...], source: str | None) -> Task:
    """A task with the user's changes, which are part of the keys of its fits.

    Args:
        task: As declared.
        settings: `recipe.<field>=value`, `max_length=value`, `train_languages=de,ru` or `settings.<name>=value`.
        source: Another training language or pivot.

    Raises:
        XbenchError: An unknown key (closest valid one), or a value of another type.
    """
    if source is not None and source != task.source:
        if task.paired and not task.data.multiparallel:
            raise XbenchError(f"--source {source}: the pairs of {task.name} all have {task.source} on one side")
        task = replace(task, source=source)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise XbenchError(f"--set {setting}: write key=value, such as recipe.epochs=3")
        room, _, name = key.partition(".")
        if key == "max_length":
            task = replace(task, max_length=_number(key, text, int))
        elif key == "train_languages":
            task = replace(task, train_languages=tuple(dict.fromkeys(map(canonical, filter(None, text.split(","))))))
        elif room == "settings" and name:
            task = replace(task, settings={**task.settings, name: text})
        elif room == "recipe":
            # Of a probe, which has no recipe, it changes nothing: others of the suite have one.
            value = _recipe_value(name, text)
            task = replace(task, recipe=replace(task.recipe, **{name: value}) if task.recipe else None)
        else:
            raise XbenchError(f"--set {setting}: unknown key {key!r}; {closest(key, _keys())}")
    return task


def translator(request: Request, dtype: str) -> Translator | None:
    """Who translates, as it was asked; not looked up yet.

    Args:
        request: What the user typed.
        dtype: `fp32` or `bf16`.

    Raises:
        XbenchError: Settings of a translator without one, or ones that there are not.
    """
    if request.translator is None:
        asked = {"--carry": request.carry, "--aligner": request.aligner}
        if lonely := [option for option, value in asked.items() if value]:
            raise XbenchError(
                f"{lonely[0]} says how labels come along in translation: name who translates (--translator)"
            )
        return None
    if request.carry and request.carry not in CARRY:
        raise XbenchError(f"--carry {request.carry}: {closest(request.carry, CARRY)}")
    if request.beams < 1:
        raise XbenchError(f"--beams {request.beams}: give at least 1")
    aligner = None
    if request.aligner:
        aligner = parse_aligner(request.aligner)
        aligner = replace(aligner, tested=aligner.name == TESTED)
    return Translator(request.translator, request.beams, dtype, request.carry, aligner)


def _keys() -> list[str]:
    return ["max_length", "train_languages", "settings.<name>", *(f"recipe.{field.name}" for field in fields(Recipe))]


def _recipe_value(name: str, text: str) -> Any:
    hints = get_type_hints(Recipe)
    if name not in hints:
        raise XbenchError(f"--set recipe.{name}: unknown key; {closest(f'recipe.{name}', _keys())}")
    choices = get_args(hints[name])
    if choices:
        if text not in choices:
            raise XbenchError(f"--set recipe.{name}={text}: {closest(text, choices)}")
        return text
    return _number(f"recipe.{name}", text, hints[name])


def _number(key: str, text: str, kind: type) -> Any:
    try:
        value = kind(text)
    except ValueError as error:
        raise XbenchError(f"--set {key}={text}: {text!r} is no {kind.__name__}") from error
    if not math.isfinite(value) or value < 0 or (value == 0 and key in _ABOVE_ZERO):
        raise XbenchError(f"--set {key}={text}: must be {'above 0' if key in _ABOVE_ZERO else 'a number from 0 on'}")
    return value
