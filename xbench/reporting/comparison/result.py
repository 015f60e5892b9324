"""What a comparison finds, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xbench.metrics.multiplicity import LEVEL
from xbench.metrics.seeds import ENOUGH, Welch

BETTER, WORSE, TIE = "better", "worse", "not told apart"

MCNEMAR, SIGN_FLIP, RANDOMISATION = "exact McNemar", "exact sign flips", "approximate randomisation"
UNEQUAL_FLIP = "approximate sign flips (unequal numbers of runs)"


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval over examples."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Language:
    """One language under both checkpoints.

    Attributes:
        tag: Canonical tag.
        first: Mean score of the first checkpoint over its runs.
        other: Likewise.
        difference: The other's less the first's, with its interval.
        examples: Test examples.
        runs: Of the first and of the other checkpoint.
        test: Which test over examples; `MCNEMAR`, `SIGN_FLIP`, `UNEQUAL_FLIP` or `RANDOMISATION`.
        p: Of that test.
        p_holm: Adjusted over the languages of this comparison, by Holm.
        p_bh: Likewise, by Benjamini and Hochberg.
        welch: The test over seeds; None where there are too few.
        welch_holm: Its p, adjusted; None likewise.
        welch_bh: Likewise.
        verdict: `BETTER` or `WORSE` is the other checkpoint where p by Holm is below 5 %, else they are `TIE`.
        detectable: Where they cannot be told apart: the smallest difference that would have been. None elsewhere, and
            where every answer is the same.
        shared: Whether its examples are the same items as those of other languages.
        note: What to know of it, such as a collapsed fit; mostly empty.
        sub_tokens: Per example, by the tokenizer of the first and of the other checkpoint.
        fertility: Sub-tokens per word; None where nobody counted words, or the script puts no blanks between them.
        unknown: Share of sub-tokens that are the unknown token, in percent.
    """

    tag: str
    first: float
    other: float
    difference: Estimate
    examples: int
    runs: tuple[int, int]
    test: str
    p: float
    p_holm: float
    p_bh: float
    welch: Welch | None
    welch_holm: float | None
    welch_bh: float | None
    verdict: str
    detectable: float | None
    shared: bool
    note: str
    sub_tokens: tuple[float, float]
    fertility: tuple[float | None, float | None]
    unknown: tuple[float, float]


@dataclass(frozen=True)
class Group:
    """Several languages under both checkpoints, each with the same weight.

    Attributes:
        kind: What makes it: `panel`, `script`, `family`, `branch`, `class` or `seen`.
        name: Which one.
        tags: Its languages that both have.
        first: Mean score of the first checkpoint.
        other: Likewise.
        difference: The other's less the first's.
        p: Two-sided, by approximate randomisation over examples.
        p_holm: Adjusted over the groups of this kind, by Holm.
        welch: Over seeds; None where there are too few.
        wins: Languages in which the other checkpoint is better, by Holm over all languages.
        ties: In which they cannot be told apart.
        losses: In which the first is better.
        detectable: Where p is 5 % or more: the smallest difference that would have been told.
        resampled: How examples were drawn, in words.
        gaps: Score of the source language less the mean of the group's others, under the first and under the other
            checkpoint; None without a source language, or without others.
        gap: The difference between the two.
    """

    kind: str
    name: str
    tags: tuple[str, ...]
    first: float
    other: float
    difference: Estimate
    p: float
    p_holm: float
    welch: Welch | None
    wins: int
    ties: int
    losses: int
    detectable: float | None
    resampled: str
    gaps: tuple[Estimate, Estimate] | None
    gap: Estimate | None

    @property
    def told(self) -> bool:
        """Whether other examples would hardly make such a difference by chance."""
        return self.p < LEVEL


@dataclass(frozen=True)
class Trend:
    """Rank correlation of the difference with a property of languages.

    Attributes:
        against: The property.
        rho: Spearman's.
        low: Of its 95 % interval.
        high: Likewise.
        languages: How many have the property.
    """

    against: str
    rho: float
    low: float
    high: float
    languages: int

    @property
    def told(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Comparison:
    """Two checkpoints on one task under one protocol.

    Attributes:
        first: What the first checkpoint is called; differences are against it.
        other: Likewise.
        task: Name of the task.
        protocol: Name of the protocol.
        variant: What sets it apart from other comparisons of these; mostly empty.
        metric: Name of the metric.
        mode: What else pins it.
        lower: Whether less of it is better.
        layers: Hidden state that the scores of the first and of the other are from; None where it does not apply.
        direction: Such as `en→xx`; empty where it does not apply.
        source: Training languages joined by `+`, or pivot.
        seeds: Of the runs of the first and of the other; empty without chance.
        resamples: How often examples were drawn.
        languages: Sorted by tag.
        groups: The panels first.
        trends: Of the difference.
        missing: Reason -> languages that cannot be compared.
        signature: What both share.
    """

    first: str
    other: str
    task: str
    protocol: str
    variant: str
    metric: str
    mode: str
    lower: bool
    layers: tuple[int | None, int | None]
    direction: str
    source: str
    seeds: tuple[tuple[int, ...], tuple[int, ...]]
    resamples: int
    languages: tuple[Language, ...]
    groups: tuple[Group, ...]
    trends: tuple[Trend, ...]
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    signature: str = ""

    @property
    def title(self) -> str:
        """`cldr-nli · zero-shot · accuracy`."""
        return " · ".join(part for part in (self.task, self.protocol, self.metric, self.variant) if part)

    @property
    def seeded(self) -> bool:
        """Whether chance took part in what was learned."""
        return bool(self.seeds[0] or self.seeds[1])

    @property
    def conditional(self) -> str:
        """What tests over examples are conditional on; empty if on nothing."""
        if not self.seeded or min(map(len, self.seeds)) >= ENOUGH:
            return ""
        return f"conditional on these seeds ({len(self.seeds[0])} and {len(self.seeds[1])})"

    @property
    def whole(self) -> Group:
        """All languages that both have."""
        return self.groups[0]

    def better(self, difference: float) -> bool:
        """Whether a difference speaks for the other checkpoint."""
        return difference < 0 if self.lower else difference > 0
