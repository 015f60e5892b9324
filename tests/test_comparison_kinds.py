"""`xbench compare` on predictions of every kind, from files to the table, against SciPy, sacreBLEU and seqeval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import made_up_results as made
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from kind_helpers import task
from made_up import cli
from scipy.stats import binomtest, permutation_test

from xbench.api import Recipe, Slice
from xbench.plugins import registry

ROWS = 80
RESAMPLES = 4000
NAMES = {"first": 1, "other": 2}
LANGUAGES = ("de", "sw")
WORDS = "a the cat dog sat lay on under mat rug barks loudly at night never".split()
TASKS = {
    kind: replace(of, name=f"some-{kind}")
    for kind, of in {
        "translation": task("translation", "source target id"),
        "lexicon": task("lexicon", "source target id"),
        "alignment": task("alignment", "source target links id", settings={"first_index": 0}),
        "cloze": task("cloze", "source target id", splits=("dev", "test")),
        "generation": task("generation", "source target id", recipe=Recipe(epochs=1), train_languages=("de",)),
        "tagging": task("tagging", "words tags id", labels=("O", "B-PER", "I-PER"), recipe=Recipe(epochs=1)),
    }.items()
}


def chance(name: str, language: str, of: str) -> np.random.Generator:
    """The same for a checkpoint, a language and a kind, whenever it is asked for."""
    return np.random.default_rng([NAMES.get(name, 0), *language.encode(), *of.encode()])


def ids() -> list[str]:
    return [f"row-{place}" for place in range(ROWS)]


# What checkpoints answer


def vectors(name: str, language: str) -> dict[str, np.ndarray]:
    """Of sentences, (layers + 1, rows, 6): those of a translation are near, those of the other checkpoint nearer."""
    source = chance("", language, "translation").normal(size=(4, ROWS, 6)).astype(np.float32)
    noise = chance(name, language, "translation").normal(size=source.shape)
    return {"source": source, "target": (source + (0.9 if name == "first" else 0.7) * noise).astype(np.float32)}


def ranks(name: str, language: str, of: str) -> np.ndarray:
    """Where the right word of each query stands, from 1."""
    return chance(name, language, of).geometric(0.5 if name == "first" else 0.65, ROWS)


def links(language: str) -> np.ndarray:
    """Which of four words of either side translate each other, (rows, 4, 4)."""
    random = chance("", language, "alignment")
    return np.stack([np.eye(4, dtype=bool)[random.permutation(4)] for _ in range(ROWS)])


def found_links(name: str, language: str) -> np.ndarray:
    wrong = chance(name, language, "alignment").random((ROWS, 4, 4)) < (0.25 if name == "first" else 0.2)
    return links(language) ^ wrong


def references(language: str) -> list[str]:
    random = chance("", language, "generation")
    return [" ".join(random.choice(WORDS, random.integers(5, 12))) for _ in range(ROWS)]


def written(name: str, language: str) -> list[str]:
    random = chance(name, language, "generation")
    wrong = 0.30 if name == "first" else 0.27
    return [
        " ".join(word if random.random() > wrong else str(random.choice(WORDS)) for word in text.split())
        for text in references(language)
    ]


def tags(name: str, language: str) -> list[list[str]]:
    """Of five words; without a name those that are right."""
    random = chance("", language, "tagging")
    gold = [[str(tag) for tag in random.choice(["O", "B-PER", "I-PER"], 5)] for _ in range(ROWS)]
    random = chance(name, language, "tagging")
    wrong = {"": 0.0, "first": 0.3, "other": 0.2}[name]
    return [[tag if random.random() >= wrong else "O" for tag in own] for own in gold]


# As kinds write it down


def translation(name: str, language: str) -> pa.Table:
    of = TASKS["translation"]
    rows = [{"id": one, "source": f"text {one}", "target": f"Text {one}"} for one in ids()]
    where = Slice(of.data, language, "test", source="en")
    kind: Any = registry().kinds["translation"]
    return kind.decode(vectors(name, language), rows, None, of, where)


def lexicon(name: str, language: str) -> pa.Table:
    """Two layers, both directions; every tenth row repeats a word, and has no rank."""
    counts = np.arange(ROWS) % 10 > 0
    own = np.where(counts, ranks(name, language, "lexicon"), np.nan)
    rank = pa.array(own, pa.int32(), from_pandas=True)
    sides = [
        pa.table(
            {
                "layer": pa.array([layer] * ROWS, pa.int16()), "direction": [way] * ROWS, "id": ids(),
                "right": pa.array(counts.astype(np.int32)), "cosine_rank": rank, "csls_rank": rank,
            }
        )
        for layer in (0, 1)
        for way in (f"en→{language}", f"{language}→en")
    ]  # fmt: skip
    return pa.concat_tables(sides)


def alignment(name: str, language: str) -> pa.Table:
    def pharaoh(every: np.ndarray) -> list[str]:
        return [" ".join(f"{one}-{other}" for one, other in np.argwhere(own)) for own in every]

    guess = pharaoh(found_links(name, language))
    layers = [
        pa.table(
            {
                "layer": pa.array([layer] * ROWS, pa.int16()), "id": ids(), "source_words": [4] * ROWS,
                "target_words": [4] * ROWS, "gold": pharaoh(links(language)), "argmax": guess, "itermax": guess,
                "softmax": guess,
            }
        )
        for layer in (0, 1)
    ]  # fmt: skip
    return pa.concat_tables(layers)


def cloze(name: str, language: str) -> pa.Table:
    return pa.table(
        {
            "id": ids(), "direction": [f"en→{language}"] * ROWS, "answers": [["word"]] * ROWS,
            "candidates": pa.array([ROWS] * ROWS, pa.int32()),
            "rank": pa.array(ranks(name, language, "cloze"), pa.int32()),
        }
    )  # fmt: skip


def generation(name: str, language: str) -> pa.Table:
    own = references(language)
    return pa.table(
        {
            "id": ids(), "direction": [f"{language}→en"] * ROWS, "read": own[::-1], "reference": own, "restored": own,
            "written": written(name, language),
        }
    )  # fmt: skip


def tagging(name: str, language: str) -> pa.Table:
    return pa.table({"id": ids(), "gold": tags("", language), "prediction": tags(name, language)})


TABLES: dict[str, Callable[[str, str], pa.Table]] = {
    "translation": translation, "lexicon": lexicon, "alignment": alignment, "cloze": cloze, "generation": generation,
    "tagging": tagging,
}  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for name in NAMES:
        for kind, table in TABLES.items():
            version = registry().kinds[kind].version
            tables = {language: table(name, language) for language in LANGUAGES}
            # Repeated over layers and directions, a row is one all the same.
            made.run(
                folder, name, tables, TASKS[kind], 1 if TASKS[kind].recipe else None, kind=[kind, version],
                facts={"rows": ROWS},
            )  # fmt: skip
    return folder


def compared(out: Path, *more: str) -> pd.DataFrame:
    """The table of languages, by kind and language."""
    ended = cli("compare", "first", "other", "--out", str(out), "--resamples", str(RESAMPLES), *more)
    assert ended.code == (3 if "--metric" in more else 0), ended
    (place,) = (Path(line.split(" files in ")[1]) for line in ended.out.splitlines() if " files in " in line)
    frame = pd.read_csv(place / "comparison.csv", keep_default_na=False)
    kinds = {of.name: kind for kind, of in TASKS.items()}
    return frame.assign(kind=frame["task"].map(kinds)).set_index(["kind", "language"])


@pytest.fixture(scope="module")
def main(out: Path) -> pd.DataFrame:
    return compared(out)


def mcnemar(first: np.ndarray, other: np.ndarray) -> float:
    return float(binomtest(int((other & ~first).sum()), int((first ^ other).sum())).pvalue)


def exchanged(first: np.ndarray, other: np.ndarray, score: Callable[[np.ndarray], Any]) -> float:
    """What SciPy's test that exchanges examples gives as p, for a score of sums of statistics, (examples, k)."""
    both = np.concatenate([first, other])

    def difference(one: np.ndarray, two: np.ndarray) -> float:
        sums = [both[side.astype(int)].sum(axis=0) for side in (one, two)]
        return float(score(sums[1]) - score(sums[0]))

    places = np.arange(len(first))
    return float(
        permutation_test(
            (places, places + len(first)), difference, permutation_type="samples", n_resamples=RESAMPLES,
            rng=np.random.default_rng(0),
        ).pvalue
    )  # fmt: skip


def test_every_kind_is_compared(main: pd.DataFrame) -> None:
    assert set(main.index) == {(kind, language) for kind in TASKS for language in LANGUAGES}
    metrics = main.groupby("kind")["metric"].first().to_dict()
    assert metrics == {
        "translation": "accuracy", "lexicon": "precision@1-csls", "alignment": "f1-argmax", "cloze": "accuracy",
        "generation": "chrf", "tagging": "f1",
    }  # fmt: skip
    ways = main.groupby("kind")["direction"].first().to_dict()
    assert (ways["translation"], ways["lexicon"], ways["generation"]) == ("en→xx", "en→xx", "xx→en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_retrieval(main: pd.DataFrame, language: str) -> None:
    """Nearest neighbours by cosine, at two thirds of three layers, in the main direction."""
    right = []
    for name in NAMES:
        source, target = (side[2] for side in vectors(name, language).values())
        unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (source, target)]
        right.append((unit[0] @ unit[1].T).argmax(axis=1) == np.arange(ROWS))
    row = main.loc[("translation", language)]
    assert (row["first_score"], row["other_score"]) == pytest.approx([100 * own.mean() for own in right])
    assert row["test"] == "exact McNemar" and row["p"] == pytest.approx(mcnemar(*right), rel=1e-4)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["lexicon", "cloze"])
def test_words(main: pd.DataFrame, kind: str, language: str) -> None:
    counts = np.arange(ROWS) % 10 > 0 if kind == "lexicon" else np.ones(ROWS, bool)
    first, other = (ranks(name, language, kind)[counts] == 1 for name in NAMES)
    row = main.loc[(kind, language)]
    assert row["difference"] == pytest.approx(100 * (other.mean() - first.mean()), rel=1e-4)
    assert row["test"] == "exact McNemar" and row["p"] == pytest.approx(mcnemar(first, other), rel=1e-4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_alignment(main: pd.DataFrame, language: str) -> None:
    def score(sums: np.ndarray) -> Any:
        return 100 * 2 * sums[0] / (sums[1] + sums[2])

    gold = links(language)
    counts = [
        np.stack([(own & gold).sum((1, 2)), own.sum((1, 2)), gold.sum((1, 2))], axis=1)
        for own in (found_links(name, language) for name in NAMES)
    ]
    row = main.loc[("alignment", language)]
    assert (row["first_score"], row["other_score"]) == pytest.approx([score(own.sum(axis=0)) for own in counts])
    assert row["test"] == "approximate randomisation"
    assert row["p"] == pytest.approx(exchanged(*counts, score), abs=0.03)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tagging(main: pd.DataFrame, language: str) -> None:
    from seqeval.metrics import f1_score

    row = main.loc[("tagging", language)]
    scores = [100 * f1_score(tags("", language), tags(name, language)) for name in NAMES]
    assert (row["first_score"], row["other_score"]) == pytest.approx(scores)
    assert row["test"] == "approximate randomisation" and row["conditional"].startswith("conditional on these seeds")


def official(metric: Any, language: str, test: str) -> Sequence[Any]:
    """What sacreBLEU's own paired test says of both."""
    from sacrebleu.significance import PairedTest

    systems = [(name, written(name, language)) for name in NAMES]
    _, results = PairedTest(systems, {"metric": metric}, [references(language)], test, n_samples=RESAMPLES)()
    return next(found for key, found in results.items() if key != "System")


@pytest.mark.parametrize("metric", ["chrf", "bleu"])
def test_generation(main: pd.DataFrame, out: Path, metric: str) -> None:
    from sacrebleu.metrics import BLEU, CHRF

    row = (main if metric == "chrf" else compared(out, "--metric", "bleu", "--languages", "de")).loc["generation", "de"]
    scores = official({"chrf": CHRF(), "bleu": BLEU()}[metric], "de", "ar")
    assert (row["first_score"], row["other_score"]) == pytest.approx([one.score for one in scores])
    assert 0.005 < row["p"] < 0.95 and row["p"] == pytest.approx(scores[1].p_value, abs=0.035)


def test_reciprocal_ranks_are_compared_and_kinds_without_them_named(out: Path) -> None:
    row = compared(
        out, "--metric", "mrr", "--tasks", ",".join(TASKS[kind].name for kind in ("cloze", "alignment"))
    ).loc["cloze", "de"]
    first, other = (np.stack([1 / ranks(name, "de", "cloze"), np.ones(ROWS)], axis=1) for name in NAMES)
    assert row["difference"] == pytest.approx(100 * (other[:, 0].mean() - first[:, 0].mean()), rel=1e-4)
    assert row["p"] == pytest.approx(exchanged(first, other, lambda sums: 100 * sums[0] / sums[1]), abs=0.03)
    ended = cli("compare", "first", "other", "--out", str(out), "--resamples", "100", "--metric", "mrr")
    told = " ".join(ended.out.partition("not compared: other against first")[2].split())
    for kind in ("alignment", "generation", "lexicon", "tagging"):
        assert f"{TASKS[kind].name} zero-shot: no language can be compared: no metric 'mrr': Valid: " in told


def test_a_language_whose_metric_is_not_defined_is_missing_and_the_others_are_compared(tmp_path: Path) -> None:
    """As CSLS is of fewer sentences than it has neighbours."""
    undefined = pa.nulls(len(translation("first", "sw")), pa.int32())
    for name in NAMES:
        tables = {language: translation(name, language) for language in LANGUAGES}
        place = tables["sw"].column_names.index("rank_csls")
        tables["sw"] = tables["sw"].set_column(place, "rank_csls", undefined)
        for of in (TASKS["translation"], replace(TASKS["translation"], name="by-csls", main="accuracy-csls")):
            made.run(tmp_path, name, tables, of, None, kind=["translation", 2], facts={"rows": ROWS})
    asked = ("compare", "first", "other", "--out", str(tmp_path), "--resamples", "100", "--tasks")
    ended = cli(*asked, "some-translation", "--metric", "accuracy-csls")
    assert ended.code == 3 and "over 1 language that both have" in ended.out
    assert "Not compared: 1 language (sw): no metric 'accuracy-csls'" in ended.out
    ended = cli(*asked, "by-csls")
    assert ended.code == 3
    told = " ".join(ended.out.split())
    assert "Not compared: 1 language (sw): what the task is known by is not defined on these rows" in told


def test_less_is_better_of_an_error_rate(out: Path) -> None:
    frame = compared(out, "--metric", "aer-argmax")
    for language in LANGUAGES:
        row = frame.loc[("alignment", language)]
        # On links that are all sure it is 100 - F1.
        assert row["other_score"] < row["first_score"] and row["verdict"] in ("better", "not told apart")
