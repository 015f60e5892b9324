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
class Material:
    """Everything but the model.

    Attributes:
        recipe: How.
        train: Passages to learn from.
        dev: Passages that nothing is learned from.
        shape: How passages become sequences.
        objectives: Name -> weight and objective.
        vocabulary: Sub-tokens of the tokenizer.
    """

    recipe: Recipe
    train: Pool
    dev: Pool
    shape: Template
    objectives: Mapping[str, tuple[float, Objective]]
    vocabulary: int

    def facts(self) -> dict[str, Any]:
        """How much it is; `shortened` is the share of passages that lose their end to the longest sequence."""
        every = np.arange(len(self.train.offsets) - 1)
        passages = 1 if set(self.recipe.objectives) == {"mlm"} else 2
        shortened = self.train.lengths(every) > self.shape.room(passages)
        return {
            "passages": int(self.train.count.sum()),
            "held_out": int(self.dev.count.sum()),
            "tokens": len(self.train.ids),
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
        recipe,
        pool(train, words, corpus.parallel, recipe.smoothing),
        pool(dev, words, corpus.parallel, recipe.smoothing),
        template(words, recipe.architecture["max_position_embeddings"]),
        wanted,
        len(words),
    )
