"""Made-up data sets in the Hub's layout, and a kind that is as simple as can be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from xbench.api import Data, Task
from xbench.errors import XbenchError

# Configuration -> split -> columns.
Tables = Mapping[str, Mapping[str, Mapping[str, list[Any]]]]


class Plain:
    """Every column of the data as it is; labels by name; rows with the label `skip` do not count."""

    name = "plain"
    version = 1
    columns: Mapping[str, bool] = {}

    def row(self, raw: Mapping[str, Any], task: Task) -> dict[str, Any] | None:
        row = dict(raw)
        del row["language"]
        if "label" in row:
            label = row["label"]
            row["label"] = task.labels[label] if isinstance(label, int) else label
            if row["label"] == "skip":
                return None
            if row["label"] not in task.labels:
                raise XbenchError(f"label {row['label']!r} is none of {', '.join(task.labels)}")
        return row


def class_label(*names: str) -> dict[str, Any]:
    """A class label as cards write it."""
    return {"class_label": {"names": {str(place): name for place, name in enumerate(names)}}}


def write_repo(folder: Path, tables: Tables, features: Mapping[str, Any] | None = None, listed: bool = True) -> Path:
    """Writes parquet files and their card.

    Args:
        folder: Of the repository.
        tables: The rows.
        features: Column -> dtype of the card; without it the card has no features.
        listed: Whether the card lists configurations and their files.
    """
    infos, configs = [], []
    for config, splits in tables.items():
        for split, columns in splits.items():
            path = folder / config / f"{split}-00000-of-00001.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table({name: _array(values) for name, values in columns.items()}), path)
        sizes = [{"name": split, "num_examples": len(next(iter(rows.values())))} for split, rows in splits.items()]
        info: dict[str, Any] = {"config_name": config, "splits": sizes}
        if features:
            info["features"] = [
                {"name": name, **(dtype if "list" in dtype else {"dtype": dtype})} for name, dtype in features.items()
            ]
        infos.append(info)
        files = [{"split": split, "path": f"{config}/{split}-*"} for split in splits]
        configs.append({"config_name": config, "data_files": files})
    card = {"license": "cc0-1.0", "dataset_info": infos, **({"configs": configs} if listed else {})}
    (folder / "README.md").write_text(
        f"---\n{yaml.safe_dump(card, sort_keys=False)}---\n\n# Made up\n", encoding="utf-8"
    )
    return folder


def _array(values: list[Any]) -> pa.Array:
    return pa.array(values) if values else pa.array(values, pa.string())


def task_of(repo: str, columns: Mapping[str, str], labels: tuple[str, ...] = (), **more: Any) -> Task:
    """A task over a made-up data set with the configurations `en` and `de`."""
    settings = more.pop("settings", {})
    data = Data(repo, more.pop("revision", "main"), {"en": "en", "de": "de"}, columns, "CC0", "made up", **more)
    return Task("made-up", 1, "plain", data, labels=labels, settings=settings)
