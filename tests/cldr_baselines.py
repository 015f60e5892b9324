"""What the tasks of the embedded suite yield to those who do not read: `python -m tests.cldr_baselines`.

Prints a table of scores on the test rows of English and, as a mean, of all the other languages. None of these
knows a language:

- one sentence: words and pairs of words of the second sentence alone (logistic regression);
- word overlap: how many words the two sentences have in common (gradient boosting), learned from English; for
  retrieval, the candidate with the largest share of common words;
- word list: for each word the tag that it mostly had in training, in English;
- spelling: the word with the largest share of common pairs of letters; for alignment, the words that are the same.

Shared by the tests, which keep the first at chance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
from seqeval.metrics import f1_score
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from xbench.data.cldr.datasets import DATASETS
from xbench.data.cldr.frames import Draw
from xbench.data.cldr.realiser import realiser
from xbench.data.cldr.sentences import words
from xbench.kinds.alignment import read
from xbench.languages import CLDR
from xbench.metrics import alignment

Row = dict[str, Any]

PAIRS = {"nli": ("premise", "hypothesis"), "paraphrase": ("sentence1", "sentence2")}
"""Data set -> the columns of its two sentences."""


def drawn(name: str, tag: str, split: str, first: int, count: int) -> list[Row]:
    """Rows of a split's draw, also beyond the rows that the split has."""
    made, voice, draw = DATASETS[f"cldr/{name}"], realiser(CLDR[tag]), Draw(split)
    return [made.row(draw, voice, index) for index in range(first, first + count)]


def rows(name: str, tag: str, split: str) -> list[Row]:
    """The rows of a split."""
    return DATASETS[f"cldr/{name}"].rows(CLDR[tag], split)


def tokens(text: str) -> list[str]:
    """Its words."""
    return [text[begin:end] for begin, end in words(text)]


def by_one_sentence(column: str, train: Sequence[Row]) -> Any:
    """Guesses labels by the words of one sentence; `.score(texts, labels)`."""
    guess = make_pipeline(
        CountVectorizer(tokenizer=tokens, token_pattern=None, lowercase=False, ngram_range=(1, 2)),
        LogisticRegression(max_iter=500, C=0.1),
    )
    return guess.fit([row[column] for row in train], [row["label"] for row in train])


def overlap(first: str, second: str) -> list[float]:
    """Shares of common words, and how many there are."""
    one, other = set(tokens(first)), set(tokens(second))
    common = len(one & other)
    return [common / len(one), common / len(other), common / len(one | other), len(one), len(other)]


def by_overlap(columns: Sequence[str], train: Sequence[Row]) -> Any:
    """Guesses labels by the overlap of two sentences; `.score(overlaps, labels)`."""
    features = [overlap(*(row[column] for column in columns)) for row in train]
    return HistGradientBoostingClassifier(max_depth=3, random_state=0).fit(features, [row["label"] for row in train])


def retrieval_by_overlap(tag: str) -> float:
    """Accuracy@1 from English: of the candidates that share most words, the first."""
    queries = [set(tokens(row["text"])) for row in rows("parallel", "en", "test")]
    pool = [set(tokens(row["text"])) for row in rows("parallel", tag, "test")]
    best = [max(range(len(pool)), key=lambda i: (len(query & pool[i]) / len(query | pool[i]), -i)) for query in queries]
    return 100 * fmean(place == found for place, found in enumerate(best))


def tags_by_list(tag: str) -> float:
    """Span F1 of the tags that the words of English training rows mostly had; O for a word that it lacks."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows("ner", "en", "train"):
        for word, label in zip(row["tokens"], row["ner_tags"], strict=True):
            seen[word][label] += 1
    tested = rows("ner", tag, "test")
    guesses = [[seen[word].most_common(1)[0][0] if word in seen else "O" for word in row["tokens"]] for row in tested]
    return 100 * float(f1_score([row["ner_tags"] for row in tested], guesses))


def words_by_spelling(tag: str) -> float:
    """Precision@1 from English: of the words that share most pairs of letters, the first."""

    def pairs(word: str) -> set[str]:
        letters = f" {word.casefold()} "
        return {letters[place : place + 2] for place in range(len(letters) - 1)}

    queries, pool = ([pairs(row["word"]) for row in rows("lexicon", side, "test")] for side in ("en", tag))
    best = [max(range(len(pool)), key=lambda i: (len(query & pool[i]) / len(query | pool[i]), -i)) for query in queries]
    return 100 * fmean(place == found for place, found in enumerate(best))


def links_by_spelling(tag: str) -> float:
    """F1 of the links between words that are the same, digits by what they are worth; a word has one link at most."""
    counts = []
    for row in rows("alignment", tag, "test"):
        source, target = (
            [str(int(word)) if word.isdigit() else word.casefold() for word in row[side].split()]
            for side in ("source", "target")
        )
        free = dict.fromkeys(range(len(target)))
        found = set()
        for place, word in enumerate(source):
            if (same := next((other for other in free if target[other] == word), None)) is not None:
                del free[same]
                found.add((place, same))
        counts.append(alignment.statistics(found, *read(row["links"])))
    return float(alignment.f1(np.array(counts).sum(0)))


def main() -> None:
    """Prints the table."""
    others = [tag for tag in CLDR if tag != "en"]
    print(f"{'task':18} {'baseline':14} {'English':>8} {f'{len(others)} others':>11}")
    for name, columns in PAIRS.items():
        train = rows(name, "en", "train")
        one, two = by_one_sentence(columns[1], train), by_overlap(columns, train)

        def alone(tag: str, name: str = name, one: Any = one, column: str = columns[1]) -> float:
            tested = rows(name, tag, "test")
            return 100 * float(one.score([row[column] for row in tested], [row["label"] for row in tested]))

        def both(tag: str, name: str = name, two: Any = two, columns: Sequence[str] = columns) -> float:
            tested = rows(name, tag, "test")
            features = [overlap(*(row[column] for column in columns)) for row in tested]
            return 100 * float(two.score(features, [row["label"] for row in tested]))

        for what, score in (("one sentence", alone), ("word overlap", both)):
            print(f"{f'cldr-{name}':18} {what:14} {score('en'):8.1f} {fmean(map(score, others)):11.1f}", flush=True)
    print(f"{'cldr-ner':18} {'word list':14} {tags_by_list('en'):8.1f} {fmean(map(tags_by_list, others)):11.1f}")
    for name, what, score in (
        ("cldr-translation", "word overlap", retrieval_by_overlap),
        ("cldr-lexicon", "spelling", words_by_spelling),
        ("cldr-alignment", "spelling", links_by_spelling),
    ):
        print(f"{name:18} {what:14} {'':8} {fmean(map(score, others)):11.1f}", flush=True)


if __name__ == "__main__":
    main()
