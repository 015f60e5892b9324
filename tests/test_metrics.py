"""Metrics against scikit-learn, seqeval, sacreBLEU, SciPy and examples worked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbench.api import Measure, Metric, Script
from xbench.errors import XbenchError
from xbench.metrics import generation, macro, shares, spans
from xbench.metrics.degenerate import beats_majority
from xbench.metrics.external import external
from xbench.metrics.intervals import bootstrap, resampled, t_interval

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SENTENCES = st.lists(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), max_size=7), min_size=1, max_size=6
)


def test_share_and_majority() -> None:
    sums = shares.statistics(np.array([3, 1, 0]), np.array([4, 2, 2])).sum(0)
    assert shares.percent(sums) == 50.0
    assert np.isnan(shares.percent(np.zeros(2)))
    assert shares.majority(np.array(["a", "b", "a", "a"])) == 75.0
    assert np.isnan(shares.majority(np.array([])))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
@settings(deadline=None, max_examples=60)
def test_macro_equals_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    gold, predicted = np.array(pairs).T
    sums = macro.statistics(gold, predicted, 4).sum(0, dtype=np.int64)
    precision, recall, f1, _ = precision_recall_fscore_support(gold, predicted, average="macro", zero_division=0)
    assert macro.precision(sums) == pytest.approx(100 * precision)
    assert macro.recall(sums) == pytest.approx(100 * recall)
    assert macro.f1(sums) == pytest.approx(100 * f1)
    assert macro.accuracy(sums) == pytest.approx(100 * accuracy_score(gold, predicted))


def test_macro_of_many_resamples_at_once() -> None:
    statistics = macro.statistics(np.array([0, 1, 2, 2]), np.array([0, 2, 2, 1]), 3)
    several = np.stack([statistics.sum(0), statistics[:2].sum(0), statistics[2:].sum(0)])
    for metric in (macro.accuracy, macro.precision, macro.recall, macro.f1):
        assert metric(several).tolist() == [metric(sums) for sums in several]


@given(SENTENCES)
@settings(deadline=None, max_examples=80)
@pytest.mark.filterwarnings("ignore")
def test_spans_equal_seqeval(sentences: list[list[tuple[str, str]]]) -> None:
    from seqeval.metrics import f1_score, precision_score, recall_score
    from seqeval.scheme import IOB2

    gold = [[pair[0] for pair in sentence] for sentence in sentences]
    predicted = [[pair[1] for pair in sentence] for sentence in sentences]
    for read, official in ((spans.lenient, {}), (spans.strict, {"mode": "strict", "scheme": IOB2})):
        sums = spans.statistics(gold, predicted, read).sum(0)
        if not sums[2] and official:
            continue  # the official scorer fails where there is no gold span
        assert spans.f1(sums) == pytest.approx(100 * f1_score(gold, predicted, zero_division=0, **official))
        assert spans.recall(sums) == pytest.approx(100 * recall_score(gold, predicted, zero_division=0, **official))
        assert spans.precision(sums) == pytest.approx(
            100 * precision_score(gold, predicted, zero_division=0, **official)
        )


@given(
    st.lists(st.lists(st.sampled_from("O X NOUN B-X I-X E-X S-X B I . CCONJ SCONJ".split()), max_size=6), max_size=4)
)
@settings(deadline=None, max_examples=150)
@pytest.mark.filterwarnings("ignore")
def test_odd_tags_are_read_as_seqeval_reads_them(sentences: list[list[str]]) -> None:
    from seqeval.metrics.sequence_labeling import get_entities

    official = [set(get_entities(tags)) for tags in sentences]
    assert [spans.lenient(tags) for tags in sentences] == official
    sums = spans.statistics(sentences, sentences, spans.lenient)
    assert sums.tolist() == [[len(entities)] * 3 for entities in official]


def test_the_trap_between_the_readings() -> None:
    gold, predicted = [["B-PER", "I-PER"]], [["I-PER", "I-PER"]]
    assert spans.f1(spans.statistics(gold, predicted, spans.lenient).sum(0)) == 100.0
    assert spans.f1(spans.statistics(gold, predicted, spans.strict).sum(0)) == 0.0


TEXTS = [
    ("the cat sat on the mat .", "the cat lay on the mat ."),
    ("a dog barks", "the dog barks loudly at night"),
    ("no", "yes indeed"),
    ("", "something"),
]


@pytest.mark.parametrize(("language", "tokenize"), [("en", "13a"), ("zh", "zh"), ("th", "char"), ("yue", "char")])
def test_generation_equals_sacrebleu(language: str, tokenize: str) -> None:
    from sacrebleu import corpus_bleu, corpus_chrf

    hypotheses, references = (list(side) for side in zip(*TEXTS, strict=True))
    bleu, statistics = generation.bleu(hypotheses, references, language)
    assert bleu.mode == f"tok:{tokenize}"
    official = corpus_bleu(hypotheses, [references], tokenize=tokenize).score
    assert float(bleu.value(statistics.sum(0))) == pytest.approx(official, abs=1e-9)
    chrf, statistics = generation.chrf(hypotheses, references)
    assert float(chrf.value(statistics.sum(0))) == pytest.approx(corpus_chrf(hypotheses, [references]).score, abs=1e-9)
    assert chrf.value(np.stack([statistics.sum(0), statistics[0]])).shape == (2,)


PIECES = st.sampled_from(["a", "b", "ab", " ", "  ", ".", "中", "é", "\u200d", "\n", "12", "ก"])
LINES = st.lists(PIECES, max_size=9).map("".join)


@given(st.lists(LINES, min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_statistics_of_every_segment_are_those_of_sacrebleu(pool: list[str], random: Any) -> None:
    from sacrebleu.metrics import BLEU, CHRF

    # As in retrieval: both sides are drawn from the same few texts.
    hypotheses, references = random.choices(pool, k=5), random.choices(pool, k=5)
    for language in ("en", "zh", "th"):
        official = BLEU(tokenize=generation.tokeniser(language), force=True)
        expected = official._extract_corpus_statistics(hypotheses, [references])
        assert generation.bleu(hypotheses, references, language)[1].tolist() == expected
    expected = CHRF()._extract_corpus_statistics(hypotheses, [references])
    assert generation.chrf(hypotheses, references)[1].tolist() == expected


def test_generation_wants_a_reference_each() -> None:
    with pytest.raises(XbenchError, match="one reference for each"):
        generation.bleu(["a"], [], "en")


def test_t_interval_equals_scipy() -> None:
    from scipy import stats

    values = [61.2, 60.1, 63.5, 62.0]
    expected = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert t_interval(values) == pytest.approx(expected)
    with pytest.raises(XbenchError, match="at least two"):
        t_interval([50.0])
    with pytest.raises(XbenchError, match="not a number"):
        t_interval([50.0, float("nan")])


SHARE = Metric("accuracy", shares.percent)


def test_bootstrap_covers_and_repeats() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for trial in range(100):
        low, high = bootstrap(Measure(SHARE, shares.statistics(random.random(200) < 0.7)), resamples=300, seed=trial)
        covered += low <= 70.0 <= high
    assert 87 <= covered <= 100
    measure = Measure(SHARE, shares.statistics(random.random(200) < 0.7))
    assert bootstrap(measure, seed=1) == bootstrap(measure, seed=1) != bootstrap(measure, seed=2)


def test_bootstrap_draws_the_same_examples_for_parallel_slices() -> None:
    right = np.random.default_rng(0).random(50) < 0.5
    one = resampled(Measure(SHARE, shares.statistics(right)))
    other = resampled(Measure(SHARE, shares.statistics(~right)))
    np.testing.assert_allclose(one + other, 100.0, rtol=1e-6)


def test_resampled_scores_are_those_of_drawing_examples_one_resample_after_the_other() -> None:
    right = np.random.default_rng(5).random(77) < 0.6
    random = np.random.default_rng(9)
    expected = [100 * right[random.integers(77, size=77)].mean() for _ in range(120)]
    measure = Measure(SHARE, shares.statistics(right))
    np.testing.assert_allclose(resampled(measure, resamples=120, seed=9), expected, rtol=1e-12)


def test_bootstrap_of_nothing() -> None:
    with pytest.raises(XbenchError, match="no examples"):
        bootstrap(Measure(SHARE, np.zeros((0, 2))))


def test_majority_test_by_hand() -> None:
    gold = np.array(["a"] * 6 + ["b"] * 5)
    assert beats_majority(gold, np.array(["a"] * 11)) == (False, 1.0)
    # Right on all five b, wrong on none: 5 of 5 discordant pairs, p = 1/32.
    assert beats_majority(gold, gold) == (True, pytest.approx(1 / 32))
    # Right on four b, wrong on one a: P(at least 4 of 5) = 6/32.
    assert beats_majority(gold, np.array(["b", *"aaaaa", *"bbbba"])) == (False, pytest.approx(6 / 32))
    assert beats_majority(gold, np.array(["b"] * 11))[1] > 0.5
    with pytest.raises(XbenchError, match="a prediction for each"):
        beats_majority(gold, gold[:3])


SCRIPT = """
import datasets
import evaluate


class Agreement(evaluate.Metric):
    def _info(self):
        features = datasets.Features({"predictions": datasets.Value("string"), "references": datasets.Value("string")})
        return evaluate.MetricInfo(description="", citation="", inputs_description="", features=features)

    def _compute(self, predictions, references):
        same = [a == b for a, b in zip(predictions, references)]
        return {"agreement": sum(same) / len(same), "each": same}
"""


def test_external_metric_from_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "agreement.py"
    script.write_text(SCRIPT)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    assert external(Script(str(script)), ["a", "b", "c"], ["a", "b", "x"]) == {"agreement": pytest.approx(2 / 3)}
    script.write_text(SCRIPT.replace('{"agreement"', 'None and {"agreement"'))
    with pytest.raises(XbenchError, match="returned no number"):
        external(Script(str(script)), ["a"], ["a"])
    with pytest.raises(XbenchError, match="failed"):
        external(Script(str(script)), ["a", "b"], ["a"])


def test_external_metric_of_the_hub_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Hub is reached here: what is asked of `evaluate` is what counts."""
    import evaluate

    asked: list[dict[str, str]] = []

    class Loaded:
        def compute(self, references: list[int], predictions: list[int]) -> dict[str, float]:
            return {"agreement": 1.0}

    def load(**where: str) -> Loaded:
        asked.append(where)
        return Loaded()

    monkeypatch.setattr(evaluate, "load", load)
    with pytest.raises(XbenchError, match="needs a revision"):
        external(Script("accuracy", hub=True), [1], [1])
    assert external(Script("accuracy", hub=True, revision="abc"), [1], [1]) == {"agreement": 1.0}
    assert asked == [{"path": "accuracy", "revision": "abc"}]


def test_external_metric_by_name_is_refused() -> None:
    with pytest.raises(XbenchError, match="download code"):
        external(Script("accuracy"), [1], [1])
