"""Exact search in blocks, by three similarities: against a direct loop, by hand, and whatever the blocks are."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbench.metrics import ranks, retrieval
from xbench.metrics.directions import Directions
from xbench.metrics.similarities import COSINE, CSLS, MARGIN, SIMILARITIES


def sides(count: int, hidden: int = 8, noise: float = 0.7, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that are alike, of any length, and all on one side of the origin, as sentences' vectors are."""
    random = np.random.default_rng(seed)
    source = 1.5 + random.normal(size=(count, hidden))
    target = source * random.uniform(0.5, 2, size=(count, 1)) + noise * random.normal(size=(count, hidden))
    return source.astype(np.float32), target.astype(np.float32)


def loop(source: np.ndarray, target: np.ndarray) -> dict[str, list[list[float]]]:
    """Similarities of all pairs as the papers write them, one by one."""
    left, right = ([row / np.linalg.norm(row) for row in side.astype(np.float64)] for side in (source, target))
    cosines = [[float(x @ y) for y in right] for x in left]
    columns = list(zip(*cosines, strict=True))

    def mean(similar: Any, k: int) -> float:
        nearest = sorted(similar, reverse=True)[:k]
        return sum(nearest) / len(nearest)

    found: dict[str, list[list[float]]] = {"cosine": cosines, "csls": [], "margin": []}
    for i in range(len(left)):
        local = [2 * cosines[i][j] - mean(cosines[i], 10) - mean(columns[j], 10) for j in range(len(right))]
        ratio = [cosines[i][j] / ((mean(cosines[i], 4) + mean(columns[j], 4)) / 2) for j in range(len(right))]
        found["csls"].append(local)
        found["margin"].append(ratio)
    return found


def same(one: retrieval.Hits, other: retrieval.Hits) -> bool:
    """Whether two searches found the same, to the last bit."""
    pairs = [(one.ranks[s.name], other.ranks[s.name]) for s in SIMILARITIES]
    pairs += [(one.means[name], other.means[name]) for name in one.means]
    pairs += [(getattr(one, name), getattr(other, name)) for name in ("neighbours", "similarities", "gold")]
    return all((a is None and b is None) or np.array_equal(a, b) for a, b in pairs)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 3, 7, 60])
def test_search_equals_a_loop_in_both_directions(count: int) -> None:
    source, target = sides(count)
    truth = loop(source, target)
    there, back = retrieval.search(source, target, block=16)
    for hits, similar in ((there, truth), (back, {n: list(zip(*s, strict=True)) for n, s in truth.items()})):
        for i in range(count):
            for name, rows in similar.items():
                order = sorted(range(count), key=lambda j: -rows[i][j])
                assert hits.ranks[name] is not None and hits.ranks[name][i] == order.index(i) + 1, name
            order = sorted(range(count), key=lambda j: -similar["cosine"][i][j])
            assert hits.neighbours[i].tolist() == order[:10]
            nearest = [similar["cosine"][i][j] for j in order]
            np.testing.assert_allclose(hits.similarities[i], nearest[:10], atol=1e-6)
            assert hits.gold[i] == pytest.approx(similar["cosine"][i][i], abs=1e-6)
            assert hits.means["csls"][i] == pytest.approx(np.mean(nearest[:10]), abs=1e-7)
            assert hits.means["margin"][i] == pytest.approx(np.mean(nearest[:4]), abs=1e-7)


def test_similarities_by_hand() -> None:
    # Cosines: x1y1 .8, x1y2 0, x2y1 .96, x2y2 .8. Means over both: x1 .4, x2 .88, y1 .88, y2 .4.
    # y1 is a hub that takes x2 from y2; CSLS (.32 against .16) and margin (1.25 against 1.09) give it back.
    source, target = np.array([[1, 0], [0.6, 0.8]]), np.array([[0.8, 0.6], [0, 1]])
    there, back = retrieval.search(source, target)
    assert {name: list(found) for name, found in there.ranks.items() if found is not None} == {
        "cosine": [1, 2], "csls": [1, 1], "margin": [1, 1],
    }  # fmt: skip
    assert back.ranks["cosine"] is not None and back.ranks["cosine"].tolist() == [2, 1]
    assert there.means["csls"] == pytest.approx([0.4, 0.88]) and back.means["margin"] == pytest.approx([0.88, 0.4])
    cosines, rows, columns = np.array([[0.96, 0.8]]), np.array([[0.88]]), np.array([[0.88, 0.4]])
    assert CSLS.score(cosines, rows, columns) == pytest.approx(np.array([[0.16, 0.32]]))
    assert MARGIN.score(cosines, rows, columns) == pytest.approx(np.array([[0.96 / 0.88, 0.8 / 0.64]]))
    assert (CSLS.neighbours, MARGIN.neighbours) == (10, 4)


@pytest.mark.parametrize("block", [1, 7, 64, 100, 256, 299, 1024])
def test_the_size_of_blocks_changes_nothing(block: int) -> None:
    # Long vectors, few decimals between them: where the order of a sum would show.
    source, target = sides(300, hidden=768, noise=2.0)
    target[150:] = target[:150] * 1.7
    whole = retrieval.search(source, target, block=300)
    parts = retrieval.search(source, target, block=block)
    assert same(whole[0], parts[0]) and same(whole[1], parts[1])


@pytest.mark.parametrize("size", [3, 17, 300])
@pytest.mark.parametrize("block", [64, 1024])
def test_ties_go_to_the_first(size: int, block: int) -> None:
    # Duplicates at places where a matrix product may round differently.
    vectors = np.random.default_rng(size).normal(size=(1, 768)).repeat(size, 0)
    for hits in retrieval.search(vectors, vectors, block):
        for found in hits.ranks.values():
            assert found is not None and found.tolist() == list(range(1, size + 1))
        assert hits.neighbours.tolist() == [list(range(min(size, 10)))] * size


@given(
    st.lists(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=2), min_size=1, max_size=12),
    st.integers(1, 13),
)
@settings(deadline=None, max_examples=60)
def test_rank_and_neighbours_agree_where_many_are_equal(directions: list[list[float]], block: int) -> None:
    vectors = np.array([[1.0, *direction] for direction in directions], np.float32)
    for hits in retrieval.search(vectors, vectors[::-1], block):
        rank = hits.ranks["cosine"]
        assert rank is not None
        for i in range(len(vectors)):
            assert hits.neighbours[i].tolist()[rank[i] - 1 : rank[i]] == ([i] if rank[i] <= 10 else [])


def test_products_are_exact() -> None:
    source, target = (Directions(side)[0:4] for side in sides(4, hidden=96))
    products = source @ target.T
    for i in range(4):
        for j in range(4):
            terms = zip(source[i].tolist(), target[j].tolist(), strict=True)
            assert Fraction(float(products[i, j])) == sum(Fraction(x) * Fraction(y) for x, y in terms)
    # The rounding that makes them so is finer than float32.
    given = sides(4, hidden=96)[0].astype(np.float64)
    assert np.abs(source - given / np.linalg.norm(given, axis=1, keepdims=True)).max() <= 2.0**-27
    # An outlying dimension, as encoders have them, leaves the sum below 2.
    peak = np.full((1, 768), 1e-3, np.float32)
    peak[0, 7] = 1e3
    assert float((Directions(peak)[0:1] @ Directions(peak)[0:1].T).item()) == pytest.approx(1.0, abs=1e-7)


def test_a_ratio_of_what_is_not_positive_is_no_rank() -> None:
    there, back = retrieval.search(np.array([[1.0, 0.0]]), np.array([[-1.0, 0.1]]))
    assert there.ranks["margin"] is None and back.ranks["margin"] is None
    assert there.ranks["csls"] is not None and there.ranks["csls"].tolist() == [1]


def test_memory_grows_with_the_sides_and_not_with_their_product() -> None:
    source, target = sides(4000)
    tracemalloc.start()
    retrieval.search(source, target, block=256)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A byte per pair would be 16 MB, a cosine per pair 128 MB.
    assert peak < 8e6


def test_metrics_of_ranks() -> None:
    found = {
        metric.name: (metric.mode, float(metric.value(statistics.sum(0))), chance)
        for metric, statistics, chance in ranks.measured(np.array([1, 4, 11, *[20] * 17]), CSLS)
    }
    reciprocal = 100 * (1 + 1 / 4 + 1 / 11 + 17 / 20) / 20
    assert found == {
        "accuracy-csls": ("similarity:csls|k:10", 5.0, 5.0),
        "accuracy@10-csls": ("similarity:csls|k:10", 10.0, 50.0),
        "mrr-csls": ("similarity:csls|k:10", pytest.approx(reciprocal), None),
    }
    assert ranks.names(COSINE) == ("accuracy", "accuracy@10", "mrr")


def test_a_pool_smaller_than_the_neighbourhood_is_stated() -> None:
    modes = {metric.mode for metric, _, _ in ranks.measured(np.array([1, 2, 3]), CSLS)}
    assert modes == {"similarity:csls|k:3"}
    assert {metric.mode for metric, _, _ in ranks.measured(np.ones(3), COSINE)} == {"similarity:cosine"}
    chances = [chance for metric, _, chance in ranks.measured(np.array([1, 2, 3]), CSLS) if "@" in metric.name]
    assert chances == [100.0]
