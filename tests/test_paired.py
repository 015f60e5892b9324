"""Resampling and tests against SciPy, sacreBLEU, enumeration and simulation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbench.api import Metric
from xbench.metrics import exact, generation, macro, paired, shares, spans
from xbench.metrics.multiplicity import benjamini_hochberg, detectable, holm
from xbench.metrics.paired import Pair, bootstrap, p_value, randomised
from xbench.metrics.seeds import welch

ACCURACY = Metric("accuracy", shares.percent)
F1 = Metric("f1", spans.f1)


def pair(first: np.ndarray, other: np.ndarray, metric: Metric = F1, name: str = "de", **more: object) -> Pair:
    """One run of each unless the statistics have a third axis."""
    sides = [side if side.ndim == 3 else side[None] for side in (first, other)]
    fields = {"places": np.arange(sides[0].shape[1]), "shared": False} | more
    return Pair(name, metric, *sides, **fields)  # type: ignore[arg-type]


def spans_of(count: int, seed: int, skill: float) -> np.ndarray:
    """Statistics of sentences with one to four spans each, of which a system finds its share."""
    random = np.random.default_rng(seed)
    gold = random.integers(1, 5, count)
    right = random.binomial(gold, skill)
    return np.stack([right, np.minimum(gold, right + random.integers(0, 3, count)), gold], axis=1)


def right(*rows: Sequence[int]) -> np.ndarray:
    """Statistics of accuracy, one run in a row."""
    return np.stack([shares.statistics(np.array(row)) for row in rows])


# The bootstrap


@pytest.mark.parametrize(("metric", "statistic"), [(F1, spans.f1), (ACCURACY, None)])
def test_the_bootstrap_is_that_of_scipy(metric: Metric, statistic: Callable[[np.ndarray], np.ndarray] | None) -> None:
    from scipy.stats import bootstrap as official

    first, other = spans_of(400, 1, 0.5), spans_of(400, 2, 0.6)
    if statistic is None:
        first, other = (shares.statistics(one[:, 0] > 1) for one in (first, other))
    first_scores, other_scores = bootstrap([pair(first, other, metric)], 8000, seed=3)
    draws = (other_scores - first_scores)[:, 0]
    both = np.concatenate([first, other], axis=1).astype(float)
    k = first.shape[1]

    def difference(*columns: np.ndarray, axis: int) -> np.ndarray:
        sums = np.stack([column.sum(axis=axis) for column in columns], axis=-1)
        return np.asarray(metric.value(sums[..., k:]) - metric.value(sums[..., :k]))

    expected = official(
        tuple(both.T), difference, paired=True, vectorized=True, n_resamples=8000, method="percentile",
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert draws.std(ddof=1) == pytest.approx(expected.standard_error, rel=0.04)
    found = np.percentile(draws, [2.5, 97.5])
    assert found == pytest.approx(tuple(expected.confidence_interval), abs=0.2 * expected.standard_error)


def test_several_runs_vary_together_on_an_example() -> None:
    """Runs that are copies of each other are one run; a bootstrap of runs apart would halve the variance of four."""
    first, other = spans_of(200, 1, 0.5), spans_of(200, 2, 0.6)
    one = bootstrap([pair(first, other)], 500, seed=0)
    four = bootstrap([pair(np.stack([first] * 4), np.stack([other] * 2))], 500, seed=0)
    for left, right_ in zip(one, four, strict=True):
        np.testing.assert_allclose(left, right_)


def test_shared_items_vary_together_and_others_do_not() -> None:
    first, other = spans_of(300, 1, 0.5), spans_of(300, 2, 0.6)
    for shared, expected in ((True, 1.0), (False, 0.0)):
        pairs = [pair(first, other, name=name, shared=shared) for name in ("de", "sw")]
        draws = np.subtract(*bootstrap(pairs, 4000, seed=0)[::-1])
        assert np.corrcoef(draws.T)[0, 1] == pytest.approx(expected, abs=0.06)
        chance = randomised(pairs, 4000, seed=0)
        assert np.corrcoef(chance.T)[0, 1] == pytest.approx(expected, abs=0.06)


def test_the_same_seed_draws_the_same_whatever_else_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    pairs = [
        pair(spans_of(count, count, 0.5), spans_of(count, count + 1, 0.6), name=name, places=places, shared=shared)
        for name, count, places, shared in (
            ("de", 1500, np.arange(1500), True), ("sw", 40, np.arange(40), False),
            ("th", 700, np.sort(random.choice(1500, 700, replace=False)), True),
        )
    ]  # fmt: skip
    together = [*bootstrap(pairs, 1200, 7), randomised(pairs, 1200, 7)]
    for place, one in enumerate(pairs):
        for whole, alone in zip(together, [*bootstrap([one], 1200, 7), randomised([one], 1200, 7)], strict=True):
            assert np.array_equal(whole[:, [place]], alone)
    monkeypatch.setattr(paired, "_COLUMNS", 1)
    for whole, cut in zip(together, [*bootstrap(pairs, 1200, 7), randomised(pairs, 1200, 7)], strict=True):
        assert np.array_equal(whole, cut)
    assert not np.array_equal(together[0], bootstrap(pairs, 1200, 8)[0])


def test_a_language_that_lacks_items_shares_those_that_it_has() -> None:
    """Of 600 items, one language has the even ones: on these both draws are of the same weights."""
    whole = spans_of(600, 1, 0.5)
    even = np.arange(0, 600, 2)
    masked = np.where((np.arange(600) % 2 == 0)[:, None], whole, 0)
    pairs = [
        pair(masked, masked, shared=True),
        pair(whole[even], whole[even], name="sw", places=even, shared=True),
    ]
    draws = bootstrap(pairs, 200, 0)[0]
    np.testing.assert_allclose(draws[:, 0], draws[:, 1])


def test_averages_over_parallel_items_are_covered() -> None:
    """24 languages whose items are equally hard in all of them: drawn by item 95 % is 95 %, by language it is not."""
    random = np.random.default_rng(5)
    languages, items, trials = 24, 80, 150
    inside = {True: 0, False: 0}
    for trial in range(trials):
        # True difference 0: what a system can do on an item it can do in every language, mostly.
        sides = []
        for _ in range(2):
            hard = random.normal(0.0, 1.5, items)
            sides.append(hard[:, None] + random.normal(0.0, 1.0, (items, languages)) > 0)
        for shared in inside:
            pairs = [
                pair(
                    shares.statistics(sides[0][:, place]), shares.statistics(sides[1][:, place]), ACCURACY,
                    name=f"x{place}", shared=shared,
                )
                for place in range(languages)
            ]  # fmt: skip
            first, other = bootstrap(pairs, 300, seed=trial)
            low, high = np.percentile((other - first).mean(axis=1), [2.5, 97.5])
            inside[shared] += low <= 0.0 <= high
    assert 0.90 <= inside[True] / trials <= 0.99
    assert inside[False] / trials < 0.7


# Randomisation


def test_randomisation_is_that_of_scipy() -> None:
    from scipy.stats import permutation_test

    first, other = spans_of(150, 1, 0.5), spans_of(150, 2, 0.58)
    one = pair(first, other)
    found = p_value(one.difference, randomised([one], 20_000, seed=1)[:, 0])

    def statistic(left: np.ndarray, right_: np.ndarray) -> float:
        sums = [side.astype(int) for side in (left, right_)]
        return float(spans.f1(other_or_first(sums[1])) - spans.f1(other_or_first(sums[0])))

    def other_or_first(chosen: np.ndarray) -> np.ndarray:
        return np.concatenate([first, other])[chosen].sum(axis=0)

    places = np.arange(150)
    expected = permutation_test(
        (places, places + 150), statistic, permutation_type="samples", n_resamples=20_000,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert 0.01 < found < 0.9
    assert found == pytest.approx(expected.pvalue, abs=0.02)


def test_randomisation_of_few_examples_equals_all_exchanges() -> None:
    first, other = spans_of(7, 3, 0.4), spans_of(7, 4, 0.8)
    one = pair(first, other)
    both = np.stack([first, other])
    exact_ones = []
    for swaps in product((0, 1), repeat=7):
        chosen = np.array(swaps)
        sides = [both[which, np.arange(7)].sum(axis=0) for which in (chosen, 1 - chosen)]
        exact_ones.append(spans.f1(sides[1]) - spans.f1(sides[0]))
    expected = np.mean(np.abs(exact_ones) >= abs(one.difference) - 1e-9)
    assert p_value(one.difference, randomised([one], 20_000, 0)[:, 0]) == pytest.approx(expected, abs=0.015)


def test_p_is_never_zero() -> None:
    assert p_value(9.0, np.zeros(99)) == 0.01
    assert p_value(-1.0, np.array([1.0, -1.0, 0.5])) == 0.75


def test_with_the_same_predictions_nothing_differs() -> None:
    one = pair(spans_of(50, 1, 0.5), spans_of(50, 1, 0.5))
    assert one.difference == 0.0
    assert p_value(one.difference, randomised([one], 200, 0)[:, 0]) == 1.0


def test_unequal_numbers_of_runs_are_balanced() -> None:
    first = np.stack([spans_of(30, seed, 0.5) for seed in range(3)])
    other = np.stack([spans_of(30, seed, 0.6) for seed in range(10, 12)])
    one = pair(first, other)
    left, right_ = one.balanced
    assert len(left) == len(right_) == 6
    totals = [spans.f1(side.sum(axis=1)).mean() for side in (left, right_)]
    assert totals[1] - totals[0] == pytest.approx(one.difference)


WORDS = "a the cat dog sat lay on under mat rug barks loudly at night never".split()


def texts(seed: int, wrong: float, count: int = 120) -> tuple[list[str], list[str]]:
    """References, and hypotheses in which a share of the words is another one."""
    random = np.random.default_rng(11)
    references = [" ".join(random.choice(WORDS, random.integers(5, 12))) for _ in range(count)]
    random = np.random.default_rng(seed)
    made = [
        " ".join(word if random.random() > wrong else str(random.choice(WORDS)) for word in text.split())
        for text in references
    ]
    return references, made


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_tests_of_texts_are_those_of_sacrebleu(name: str) -> None:
    from sacrebleu.metrics import BLEU, CHRF
    from sacrebleu.significance import PairedTest

    references, first = texts(1, 0.30)
    _, other = texts(2, 0.27)
    measured = [
        generation.bleu(side, references, "en") if name == "bleu" else generation.chrf(side, references)
        for side in (first, other)
    ]
    one = pair(measured[0][1], measured[1][1], measured[0][0])
    official = {"bleu": BLEU, "chrf": CHRF}[name]
    systems = [("first", first), ("other", other)]
    _, results = PairedTest(systems, {name: official()}, [references], "ar", n_samples=4000)()
    scores = next(results_ for key, results_ in results.items() if key != "System")
    assert scores[1].score - scores[0].score == pytest.approx(one.difference, abs=1e-6)
    found = p_value(one.difference, randomised([one], 4000, 0)[:, 0])
    assert 0.005 < found < 0.95
    assert found == pytest.approx(scores[1].p_value, abs=0.035)
    _, results = PairedTest(systems, {name: official()}, [references], "bs", n_samples=4000)()
    scores = next(results_ for key, results_ in results.items() if key != "System")
    draws = bootstrap([one], 4000, 0)[1][:, 0]
    assert draws.mean() == pytest.approx(scores[1].mean, abs=0.3)
    low, high = np.percentile(draws, [2.5, 97.5])
    assert (high - low) / 2 == pytest.approx(scores[1].ci, rel=0.06)


SUMS = st.lists(st.integers(0, 30), min_size=18, max_size=18)


@given(SUMS)
@settings(deadline=None, max_examples=200)
def test_functions_of_sums_are_those_of_sacrebleu(numbers: list[int]) -> None:
    from sacrebleu.metrics import BLEU, CHRF

    made, wanted = np.array(numbers[:6]), np.array(numbers[6:12])
    matched = np.minimum(np.array(numbers[12:]), np.minimum(made, wanted))
    sums = np.stack([made, wanted, matched], axis=1).ravel().astype(float)
    metric, _ = generation.chrf(["a"], ["a"])
    assert metric.value(sums) == pytest.approx(CHRF()._compute_score_from_stats(sums.tolist()).score, abs=1e-9)
    orders = np.minimum.accumulate(np.array(numbers[:4]))
    sums = np.concatenate([numbers[4:6], np.minimum(numbers[6:10], orders), orders]).astype(float)
    metric, _ = generation.bleu(["a"], ["a"], "en")
    official = BLEU(force=True)._compute_score_from_stats(sums.tolist()).score
    assert metric.value(sums) == pytest.approx(official, abs=1e-9)


# Exact tests


def test_mcnemar_by_hand() -> None:
    """Nine examples tell the two apart, eight of them for the other: 2 · (1 + 9) / 2⁹."""
    first = np.array([[1] * 10 + [1] + [0] * 8], bool)
    other = np.array([[1] * 10 + [0] + [1] * 8], bool)
    assert exact.sign_flip(first, other) == pytest.approx(2 * (1 + 9) / 2**9)
    assert exact.sign_flip(first, first) == 1.0


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 10_000))
@settings(deadline=None, max_examples=60)
def test_sign_flips_equal_enumeration(runs: int, other_runs: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    first, other = random.random((runs, 9)) < 0.5, random.random((other_runs, 9)) < 0.7
    gains = other.mean(axis=0) - first.mean(axis=0)
    totals = [abs(float(np.dot(signs, gains))) for signs in product((-1, 1), repeat=9)]
    expected = np.mean(np.array(totals) >= abs(gains.sum()) - 1e-9)
    assert exact.sign_flip(first, other) == pytest.approx(expected, abs=1e-12)


def test_sign_flips_of_many_examples() -> None:
    """The normal approximation with as many examples, and a difference too large to come about by chance."""
    from scipy.stats import norm

    random = np.random.default_rng(0)
    first, other = random.random((3, 8000)) < 0.70, random.random((3, 8000)) < 0.71
    gains = other.mean(axis=0) - first.mean(axis=0)
    expected = 2 * norm.sf(abs(gains.sum()) / np.sqrt((gains**2).sum()))
    assert exact.sign_flip(first, other) == pytest.approx(expected, rel=0.05)
    assert exact.sign_flip(first, ~first | first) == exact.SMALLEST


@pytest.mark.parametrize(
    ("runs", "examples", "skill", "low", "high"),
    [
        ((3, 5), 100, (1, 1), 0.03, 0.07),
        ((3, 5), 100, (9, 1), 0.03, 0.07),
        ((5, 3), 40, (4, 1), 0.03, 0.07),
        # Where it is not to be trusted: 97 % right, and one run whose few errors weigh five times as much.
        ((1, 5), 50, (30, 1), 0.1, 0.25),
    ],
)
def test_the_level_of_sign_flips_with_unequal_numbers_of_runs(
    runs: tuple[int, int], examples: int, skill: tuple[int, int], low: float, high: float
) -> None:
    """Two checkpoints that are equally good on average, each with examples that are hard for it in all its runs."""
    random = np.random.default_rng(1)
    trials = 800
    told = 0
    for _ in range(trials):
        sides = [random.random((count, examples)) < random.beta(*skill, examples) for count in runs]
        told += exact.sign_flip(*sides) < 0.05
    assert low < told / trials < high


def test_what_is_a_share_of_examples_shows_in_numbers() -> None:
    gold = np.array([0, 1, 2, 0, 1, 2, 0])
    predicted = np.array([0, 1, 1, 0, 2, 2, 1])
    statistics = macro.statistics(gold, predicted, 3)[None]
    found = exact.outcomes(Metric("accuracy", macro.accuracy), statistics)
    assert found is not None and found.tolist() == [(gold == predicted).tolist()]
    assert exact.outcomes(Metric("macro_f1", macro.f1), statistics) is None
    # All of a sentence's words are right or none is, yet sentences are of different lengths.
    words = shares.statistics(np.array([3, 0, 2]), np.array([3, 4, 2]))[None]
    assert exact.outcomes(ACCURACY, words) is None
    # Rows without weight do not count.
    repeated = shares.statistics(np.array([1, 0, 0]), np.array([1, 1, 0]))[None]
    found = exact.outcomes(ACCURACY, repeated)
    assert found is not None and found.tolist() == [[True, False]]
    assert exact.outcomes(Metric("mrr", shares.percent), shares.statistics(np.array([1, 0.5]))[None]) is None


# Many tests at once


def test_holm_by_hand() -> None:
    """0.01 · 4, 0.02 · 3, 0.03 · 2 (which equals the one before), 0.5 · 1."""
    assert holm([0.03, 0.01, 0.5, 0.02]).tolist() == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.9, 0.6]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []


def test_benjamini_and_hochberg_by_hand() -> None:
    """0.01 · 4 / 1, 0.02 · 4 / 2 and 0.03 · 4 / 3 are all 0.04."""
    assert benjamini_hochberg([0.03, 0.01, 0.5, 0.02]).tolist() == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert len(benjamini_hochberg([])) == 0


@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=30))
def test_adjusted_p_values_lie_between_their_bounds(p_values: list[float]) -> None:
    given_, by_holm, by_bh = np.array(p_values), holm(p_values), benjamini_hochberg(p_values)
    bonferroni = np.minimum(1.0, given_ * len(given_))
    assert (
        (given_ <= by_bh + 1e-12).all() and (by_bh <= by_holm + 1e-12).all() and (by_holm <= bonferroni + 1e-12).all()
    )
    # What Holm rejects is what its steps reject.
    order = np.sort(given_)
    steps = order * np.arange(len(order), 0, -1) < 0.05
    count = len(order) if steps.all() else int(np.argmin(steps))
    assert (by_holm < 0.05).sum() == count


def test_a_difference_of_that_size_shows_in_four_of_five() -> None:
    """1,000 examples, one system right in 70 %, the other by the smallest detectable difference more."""
    from scipy.stats import binomtest

    random = np.random.default_rng(2)
    count, trials = 1000, 400
    base = 0.7
    error = 100 * (2 * base * (1 - base) / count) ** 0.5
    better = base + detectable(error) / 100
    shown = 0
    for _ in range(trials):
        first, other = random.random(count) < base, random.random(count) < better
        wins, losses = int((other & ~first).sum()), int((first & ~other).sum())
        shown += binomtest(wins, wins + losses).pvalue < 0.05
    assert shown / trials == pytest.approx(0.8, abs=0.08)
    assert detectable(1.0, tests=100) > detectable(1.0)


# Seeds


def test_welch_by_hand() -> None:
    """Means 72 and 76, variances 1 and 4 of three each: t = 4 / sqrt(5 / 3), 2.94 degrees of freedom."""
    from scipy.stats import t as student

    found = welch([71.0, 72.0, 73.0], [74.0, 76.0, 78.0])
    assert found is not None
    error, freedom = (5 / 3) ** 0.5, (5 / 3) ** 2 / ((1 / 3) ** 2 / 2 + (4 / 3) ** 2 / 2)
    assert found.p == pytest.approx(2 * student.sf(4 / error, freedom))
    half = student.ppf(0.975, freedom) * error
    assert (found.low, found.high) == pytest.approx((4 - half, 4 + half))


def test_too_few_seeds_are_no_test() -> None:
    assert welch([70.0, 71.0], [74.0, 76.0, 78.0]) is None
    assert welch([70.0] * 3, [71.0] * 3) is None
    assert welch([70.0, 70.0, 70.0 + 1e-13], [71.0] * 3) is None


def test_three_seeds_are_covered() -> None:
    """Two checkpoints with the same mean and other noise: the interval over three seeds holds 0 in 95 of 100."""
    random = np.random.default_rng(4)
    trials, inside = 1500, 0
    for _ in range(trials):
        found = welch(random.normal(70.0, 0.6, 3), random.normal(70.0, 1.2, 3))
        assert found is not None
        inside += found.low <= 0.0 <= found.high
    assert 0.93 <= inside / trials <= 0.98
