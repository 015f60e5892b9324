"""Two series -> who is better in which language, by how much, and whether that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xbench.metrics import exact
from xbench.metrics.correlation import spearman
from xbench.metrics.multiplicity import LEVEL, benjamini_hochberg, detectable, holm
from xbench.metrics.paired import Pair, bootstrap, p_value, randomised
from xbench.metrics.seeds import Welch, welch
from xbench.reporting.comparison.examples import Examples
from xbench.reporting.comparison.groups import Groups
from xbench.reporting.comparison.result import (
    BETTER,
    MCNEMAR,
    RANDOMISATION,
    SIGN_FLIP,
    TIE,
    UNEQUAL_FLIP,
    WORSE,
    Estimate,
    Group,
    Language,
    Trend,
)  # fmt: skip
from xbench.reporting.traits import resource_class


@dataclass(frozen=True)
class Facts:
    """What predictions say of a language's rows, under the first and under the other checkpoint.

    Attributes:
        sub_tokens: Per example.
        fertility: Sub-tokens per word; None where nobody counted these.
        unknown: Share that is the unknown token, in percent.
        note: What to know of the language.
    """

    sub_tokens: tuple[float, float]
    fertility: tuple[float | None, float | None]
    unknown: tuple[float, float]
    note: str


class Resampled:
    """Everything that chance is needed for, drawn once for all languages.

    Args:
        examples: Canonical tag -> its examples under both.
        resamples: How often.
        seed: Of all chance.
    """

    def __init__(self, examples: Mapping[str, Examples], resamples: int, seed: int) -> None:
        self.tags = tuple(examples)
        self.examples = examples
        self.pairs: tuple[Pair, ...] = tuple(one.pair for one in examples.values())
        self.first, self.other = bootstrap(self.pairs, resamples, seed)
        # Another source of chance than the bootstrap's.
        self.chance = randomised(self.pairs, resamples, seed + 1)
        self.scores = {tag: pair.scores for tag, pair in zip(self.tags, self.pairs, strict=True)}

    def places(self, tags: Sequence[str]) -> list[int]:
        """Columns of these languages."""
        return [self.tags.index(tag) for tag in tags]


def languages(drawn: Resampled, facts: Mapping[str, Facts], lower: bool) -> tuple[Language, ...]:
    """Every language by itself, with p adjusted over all of them."""
    tests = [_test(drawn, place) for place in range(len(drawn.tags))]
    by_holm, by_bh = holm([p for _, p in tests]), benjamini_hochberg([p for _, p in tests])
    over_seeds = [welch(*drawn.scores[tag]) for tag in drawn.tags]
    seeds_holm, seeds_bh = _adjusted(over_seeds)
    open_tests = int((by_holm >= LEVEL).sum())
    found = []
    for place, tag in enumerate(drawn.tags):
        one, (first, other) = drawn.examples[tag], drawn.scores[tag]
        draws = drawn.other[:, place] - drawn.first[:, place]
        value = float(other.mean() - first.mean())
        told = bool(by_holm[place] < LEVEL)
        error = float(np.nanstd(draws, ddof=1))
        found.append(
            Language(
                tag=tag,
                first=float(first.mean()),
                other=float(other.mean()),
                difference=_estimate(value, draws),
                examples=len(one.pair.places),
                runs=(len(first), len(other)),
                test=tests[place][0],
                p=tests[place][1],
                p_holm=float(by_holm[place]),
                p_bh=float(by_bh[place]),
                welch=over_seeds[place],
                welch_holm=seeds_holm[place],
                welch_bh=seeds_bh[place],
                verdict=TIE if not told else BETTER if (value < 0) == lower else WORSE,
                detectable=None if told or not error else detectable(error, open_tests),
                shared=one.pair.shared,
                note=facts[tag].note,
                sub_tokens=facts[tag].sub_tokens,
                fertility=facts[tag].fertility,
                unknown=facts[tag].unknown,
            )
        )
    return tuple(found)


def grouped(drawn: Resampled, made: Groups, own: Sequence[Language], sources: Sequence[str]) -> tuple[Group, ...]:
    """Every group, with p adjusted over the groups of one kind.

    Args:
        drawn: All languages.
        made: The groups.
        own: The languages' own results.
        sources: Languages that training starts from.
    """
    verdicts = {one.tag: one.verdict for one in own}
    found: list[Group] = []
    for kind, members in made.items():
        p_values = [
            p_value(_mean_difference(drawn, tags), _mean(drawn.chance, drawn, tags)) for tags in members.values()
        ]
        for (name, tags), p, adjusted in zip(members.items(), p_values, holm(p_values), strict=True):
            first, other = _mean(drawn.first, drawn, tags), _mean(drawn.other, drawn, tags)
            scores = [float(np.mean([drawn.scores[tag][side].mean() for tag in tags])) for side in (0, 1)]
            error = float(np.nanstd(other - first, ddof=1))
            said = [verdicts[tag] for tag in tags]
            gaps, gap = _gaps(drawn, tags, sources)
            found.append(
                Group(
                    kind=kind,
                    name=name,
                    tags=tags,
                    first=scores[0],
                    other=scores[1],
                    difference=_estimate(scores[1] - scores[0], other - first),
                    p=p,
                    p_holm=float(adjusted),
                    welch=_welch_of(drawn, tags),
                    wins=said.count(BETTER),
                    ties=said.count(TIE),
                    losses=said.count(WORSE),
                    detectable=detectable(error) if p >= LEVEL and error else None,
                    resampled=_how(drawn, tags),
                    gaps=gaps,
                    gap=gap,
                )
            )
    return tuple(found)


def trends(own: Sequence[Language]) -> tuple[Trend, ...]:
    """Rank correlations of the difference with what languages are like, and with how tokenizers read them."""
    against: dict[str, dict[str, float | None]] = {
        "resource class": {one.tag: resource_class(one.tag) for one in own},
        "sub-tokens, other : first": {one.tag: _ratio(one.sub_tokens) for one in own},
        "fertility, other": {one.tag: one.fertility[1] for one in own},
        "unknown sub-tokens, other less first": {one.tag: one.unknown[1] - one.unknown[0] for one in own},
    }
    found = []
    for name, values in against.items():
        known = [(one.difference.value, float(value)) for one in own if (value := values[one.tag]) is not None]
        if known and (one := spearman(*zip(*known, strict=True))):
            found.append(Trend(name, one.value, one.low, one.high, one.count))
    return tuple(found)


def _test(drawn: Resampled, place: int) -> tuple[str, float]:
    right = drawn.examples[drawn.tags[place]].right
    if right is None:
        return RANDOMISATION, p_value(drawn.pairs[place].difference, drawn.chance[:, place])
    runs = [len(side) for side in right]
    # Means over more runs vary less: other values than those that would be exchanged, though the same on average.
    name = UNEQUAL_FLIP if runs[0] != runs[1] else MCNEMAR if runs[0] == 1 else SIGN_FLIP
    return name, exact.sign_flip(*right)


def _adjusted(tests: Sequence[Welch | None]) -> tuple[list[float | None], list[float | None]]:
    """Of those that there are."""
    known = [place for place, test in enumerate(tests) if test]
    p_values = [test.p for test in tests if test]
    found: tuple[list[float | None], list[float | None]] = ([None] * len(tests), [None] * len(tests))
    for own, adjusted in zip(found, (holm(p_values), benjamini_hochberg(p_values)), strict=True):
        for place, p in zip(known, adjusted.tolist(), strict=True):
            own[place] = p
    return found


def _estimate(value: float, draws: np.ndarray) -> Estimate:
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def _mean(draws: np.ndarray, drawn: Resampled, tags: Sequence[str]) -> np.ndarray:
    return np.asarray(draws[:, drawn.places(tags)].mean(axis=1))


def _mean_difference(drawn: Resampled, tags: Sequence[str]) -> float:
    return float(np.mean([drawn.pairs[place].difference for place in drawn.places(tags)]))


def _welch_of(drawn: Resampled, tags: Sequence[str]) -> Welch | None:
    """Over seeds of the mean over languages; none where languages lack seeds that others have."""
    if len({drawn.examples[tag].seeds for tag in tags}) > 1:
        return None
    return welch(*(np.mean([drawn.scores[tag][side] for tag in tags], axis=0) for side in (0, 1)))


def _gaps(
    drawn: Resampled, tags: Sequence[str], sources: Sequence[str]
) -> tuple[tuple[Estimate, Estimate] | None, Estimate | None]:
    """How far a group lies below the source languages."""
    others = [tag for tag in tags if tag not in sources]
    if not others or not set(sources) <= set(drawn.tags):
        return None, None
    found, values, draws = [], [], []
    for side, scores in enumerate((drawn.first, drawn.other)):
        means = [np.mean([drawn.scores[tag][side].mean() for tag in own]) for own in (sources, others)]
        values.append(float(means[0] - means[1]))
        draws.append(_mean(scores, drawn, sources) - _mean(scores, drawn, others))
        found.append(_estimate(values[-1], draws[-1]))
    return (found[0], found[1]), _estimate(values[1] - values[0], draws[1] - draws[0])


def _how(drawn: Resampled, tags: Sequence[str]) -> str:
    shared = sum(drawn.examples[tag].pair.shared for tag in tags)
    if len(tags) == 1 or not shared:
        return "each language's own examples"
    if shared == len(tags):
        return "by item across languages"
    return f"by item across {shared} languages, {len(tags) - shared} by their own examples"


def _ratio(sides: tuple[float, float]) -> float | None:
    return sides[1] / sides[0] if sides[0] else None
