"""A made-up parallel corpus: forty things to talk about, each a word of its own in every language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xbench.api import Passages, Split
from xbench.pretraining.passages import Pool, pool
from xbench.pretraining.recipe import Recipe

LETTERS = {"de": "abcdefg", "en": "hijklmn", "ru": "абвгдеж", "sw": "opqrstu"}
THINGS = 40

SMALL = (
    "--layers", "1", "--hidden", "32", "--heads", "2", "--positions", "32", "--vocabulary", "300", "--threads", "1",
    "--batch", "16", "--device", "cpu", "--quiet",
)  # fmt: skip
"""Of `xbench pretrain`: a model that takes milliseconds a step."""


def word(language: str, thing: int) -> str:
    """What a thing is called."""
    letters = LETTERS[language]
    return letters[thing // 7] + letters[thing % 7] + letters[(thing // 7 + thing) % 7]


def said(count: int, seed: int = 0, things: int = THINGS) -> list[list[int]]:
    """What so many passages are about: four to six different things each."""
    random = np.random.default_rng(seed)
    return [list(random.permutation(things)[: random.integers(4, 7)]) for _ in range(count)]


def told(language: str, things: Sequence[int]) -> str:
    """A passage about these things."""
    return " ".join(word(language, thing) for thing in things)


@dataclass
class Toy:
    """A corpus as a plugin declares one. Restated passages say the same from the end to the beginning."""

    languages: tuple[str, ...] = tuple(LETTERS)
    parallel: bool = True
    restated: bool = True
    count: int = 400
    name: str = "toy"
    about: str = "Made up."
    seeds: dict[str, int] = field(default_factory=lambda: {"train": 1, "dev": 2})

    def revision(self) -> str:
        """Nothing of it ever changes."""
        return "1"

    def passages(self, language: str, split: Split) -> Passages:
        """A tenth as many are held out."""
        things = said(self.count if split == "train" else self.count // 10, self.seeds[split])
        again = tuple(told(language, list(reversed(one))) for one in things) if self.restated else ()
        return Passages(tuple(told(language, one) for one in things), again)


def folder(path: Path, languages: Sequence[str] = tuple(LETTERS), count: int = 400) -> Path:
    """Text files that translate each other line by line."""
    path.mkdir(parents=True)
    things = said(count)
    for language in languages:
        text = "".join(told(language, one) + "\n" for one in things)
        (path / f"{language}.txt").write_text(text, encoding="utf-8")
    return path


def tokenizer(corpus: Toy, vocabulary: int = 400) -> Any:
    """A tokenizer that knows the words of a corpus."""
    from xbench.pretraining.tokenizer import train

    return train({tag: corpus.passages(tag, "train").texts for tag in corpus.languages}, vocabulary, 0.3)


def pooled(corpus: Toy, words: Any, split: Split = "train") -> Pool:
    """Its passages as sub-tokens."""
    return pool({tag: corpus.passages(tag, split) for tag in corpus.languages}, words, corpus.parallel, 0.3)


def recipe(**changes: Any) -> Recipe:
    """Of a small model."""
    shape = {
        "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 2, "intermediate_size": 128,
        "max_position_embeddings": 32,
    }  # fmt: skip
    return Recipe(**{"corpus": "toy", "architecture": shape, "batch": 16, **changes})
