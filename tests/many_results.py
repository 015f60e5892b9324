"""A results folder as large as a benchmark gets, written as real runs write it: `python -m tests.many_results FOLDER`.

Every checkpoint has a quality, every language a difficulty, every seed its noise; a few fits collapse and a few
languages cannot be had. Scores are there without predictions, which a comparison alone needs; `--predicted 2` makes up
those of the first two checkpoints, which xbench then scores itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import many_predictions

from xbench.api import Task
from xbench.jobs import describe_data, task_facts
from xbench.plugins import Registry, registry
from xbench.store.keys import digest
from xbench.store.layout import asked, slug

TASKS = ("xnli", "pawsx", "sib200", "wikiann")
PROTOCOL = "zero-shot"
METRICS = {
    "classification": (
        ("accuracy", "", True), ("macro_f1", "labels:present", False), ("macro_precision", "labels:present", False),
        ("macro_recall", "labels:present", False),
    ),
    "tagging": (
        ("f1", "mode:lenient", True), ("precision", "mode:lenient", False), ("recall", "mode:lenient", False),
        ("accuracy", "over:words", False),
    ),
}  # fmt: skip
"""Name, mode, and whether the task is known by it, as each kind measures it."""

_CHANCE = {"xnli": 33.3333, "pawsx": 54.65, "sib200": 25.0}
_ROWS = {"xnli": 5010, "pawsx": 2000, "sib200": 204, "wikiann": 1000}
_TRAINED = {"xnli": 392702, "pawsx": 49401, "sib200": 701, "wikiann": 20000}
_VERSIONS = {
    "xbench": "0.1.0", "python": "3.11.7", "torch": "2.13.0", "transformers": "5.23.0", "tokenizers": "0.23.3",
    "datasets": "5.2.0", "numpy": "2.4.6", "scikit-learn": "1.9.1", "seqeval": "1.2.2", "sacrebleu": "2.6.0",
    "pyarrow": "26.0.1",
}  # fmt: skip


def write(
    root: Path,
    checkpoints: int = 100,
    languages: int = 176,
    seeds: int = 3,
    tasks: Sequence[str] = TASKS,
    predicted: int = 0,
) -> int:
    """Writes the folder.

    Args:
        root: The results folder; what is in it stays.
        checkpoints: How many.
        languages: The first ones of WikiANN's, with English.
        seeds: Of every fit, from 1 on.
        tasks: Names.
        predicted: How many of the checkpoints have predictions in place of scores.

    Returns:
        Number of scores, those that predictions will have included.
    """
    found = registry()
    known = sorted(found.tasks["wikiann"].languages, key=lambda tag: tag != "en")
    tags = sorted(known[:languages])
    count = 0
    for number in range(checkpoints):
        for name in tasks:
            task = _wide(found.tasks[name], tags)
            for seed in range(1, seeds + 1):
                count += _run(root, found, f"acme/encoder-{number:03}", number, task, seed, tags, number < predicted)
            _gap(root, found, f"acme/encoder-{number:03}", number, task)
    return count


def _wide(task: Task, tags: Sequence[str]) -> Task:
    """A task in these languages, and in one that its data set lacks."""
    configs = {tag: tag for tag in (*tags, "tlh")}
    panels = {name: tuple(tag for tag in own if tag in tags) for name, own in task.panels.items()}
    return replace(task, data=replace(task.data, configs=configs), panels=panels)


def _run(
    root: Path, found: Registry, name: str, number: int, task: Task, seed: int, tags: Sequence[str], predicted: bool
) -> int:
    kind = found.kinds[task.kind]
    assert task.recipe is not None
    revision = _sha(name)[:40]
    key = digest([name, task.name, seed])
    fit = f"fits/{slug(name)}-{digest(['fit', key])[:8]}"
    checkpoint = {"name": name, "location": name, "revision": revision, "model_type": "bert"}
    train = [
        {
            "repo": task.data.repo, "revision": _sha(task.name)[:40], "language": task.source, "split": "train",
            "made_by": "original", "rows": _TRAINED[task.name], "digest": _sha(f"{task.name} train"),
        }
    ]  # fmt: skip
    recipe = asdict(task.recipe)
    random = np.random.default_rng([number, seed, len(task.name)])
    fallen = (number + 7 * seed) % 61 == 0
    folder = root / asked(name, task.name, PROTOCOL) / f"seed-{seed}-{key[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    (root / fit).mkdir(parents=True, exist_ok=True)
    _json(
        folder / "run.json",
        {
            "key": key, "checkpoint": checkpoint, "task": task_facts(task), "kind": [kind.name, kind.version],
            "protocol": PROTOCOL, "per_language": False, "seed": seed, "fit": fit, "train": train,
            "train_made_by": "original", "recipe": recipe, "dtype": "fp32", "limit": None,
            "data": describe_data(task.data), "device": "cuda:0", "versions": _VERSIONS,
        },
    )  # fmt: skip
    steps = recipe["epochs"] * _TRAINED[task.name] // recipe["batch_size"]
    _json(
        root / fit / "fit.json",
        {
            "key": digest(["fit", key]), "start": None, "checkpoint": checkpoint, "head": kind.head,
            "kind": [kind.name, kind.version], "labels": list(task.labels), "train": train, "recipe": recipe,
            "max_length": task.max_length, "seed": seed, "dtype": "fp32",
            "verdict": {
                "status": "degenerate" if fallen else "ok",
                "test": "exact one-sided McNemar against the majority answer, 5 %", "languages": [task.source],
                "decisions": 2490, "p_value": 0.62 if fallen else 1e-300,
            },
            "steps": steps, "losses": (1.1 * random.uniform(0.2, 1, steps)).round(6).tolist(), "device": "cuda:0",
            "seconds": 1800.0, "versions": _VERSIONS,
        },
    )  # fmt: skip
    count = len(tags) * len(METRICS[task.kind])
    if predicted:
        for tag in tags:
            right = _quality(task, tag, number, fallen) / 100
            many_predictions.write(folder, key, task, tag, _ROWS[task.name], right, random)
        return count
    text = ",\n".join(_entry(task, tag, number, fallen, random) for tag in tags)
    (folder / "scores.json").write_text(f'{{\n "key": "{key}",\n "languages": {{\n{text}\n }}\n}}\n', encoding="utf-8")
    return count


def _entry(task: Task, tag: str, number: int, fallen: bool, random: np.random.Generator) -> str:
    """What `scores.json` says of a language, indented as there."""
    chance = _CHANCE.get(task.name)
    base = _quality(task, tag, number, fallen)
    scores = ",\n".join(_score(task, metric, base, chance, random) for metric in METRICS[task.kind])
    return (
        f'  "{tag}": {{\n   "content": "{_sha(f"{task.name} {tag} {number} {base}")}",\n'
        f'   "digest": "{_sha(f"{task.name} {tag} test")}",\n   "rows": {_ROWS[task.name]},\n'
        f'   "revision": "{_sha(task.name)[:40]}",\n   "data_code": "{tag}",\n   "made_by": "human",\n'
        f'   "sub_tokens": 184302,\n   "unknown": 12,\n   "truncated": 3,\n   "note": "",\n   "bytes": 40960,\n'
        f'   "scores": [\n{scores}\n   ]\n  }}'
    )


def _quality(task: Task, tag: str, number: int, fallen: bool) -> float:
    """What a checkpoint scores in a language, but for its noise."""
    difficulty = int(_sha(f"{task.name} {tag}")[:8], 16) / 2**32
    return _CHANCE.get(task.name, 0.0) if fallen else float(85 - 45 * difficulty - 8 * np.sin(number))


def _score(
    task: Task, metric: tuple[str, str, bool], base: float, chance: float | None, random: np.random.Generator
) -> str:
    name, mode, main = metric
    value = float(np.clip(base + random.normal(0, 1.2), 0, 100))
    low, high = (f"{max(0.0, value - 1.4)!r}", f"{min(100.0, value + 1.4)!r}") if main else ("null", "null")
    told = json.dumps(chance if name == "accuracy" else None)
    lines = (
        f'"metric": "{name}"', f'"mode": "{mode}"', f'"main": {json.dumps(main)}', f'"value": {value!r}',
        f'"ci": [\n      {low},\n      {high}\n     ]', f'"chance": {told}', f'"examples": {_ROWS[task.name]}',
        '"layer": null', '"direction": ""',
    )  # fmt: skip
    return "    {\n     " + ",\n     ".join(lines) + "\n    }"


def _gap(root: Path, found: Registry, name: str, number: int, task: Task) -> None:
    """Every tenth checkpoint was asked for a language that is not there."""
    if number % 10:
        return
    path = root / asked(name, task.name, PROTOCOL) / "unavailable.json"
    reason = f"{task.data.repo} has no configuration `tlh`"
    _json(
        path,
        {
            "checkpoint": name, "task": task.name, "protocol": PROTOCOL, "metric": found.kinds[task.kind].main(task),
            "source_language": task.source, "languages": {"tlh": reason},
        },
    )  # fmt: skip


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def options(parser: argparse.ArgumentParser) -> None:
    """What is counted."""
    for name, default in (("checkpoints", 100), ("languages", 176), ("seeds", 3), ("predicted", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)


def main() -> None:
    """Writes the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options(parser)
    given = parser.parse_args()
    sizes = (given.checkpoints, given.languages, given.seeds)
    print(f"{write(given.folder, *sizes, predicted=given.predicted)} scores in {given.folder}")


if __name__ == "__main__":
    main()
