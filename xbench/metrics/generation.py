"""BLEU and chrF of sacreBLEU, as per-segment statistics and a function of their sums.

The functions are sacreBLEU's formulas over arrays: it scores one sum at a time, and a comparison needs ten thousand of
them for every language. Tests hold them against sacreBLEU.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from xbench.api import Metric
from xbench.errors import XbenchError
from xbench.metrics import ngrams

_BETA = 2
"""How much more recall weighs than precision in chrF2."""

_UNSPACED = frozenset("bo dz gan hsn ja khb km lo lzh mnw my shn th wuu yue".split())
"""Languages (but Mandarin) that are commonly written without spaces between words."""


def tokeniser(language: str) -> str:
    """Name of the sacreBLEU tokeniser for text in a language. None of them downloads anything.

    Args:
        language: Canonical tag.

    Example:
        >>> tokeniser("de"), tokeniser("zh-Hant"), tokeniser("th")
        ('13a', 'zh', 'char')
    """
    primary = language.split("-")[0]
    if primary == "zh":
        return "zh"
    return "char" if primary in _UNSPACED else "13a"


def bleu(hypotheses: Sequence[str], references: Sequence[str], language: str) -> tuple[Metric, np.ndarray]:
    """Corpus BLEU of segments with one reference each.

    Args:
        hypotheses: Texts that were retrieved or generated.
        references: The right ones.
        language: Canonical tag of both; decides the tokeniser, which the mode states.

    Returns:
        The metric, and statistics, float64, (segments, 10).

    Raises:
        XbenchError: There are no segments, or not as many of both.

    Example:
        >>> metric, statistics = bleu(["the cat sat on the mat"], ["the cat sat on the mat"], "en")
        >>> round(float(metric.value(statistics.sum(0)))), metric.mode
        (100, 'tok:13a')
    """
    _check("bleu", hypotheses, references)
    name = tokeniser(language)
    scorer = _bleu(name)
    words = {text: tuple(scorer._preprocess_segment(text).split()) for text in {*hypotheses, *references}}
    ours, theirs = ([words[text] for text in side] for side in (hypotheses, references))
    lengths = np.stack([ngrams.counts(side, 1)[:, 0] for side in (ours, theirs)], axis=1)
    order = scorer.max_ngram_order
    statistics = [lengths, ngrams.shared(ours, theirs, order), ngrams.counts(ours, order)]
    return Metric("bleu", _bleu_score, f"tok:{name}"), np.concatenate(statistics, axis=1).astype(np.float64)


def chrf(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[Metric, np.ndarray]:
    """Corpus chrF2 of segments with one reference each.

    Returns:
        The metric, and statistics, float64, (segments, 18).

    Raises:
        XbenchError: There are no segments, or not as many of both.
    """
    from sacrebleu.metrics import CHRF

    _check("chrf", hypotheses, references)
    scorer = CHRF()
    ours, theirs = (["".join(text.split()) for text in side] for side in (hypotheses, references))
    made, wanted = (ngrams.counts(side, scorer.char_order) for side in (ours, theirs))
    # sacreBLEU's rule: where the reference is too short for an order, nothing of that order counts.
    statistics = [np.where(wanted > 0, made, 0), wanted, ngrams.shared(ours, theirs, scorer.char_order)]
    flat = np.stack(statistics, axis=2).reshape(len(ours), -1)
    return Metric("chrf", _chrf_score, "nc:6|nw:0"), flat.astype(np.float64)


@lru_cache
def _bleu(name: str) -> Any:
    """One scorer for each tokeniser: it remembers texts, and every language is searched from the same ones."""
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize=name, force=True)


def _check(name: str, hypotheses: Sequence[str], references: Sequence[str]) -> None:
    if not hypotheses or len(hypotheses) != len(references):
        raise XbenchError(
            f"{name} needs one reference for each text: got {len(hypotheses)} texts and {len(references)} references"
        )


def _bleu_score(sums: np.ndarray) -> np.ndarray:
    """BLEU of sums of statistics, (..., 10), with sacreBLEU's exponential smoothing and no effective order."""
    counts = np.asarray(sums, np.float64)
    ours, theirs = counts[..., 0], counts[..., 1]
    right, made = np.split(counts[..., 2:], 2, axis=-1)
    none = right == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        # Each order without any match counts for half as much as the one before it.
        precisions = np.where(none, 0.5 ** np.cumsum(none, axis=-1), right) / made
        logs = np.log(np.where(made > 0, precisions, 0.0))
        brevity = np.where(ours < theirs, np.exp(1.0 - theirs / ours), 1.0)
    return np.asarray(np.where(none.all(axis=-1), 0.0, 100.0 * brevity * np.exp(logs.mean(axis=-1))))


def _chrf_score(sums: np.ndarray) -> np.ndarray:
    """chrF2 of sums of statistics, (..., 18): F of mean precision and recall over the orders that both have."""
    counts = np.asarray(sums, np.float64)
    made, wanted, right = (counts[..., place::3] for place in range(3))
    there = (made > 0) & (wanted > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = (
            np.where(there, right / side, 0.0).sum(axis=-1) / there.sum(axis=-1) for side in (made, wanted)
        )
        score = 100.0 * (1 + _BETA**2) * precision * recall / (_BETA**2 * precision + recall)
    return np.nan_to_num(score)
