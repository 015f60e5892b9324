"""What is learned: each objective draws passages and says how wrong the model is about them.

A step's draws depend on its random state alone, and the loss on the draws alone, so that a step can be done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from xbench.errors import XbenchError, closest
from xbench.pretraining.encoder import Encoder
from xbench.pretraining.packing import IGNORED, Template, hide, pack
from xbench.pretraining.passages import Given, Pool
from xbench.pretraining.recipe import Recipe

TOGETHER, APART = 0, 1
"""Labels of pairs, as BERT's next-sentence prediction has them."""


class Objective(Protocol):
    """Something to learn from passages.

    Attributes:
        name: As in `--objective`.
        passages: That stand in one sequence, 1 or 2.
    """

    name: ClassVar[str]
    passages: ClassVar[int]

    @property
    def translations(self) -> bool:
        """Whether it uses which passages translate each other, where a corpus tells."""

    @classmethod
    def of(cls, recipe: Recipe) -> Self:
        """As a recipe has it."""

    def check(self, given: Given) -> None:
        """Raises XbenchError where a corpus does not have what it takes."""

    def loss(
        self, encoder: Encoder, pool: Pool, shape: Template, size: int, random: np.random.Generator
    ) -> torch.Tensor:
        """Mean loss of so many examples, drawn anew; a scalar with its gradient."""


@dataclass(frozen=True)
class MaskedPassages:
    """Masked language modelling of single passages (Devlin et al. 2019, https://arxiv.org/abs/1810.04805).

    Attributes:
        masked: Share of the sub-tokens that are predicted.
    """

    masked: float
    name: ClassVar[str] = "mlm"
    passages: ClassVar[int] = 1
    translations: ClassVar[bool] = False

    @classmethod
    def of(cls, recipe: Recipe) -> MaskedPassages:
        """As a recipe has it."""
        return cls(recipe.masked)

    def check(self, given: Given) -> None:
        """Any passages will do."""

    def loss(
        self, encoder: Encoder, pool: Pool, shape: Template, size: int, random: np.random.Generator
    ) -> torch.Tensor:
        """Cross-entropy of a hidden sub-token."""
        languages, rows = pool.draw(size, random)
        return _masked_loss(encoder, pool, shape, self.masked, random, pool.first[languages] + rows)


@dataclass(frozen=True)
class MaskedPairs:
    """Masked language modelling of pairs (Conneau and Lample 2019, https://arxiv.org/abs/1901.07291).

    A passage stands beside its translation; or beside the same in other words of its language or, where nobody
    restated it, beside the passage that follows.

    Attributes:
        masked: Share of the sub-tokens that are predicted.
        crosslingual: Share of the pairs that are translations.
    """

    masked: float
    crosslingual: float
    name: ClassVar[str] = "tlm"
    passages: ClassVar[int] = 2

    @property
    def translations(self) -> bool:
        """Whether any pair is to be one."""
        return self.crosslingual > 0

    @classmethod
    def of(cls, recipe: Recipe) -> MaskedPairs:
        """As a recipe has it."""
        return cls(recipe.masked, recipe.crosslingual)

    def check(self, given: Given) -> None:
        """Whether there are translations, unless none are wanted."""
        if self.translations:
            _check_translations(given, self.name, "--crosslingual 0")

    def loss(
        self, encoder: Encoder, pool: Pool, shape: Template, size: int, random: np.random.Generator
    ) -> torch.Tensor:
        """Cross-entropy of a hidden sub-token."""
        languages, rows = pool.draw(size, random)
        again = pool.again[languages]
        following = pool.first[languages] + (rows + 1) % pool.count[languages]
        right = np.where(again >= 0, again + rows, following)
        if self.crosslingual:
            translated = random.random(size) < self.crosslingual
            right = np.where(translated, pool.first[pool.others(languages, random)] + rows, right)
        return _masked_loss(encoder, pool, shape, self.masked, random, pool.first[languages] + rows, right)


@dataclass(frozen=True)
class Contrastive:
    """A passage is nearer to its translation than to those of others, both ways (InfoNCE; van den Oord et al. 2018).

    What is compared are means of the last layer, by cosine, as `Encoder.means` has them; with the other examples of a
    step as wrong answers (Feng et al. 2022, https://arxiv.org/abs/2007.01852).

    Attributes:
        temperature: That cosines are divided by.
    """

    temperature: float
    name: ClassVar[str] = "contrastive"
    passages: ClassVar[int] = 1
    translations: ClassVar[bool] = True

    @classmethod
    def of(cls, recipe: Recipe) -> Contrastive:
        """As a recipe has it."""
        return cls(recipe.temperature)

    def check(self, given: Given) -> None:
        """Whether there are translations."""
        _check_translations(given, self.name, "--objective mlm=1")

    def loss(
        self, encoder: Encoder, pool: Pool, shape: Template, size: int, random: np.random.Generator
    ) -> torch.Tensor:
        """Mean of the cross-entropies of finding the translation and of finding back. No row is drawn twice."""
        size = min(size, int(pool.count.min()))
        languages, _ = pool.draw(size, random)
        rows = random.permutation(int(pool.count.min()))[:size]
        others = pool.first[pool.others(languages, random)] + rows
        means = encoder.means(pack(pool, shape, np.concatenate([pool.first[languages] + rows, others])))
        return contrast(means[:size], means[size:], self.temperature)


@dataclass(frozen=True)
class Matching:
    """Whether two passages say the same, read off the first sub-token as in BERT's next-sentence prediction.

    Half of the pairs do. Both halves of a pair are of one language where that language's passages are restated, in a
    share of the cases; which languages a pair is of says nothing about the answer.

    Attributes:
        same_language: That share.
    """

    same_language: float
    name: ClassVar[str] = "matching"
    passages: ClassVar[int] = 2
    translations: ClassVar[bool] = True

    @classmethod
    def of(cls, recipe: Recipe) -> Matching:
        """As a recipe has it."""
        return cls(recipe.same_language)

    def check(self, given: Given) -> None:
        """Whether there are translations, or each passage in other words."""
        if not given.restated:
            _check_translations(given, self.name, "--objective mlm=1")

    def loss(
        self, encoder: Encoder, pool: Pool, shape: Template, size: int, random: np.random.Generator
    ) -> torch.Tensor:
        """Cross-entropy of the answer."""
        left, right, labels = self.pairs(pool, size, random)
        batch = pack(pool, shape, left, right)
        parts, order = [], []
        for rows, states in encoder.states(batch):
            parts.append(states[:, :1])
            order.append(rows)
        pooled = encoder.model.bert.pooler(torch.cat(parts))
        logits = encoder.model.cls.seq_relationship(pooled)
        return cross_entropy(logits.float(), encoder.tensor(labels[np.concatenate(order)]))

    def pairs(self, pool: Pool, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Passages on the left, passages on the right, labels; each int64, (size,)."""
        languages, rows = pool.draw(size, random)
        again = pool.again[languages]
        same = again >= 0
        if pool.parallel and len(pool.languages) > 1:
            same &= random.random(size) < self.same_language
        begin = np.where(same, again, pool.first[pool.others(languages, random)])
        labels = np.where(random.random(size) < 0.5, TOGETHER, APART)
        count = pool.count[languages]
        shift = 1 + (random.random(size) * (count - 1)).astype(np.int64)
        return pool.first[languages] + rows, begin + np.where(labels == APART, (rows + shift) % count, rows), labels


_ALL: tuple[type[Objective], ...] = (MaskedPassages, MaskedPairs, Contrastive, Matching)


def objectives(recipe: Recipe) -> dict[str, tuple[float, Objective]]:
    """Name -> weight and objective.

    Raises:
        XbenchError: A name that nothing has.
    """
    known = {kind.name: kind for kind in _ALL}
    for name in recipe.objectives:
        if name not in known:
            raise XbenchError(f"unknown objective {name!r}: {closest(name, known)}")
    return {name: (weight, known[name].of(recipe)) for name, weight in recipe.objectives.items()}


def contrast(left: torch.Tensor, right: torch.Tensor, temperature: float) -> torch.Tensor:
    """Cross-entropy of finding row i of one side by row i of the other, the mean of both directions.

    Args:
        left: (rows, hidden).
        right: (rows, hidden).
        temperature: That cosines are divided by.
    """
    logits = normalize(left) @ normalize(right).T / temperature
    answers = torch.arange(len(left), device=left.device)
    return (cross_entropy(logits, answers) + cross_entropy(logits.T, answers)) / 2


def _masked_loss(
    encoder: Encoder,
    pool: Pool,
    shape: Template,
    share: float,
    random: np.random.Generator,
    left: np.ndarray,
    right: np.ndarray | None = None,
) -> torch.Tensor:
    batch, labels = hide(pack(pool, shape, left, right), shape, share, random)
    parts, answers = [], []
    for rows, states in encoder.states(batch):
        wanted = encoder.tensor(labels[rows, : states.shape[1]])
        parts.append(states[wanted != IGNORED])
        answers.append(wanted[wanted != IGNORED])
    # Only the hidden ones go through the head, whose product with the vocabulary is most of a small model's work.
    with encoder.machine.autocast():
        logits = encoder.model.cls.predictions(torch.cat(parts))
    return cross_entropy(logits.float(), torch.cat(answers))


def _check_translations(given: Given, name: str, remedy: str) -> None:
    if not given.translated:
        raise XbenchError(
            f"the objective {name} needs passages that translate each other, in two languages or more: say --parallel "
            f"if line i of every file says the same, or take {remedy}"
        )
