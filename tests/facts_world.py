"""A made-up world of short lists of facts, which the tests' translation models can translate."""

from __future__ import annotations

from pathlib import Path

import tiny_translators
import torch
from data_helpers import write_repo
from made_up import World, write_task
from tiny_checkpoints import build as build_encoder

ROWS = 1500
"""Of training."""


def build(root: Path) -> World:
    """A task `facts`: the topic of a list of facts, which is sports if it says the word `and`.

    Training rows are in English, and in German as somebody published them; test rows in English, German and French.
    """
    torch.set_num_threads(1)
    texts = tiny_translators.said("train", ROWS, "de", most=2)
    german = _rows([one.target for one in texts], [one.source for one in texts])
    english = _rows([one.source for one in texts], [one.source for one in texts])
    few, wenige = ({name: column[:40] for name, column in rows.items()} for rows in (english, german))
    tables = {
        "en": {"train": english, "validation": few, "test": few},
        "de": {"train": german, "validation": wenige, "test": wenige},
        "fr": {"validation": few, "test": few},
    }
    write_repo(root / "mirror" / "made-up" / "facts", tables)
    world = World(root, root / "mirror", build_encoder(root / "encoder"))
    write_task(world, "facts", repo="made-up/facts", configs={tag: tag for tag in tables}, panels={})
    return world


def _rows(texts: list[str], english: list[str]) -> dict[str, list[str]]:
    topics = ["sports" if " and " in text else "arts" for text in english]
    return {"item": [str(at) for at in range(len(texts))], "sentence": texts, "topic": topics}
