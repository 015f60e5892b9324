"""What makes a checkpoint: everything that changes its weights, and nothing about where it is made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from xbench.errors import XbenchError, closest

SHAPE: Mapping[str, Any] = {
    "num_hidden_layers": 2,
    "hidden_size": 128,
    "num_attention_heads": 2,
    "intermediate_size": 512,
    "max_position_embeddings": 128,
}
"""Of a BERT that learns within minutes on a laptop."""

PARALLEL: Mapping[str, float] = {"tlm": 0.25, "contrastive": 0.5, "matching": 0.3}
SINGLE: Mapping[str, float] = {"mlm": 1.0}
"""Objectives and their weights where nothing is said, with translations and without."""


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is pretrained. It is kept in the checkpoint and read from there by `--like`.

    Attributes:
        corpus: Name of a corpus, or a folder with a text file per language.
        parallel: Whether line i of a folder's file says the same as line i of every other.
        languages: Canonical tags; () for all of the corpus.
        tokenizer: Folder or Hub id of an existing tokenizer; empty to train one.
        vocabulary: Sub-tokens of a tokenizer that is trained.
        architecture: Arguments of `transformers.BertConfig`.
        initialisation: `lsa` or `ordinary`.
        objectives: Name -> weight; empty for what suits the corpus.
        crosslingual: Of the pairs of `tlm`, the share whose halves are of two languages.
        same_language: Of the pairs of `matching`, the share whose halves are of one language, where the
            corpus restates its passages in that language.
        masked: Share of a passage's sub-tokens that `mlm` and `tlm` predict.
        temperature: That `contrastive` divides cosines by.
        steps: Optimiser steps; 0 for the initialisation as it is.
        batch: Passages, or pairs of them, of each objective in a step.
        learning_rate: Peak.
        weight_decay: Of AdamW; not applied to biases and layer norms.
        beta2: Of AdamW.
        warmup: Share of the steps over which the learning rate rises from 0.
        clip: Largest norm of the gradient.
        dropout: Of states and of attention.
        smoothing: A language's share of what is drawn is its share of the passages to this power: 1 is as they
            come, 0 is all alike. Of the tokenizer's training too.
        dtype: `fp32`, or `bf16`: autocast over fp32 weights.
        save_dtype: Of the weights that are written, `fp32` or `fp16`.
        seed: Of weights, of what each step draws, and of masks.
    """

    corpus: str
    parallel: bool = False
    languages: tuple[str, ...] = ()
    tokenizer: str = ""
    vocabulary: int = 8000
    architecture: Mapping[str, Any] = field(default_factory=lambda: dict(SHAPE))
    initialisation: str = "lsa"
    objectives: Mapping[str, float] = field(default_factory=dict)
    crosslingual: float = 0.6
    same_language: float = 0.7
    masked: float = 0.2
    temperature: float = 0.07
    steps: int = 5000
    batch: int = 64
    learning_rate: float = 8e-4
    weight_decay: float = 0.01
    beta2: float = 0.98
    warmup: float = 0.05
    clip: float = 1.0
    dropout: float = 0.0
    smoothing: float = 0.3
    dtype: str = "fp32"
    save_dtype: str = "fp32"
    seed: int = 0

    def rate(self, step: int) -> float:
        """Learning rate of a step: linear warm-up, then linear decay to 0."""
        warm = round(self.warmup * self.steps)
        share = (step + 1) / (warm + 1) if step < warm else (self.steps - step) / max(1, self.steps - warm)
        return self.learning_rate * share

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "languages": list(self.languages)}

    def differences(self, other: Recipe) -> tuple[str, ...]:
        """Names of what two recipes say differently."""
        mine, theirs = self.facts(), other.facts()
        return tuple(name for name in mine if mine[name] != theirs[name])


def recipe_from(facts: Mapping[str, Any]) -> Recipe:
    """A recipe from its JSON.

    Raises:
        XbenchError: Another version of xbench wrote it, with settings that this one does not have.
    """
    known = {entry.name for entry in fields(Recipe)}
    for name in facts:
        if name not in known:
            raise XbenchError(
                f"the recipe says {name}, which xbench does not know here: {closest(name, known)}; "
                "use the version of xbench that wrote it"
            )
    if "corpus" not in facts:
        raise XbenchError("the recipe names no corpus: it is no record of xbench pretrain")
    return Recipe(**{**facts, "languages": tuple(facts.get("languages", ()))})


def weights(given: Iterable[str]) -> dict[str, float]:
    """`NAME=WEIGHT` of the command line, read.

    Raises:
        XbenchError: Another form, or a weight that is no positive number.
    """
    found = {}
    for text in given:
        name, _, said = text.partition("=")
        try:
            weight = float(said)
        except ValueError:
            weight = 0.0
        if not 0 < weight < math.inf:
            raise XbenchError(f"--objective {text}: write a name and a positive weight, such as mlm=1")
        found[name.strip()] = weight
    return found
