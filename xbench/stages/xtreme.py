"""Predictions -> files that XTREME's own scorer reads (Hu et al. 2020, https://github.com/google-research/xtreme)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.api import Kind, Task
from xbench.errors import XbenchError, closest
from xbench.jobs import task_from
from xbench.languages.panels import xtreme_code
from xbench.plugins import Registry
from xbench.store import predictions
from xbench.store.files import write_text
from xbench.store.keys import digest
from xbench.store.layout import Store
from xbench.store.layout import predictions as path_of
from xbench.store.results import read_run, read_runs
from xbench.store.series import series_facts

if TYPE_CHECKING:
    import pyarrow as pa

_BENCHMARK = "xtreme"


@dataclass(frozen=True)
class Exported:
    """A task that was written.

    Attributes:
        name: As XTREME calls it.
        task: As it is called here.
        seed: Of the run; None where chance takes no part.
        languages: Canonical tags that were written.
        missing: Canonical tags that the scorer asks for and that were not predicted.
    """

    name: str
    task: str
    seed: int | None
    languages: tuple[str, ...]
    missing: tuple[str, ...]


def export(
    store: Store, registry: Registry, checkpoint: str | None, protocol: str, seed: int | None, folder: Path
) -> list[Exported]:
    """Writes `predictions/<task>/test-<language>.tsv` and `labels/` likewise, for every task that XTREME has.

    A task says itself what XTREME calls it (`Task.known_as`), and its panel `xtreme` which languages that averages
    over. Runs that were limited to the first rows are no results, and are left out.

    Args:
        store: Results folder.
        registry: Where tasks and kinds are found.
        checkpoint: Its name; None where there is only one.
        protocol: Name of the protocol.
        seed: Of what was trained; None for the lowest.
        folder: Where to write.

    Raises:
        XbenchError: There is no such run, or several that differ in more than their language.
    """
    runs = read_runs(store)
    name = chosen(checkpoint, [run["checkpoint"]["name"] for _, run in runs], "--model")
    own = [(path, run) for path, run in runs if run["checkpoint"]["name"] == name and not run["limit"]]
    chosen(protocol, [run["protocol"] for _, run in own], "--protocol")
    tasks: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
    for path, run in own:
        if run["protocol"] == protocol and _declared(run, registry):
            tasks.setdefault(run["task"]["name"], []).append((path, run))
    if not tasks:
        known = sorted(task.name for task in registry.tasks.values() if _BENCHMARK in task.known_as)
        raise XbenchError(
            f"nothing of {name} under {protocol} is a task of XTREME: run one of {', '.join(known)} first"
        )
    done = []
    for task_name, several in tasks.items():
        declared = _declared(several[0][1], registry)
        assert declared is not None
        number, found = _run(several, seed, task_name)
        asked = declared.panels.get(_BENCHMARK, declared.languages)
        there = {tag: path for tag, path in found.items() if tag in asked}
        place = declared.known_as[_BENCHMARK]
        for tag, path in there.items():
            table, run_task, kind = _read(path, tag, registry)
            for side, lines in zip(("labels", "predictions"), _texts(table, run_task, kind), strict=True):
                write_text(folder / side / place / f"test-{xtreme_code(tag)}.tsv", lines)
        missing = tuple(tag for tag in asked if tag not in there)
        done.append(Exported(place, task_name, number, tuple(there), missing))
    return done


def _declared(run: Mapping[str, Any], registry: Registry) -> Task | None:
    """The declaration of a task that XTREME has: the run's own, or, of results of before tasks said so, today's."""
    own = task_from(run["task"])
    for task in (own, registry.tasks.entries.get(own.name)):
        if task is not None and _BENCHMARK in task.known_as:
            return task
    return None


def chosen(asked: str | None, there: Sequence[str], option: str) -> str:
    """The one that is meant.

    Raises:
        XbenchError: It is not there, or none is named and there are several.
    """
    known = sorted(set(there))
    if asked is None and len(known) == 1:
        return known[0]
    if asked is None:
        raise XbenchError(f"name one with {option}: {', '.join(known) or 'there are no results'}")
    if asked not in known:
        raise XbenchError(f"no results of {asked!r} ({option}): {closest(asked, known)}")
    return asked


def _run(
    several: Sequence[tuple[Path, Mapping[str, Any]]], seed: int | None, task: str
) -> tuple[int | None, dict[str, Path]]:
    """Seed, and language -> folder of its run: one for all, or one for each language that has a fit of its own."""
    seeds = sorted({run["seed"] for _, run in several if run["seed"] is not None})
    if seed is not None and seeds and seed not in seeds:
        raise XbenchError(f"{task} has no run with seed {seed}: choose one of {', '.join(map(str, seeds))}")
    number = (seed if seed is not None else seeds[0]) if seeds else None
    own = [(path, run) for path, run in several if run["seed"] == number]
    series = {digest(facts): facts for facts in (series_facts(run) for _, run in own)}
    if len(series) > 1:
        one, other, *_ = series.values()
        keys = ", ".join(key for key in one if one[key] != other[key])
        raise XbenchError(
            f"{task} has runs that differ in more than seed and language ({keys}): move those aside that are not meant"
        )
    found = {}
    for path, _ in own:
        for file in sorted((path / "predictions").glob("*.parquet")):
            found[predictions.facts(file)["language"]] = path
    return number, found


def _read(path: Path, language: str, registry: Registry) -> tuple[pa.Table, Task, Kind]:
    run = read_run(path)
    table, _ = predictions.load(path_of(path, language))
    return table, task_from(run["task"]), registry.kinds[run["kind"][0]]


def _texts(table: pa.Table, task: Task, kind: Kind) -> Iterator[str]:
    """Gold and predicted answers: one a line; where a row has several, a blank line stands behind each row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    several = "prediction" in table.column_names and pa.types.is_list(table["prediction"].type)
    lengths = pc.list_value_length(table["prediction"]).to_pylist() if several else None
    for answers in kind.answers(table, task):
        lines = [str(answer) for answer in answers.tolist()]
        if lengths is None:
            yield "".join(f"{line}\n" for line in lines)
            continue
        left = iter(lines)
        yield "".join("".join(f"{next(left)}\n" for _ in range(length)) + "\n" for length in lengths)
