"""What is measured on: texts with their labels, and a checkpoint of random weights."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.speed.settings import ROOT, Settings
from xbench.api import Split, Task
from xbench.data import Library
from xbench.errors import XbenchError
from xbench.planning.checkpoints import shipped
from xbench.plugins import registry

LANGUAGES = ("ar", "de", "en", "hi", "ru", "sw", "th", "zh")
"""Of the pairs: eight languages of six scripts."""
_DROPOUT = 0.1
"""BERT's."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Texts:
    """Rows of a task.

    Attributes:
        task: Whose.
        test: Language -> rows.
        train: Rows to train on, if any.
        about: What they are, for who reads the numbers.
    """

    task: Task
    test: Mapping[str, Rows]
    train: Rows
    about: str

    def first(self, count: int) -> Texts:
        """The texts of as many languages."""
        return replace(self, test=dict(list(self.test.items())[:count]))

    def written(self, path: Path) -> Path:
        """As a file for workers, of which the peers know nothing of xbench."""
        content = {"task": self.task.name, "test": dict(self.test), "train": list(self.train)}
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path


def pairs(settings: Settings, languages: Sequence[str] = LANGUAGES, training: int = 0) -> Texts:
    """Sentence pairs: XNLI's where there are data, else inference that is generated from CLDR.

    Args:
        settings: How many of each language.
        languages: Which.
        training: English pairs to train on.
    """
    return _texts(settings, _pairs(settings).name, languages, settings.pairs, training)


def languages(settings: Settings) -> tuple[str, ...]:
    """All that there are sentence pairs of."""
    return tuple(_pairs(settings).languages)


def _pairs(settings: Settings) -> Task:
    return registry().tasks["xnli" if settings.data else "cldr-nli"]


def parallel(settings: Settings) -> Texts:
    """Sentences and their translations: Tatoeba's where there are data, else facts that are generated from CLDR."""
    return _texts(settings, "tatoeba" if settings.data else "cldr-translation", settings.probed, None, 0)


def _texts(settings: Settings, name: str, languages: Sequence[str], limit: int | None, training: int) -> Texts:
    found = registry()
    task, library = found.tasks[name], Library(settings.data, tuple(found.sources.values()))
    kind = found.kinds[task.kind]
    chosen = tuple(languages) or tuple(tag for tag in task.languages if not (task.paired and tag == task.source))
    lacking = [tag for tag in chosen if tag not in task.languages]
    if lacking:
        raise XbenchError(f"{name} has no {', '.join(lacking)}. It has {', '.join(task.languages)}")

    def rows(language: str, split: Split, most: int | None) -> Rows:
        every = library.rows(task.slice(language, split), kind, task).rows
        if most is not None and len(every) < most:
            raise XbenchError(f"{name} has {len(every)} rows of {language} ({split}): ask for as many, not {most}")
        return every[:most]

    test = {language: rows(language, "test", limit) for language in chosen}
    count = sum(map(len, test.values()))
    made = task.data.repo if settings.data else "generated from CLDR"
    about = f"{count} rows of {name} ({made}) in {len(test)} languages"
    return Texts(task, test, rows(task.source, "train", training) if training else (), about)


def model(settings: Settings, texts: Texts, layers: int, hidden: int, dropout: float = _DROPOUT) -> Path:
    """The folder of a checkpoint of this size; made once.

    Args:
        settings: Whose vocabulary, and where the folder is.
        texts: Whose labels its head has.
        layers: Of the encoder.
        hidden: Its width.
        dropout: Of all its parts.
    """
    vocabulary = settings.vocabulary or shipped()["embedded"]
    if not any((vocabulary / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise XbenchError(f"--vocabulary: {vocabulary} holds no tokenizer (tokenizer.json or vocab.txt)")
    labels = texts.task.labels or ("no", "yes")
    out = settings.folder / f"{layers}-{hidden}-{dropout}-{len(labels)}"
    given = {"out": str(out), "vocabulary": str(vocabulary), "layers": layers, "hidden": hidden, "dropout": dropout}
    if not out.is_dir():
        command = [sys.executable, "-m", "benchmarks.speed.checkpoint", json.dumps({**given, "labels": labels})]
        subprocess.run(command, cwd=ROOT, check=True)
    return out
