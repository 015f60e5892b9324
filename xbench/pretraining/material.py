"""What a pretraining works on: passages as sub-tokens, and what is asked about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xbench.api import Corpus, Passages
from xbench.pretraining.corpora import read
from xbench.pretraining.objectives import Objective, objectives
from xbench.pretraining.packing import Template, template
from xbench.pretraining.passages import Pool, given, pool
from xbench.pretraining.recipe import Recipe


@dataclass(frozen=True)
class Questions:
    """What is asked about some passages.

    Attributes:
        recipe: How.
        pool: The passages.
        shape: How passages become sequences.
        objectives: Name -> weight and objective.
    """

    recipe: Recipe
    pool: Pool
    shape: Template
    objectives: Mapping[str, tuple[float, Objective]]


@dataclass(frozen=True)
class Material:
    """Everything but the model.

    Attributes:
        train: About passages to learn from.
        dev: The same, about passages that nothing is learned from.
        vocabulary: Sub-tokens of the tokenizer.
    """

    train: Questions
    dev: Questions
    vocabulary: int

    def facts(self) -> dict[str, Any]:
        """How much it is; `shortened` is the share of passages that lose their end to the longest sequence."""
        learned = self.train.pool
        together = max(objective.passages for _, objective in self.train.objectives.values())
        shortened = learned.lengths(np.arange(len(learned.offsets) - 1)) > self.train.shape.room(together)
        return {
            "passages": int(learned.count.sum()),
            "held_out": int(self.dev.pool.count.sum()),
            "tokens": len(learned.ids),
            "shortened": round(float(shortened.mean()), 4),
        }


def material(recipe: Recipe, corpus: Corpus, tokenizer: Callable[[Mapping[str, Passages]], Any]) -> Material:
    """Reads and tokenises a corpus.

    Args:
        recipe: With its languages and objectives decided.
        corpus: The passages.
        tokenizer: Returns it; given the passages to learn from, by language.

    Raises:
        XbenchError: The corpus lacks what an objective needs, before anything takes long.
    """
    wanted = objectives(recipe)
    train = read(corpus, recipe.languages, "train")
    for _, objective in wanted.values():
        objective.check(given(train, corpus.parallel))
    dev = read(corpus, recipe.languages, "dev")
    words = tokenizer(train)
    return Material(
        _questions(recipe, corpus, words, train), _questions(recipe, corpus, words, dev), vocabulary=len(words)
    )


def held_out(recipe: Recipe, corpus: Corpus, tokenizer: Any) -> Questions:
    """What is asked about the passages that nothing is learned from, without the others.

    Args:
        recipe: With its languages and objectives decided.
        corpus: The passages.
        tokenizer: Of the checkpoint.
    """
    return _questions(recipe, corpus, tokenizer, read(corpus, recipe.languages, "dev"))


def _questions(recipe: Recipe, corpus: Corpus, tokenizer: Any, passages: Mapping[str, Passages]) -> Questions:
    return Questions(
        recipe,
        pool(passages, tokenizer, corpus.parallel, recipe.smoothing),
        template(tokenizer, recipe.architecture["max_position_embeddings"]),
        objectives(recipe),
    )
