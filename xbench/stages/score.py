"""Predictions -> scores, language by language. Needs neither the model nor the data nor torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xbench.api import Kind, Measure, Task
from xbench.errors import XbenchError
from xbench.jobs import task_from
from xbench.metrics.intervals import bootstrap
from xbench.plugins import Registry
from xbench.stages.groups import by_group
from xbench.stages.losses import read_as_they_are
from xbench.store import predictions
from xbench.store.files import write_json
from xbench.store.layout import slug
from xbench.store.results import read_run, read_scores


def score_run(folder: Path, registry: Registry, again: bool = False) -> None:
    """Writes `scores.json` of a run.

    Args:
        folder: Of the run.
        registry: Where its kind is found.
        again: Also what was scored before from the same predictions. Without it the scores of a language outlive
            its predictions, which may be removed to save space.

    Raises:
        XbenchError: Predictions are damaged, or the kind is not installed in this version.
    """
    path = folder / "scores.json"
    files = sorted((folder / "predictions").glob("*.parquet"))
    if not files and path.is_file() and not again:
        return
    run = read_run(folder)
    kind = registry.made_by(run["kind"], folder)
    stems = {file.stem for file in files}
    there = _there(path, again)
    left = {language: entry for language, entry in there.items() if slug(language) not in stems}
    if again and left:
        named = " ".join(sorted(left)[:3]) + (" …" if len(left) > 3 else "")
        raise XbenchError(f"{folder} has scores and no predictions of {named}: it cannot be scored again; run it again")
    known = {} if again else there
    before = path.stat().st_mtime_ns if known else 0
    tags = {slug(language): language for language in known}
    task = task_from(run["task"])
    scored: dict[str, Any] = dict(left)
    for file in files:
        if (tag := tags.get(file.stem)) and _untouched(file, known[tag], before):
            scored[tag] = known[tag]
            continue
        facts = predictions.facts(file)
        if facts["run"] != run["key"]:
            raise predictions.damaged(file, "it belongs to another run")
        language = facts["language"]
        same = {"content": facts["content"], "bytes": file.stat().st_size}
        entry = known.get(language, {})
        scored[language] = entry if same.items() <= entry.items() else score_language(file, kind, task)
    if scored and scored != known:
        write_json(path, {"key": run["key"], "languages": dict(sorted(scored.items()))})


def _there(path: Path, again: bool) -> dict[str, Any]:
    """The scores that are there."""
    try:
        return read_scores(path.parent) if path.is_file() else {}
    except XbenchError:
        # Scoring again mends what cannot be read.
        if again:
            return {}
        raise


def _untouched(file: Path, entry: Mapping[str, Any], before: int) -> bool:
    """Whether a file is as it was scored, without opening it: a large results folder has 200,000 of them."""
    found = file.stat()
    return found.st_size == entry.get("bytes") and found.st_mtime_ns < before


def score_language(file: Path, kind: Kind, task: Task) -> dict[str, Any]:
    """Everything that is measured on one language's predictions, after checking that they are whole."""
    table, facts = predictions.load(file)
    main = kind.main(task)
    measures = list(kind.measures(table, task))
    # The main metric has an interval at every layer and in every direction; of the parts, those of the main number.
    scores = [_described(measure, measure.metric.name == main) for measure in measures]
    # Files of before there were groups name none.
    parts = by_group(measures, facts.get("groups", {}), facts["rows"])
    scores += [_described(part, whole.main) for whole, part in parts]
    kept = ("content", "digest", "rows", "revision", "data_code", "made_by", "sub_tokens", "unknown", "truncated")
    return {
        **{name: facts[name] for name in kept},
        **({"remark": read_as_they_are(facts["read"]["made"])} if "read" in facts else {}),
        # Files of before there were notes have none.
        "note": facts.get("note", ""),
        # Nor do older ones say how long their texts are, or how many of their rows were learned from.
        "text": facts.get("text"),
        "repeated": facts.get("repeated"),
        "bytes": file.stat().st_size,
        "scores": [*scores, *_external(table, kind, task)],
    }


def _described(measure: Measure, interval: bool) -> dict[str, Any]:
    """A measure as JSON, with its interval if that is wanted."""
    low, high = bootstrap(measure) if interval else (None, None)
    return {
        "metric": measure.metric.name,
        "mode": measure.metric.mode,
        "main": measure.main,
        "value": float(measure.metric.value(measure.statistics.sum(axis=0))),
        "ci": [low, high],
        "chance": measure.chance,
        "examples": len(measure.statistics),
        "layer": measure.layer,
        "direction": measure.direction,
    }


def _external(table: Any, kind: Kind, task: Task) -> Iterator[dict[str, Any]]:
    """Metrics of the `evaluate` library that the task names by local path."""
    if not task.metrics:
        return
    from xbench.metrics.external import external

    gold, predicted = kind.answers(table, task)
    index = {label: place for place, label in enumerate(task.labels)}
    numbers = [[index[label] for label in side] for side in (gold.tolist(), predicted.tolist())]
    for script in task.metrics:
        for name, value in external(script, references=numbers[0], predictions=numbers[1]).items():
            yield {
                "metric": name, "mode": f"evaluate:{Path(script.name).stem}", "main": False, "value": value,
                "ci": [None, None], "chance": None, "examples": len(gold), "layer": None, "direction": "",
            }  # fmt: skip
