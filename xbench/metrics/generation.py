"""BLEU and chrF of sacreBLEU, as per-segment statistics and a function of their sums."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from xbench.api import Metric
from xbench.errors import XbenchError
from xbench.metrics import ngrams

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
    return _metric("bleu", f"tok:{name}", scorer), np.concatenate(statistics, axis=1).astype(np.float64)


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
    return _metric("chrf", "nc:6|nw:0", scorer), flat.astype(np.float64)


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


def _metric(name: str, mode: str, scorer: Any) -> Metric:
    def value(sums: np.ndarray) -> np.ndarray:
        flat = np.asarray(sums).reshape(-1, sums.shape[-1]).tolist()
        scores = [scorer._compute_score_from_stats(row).score for row in flat]
        return np.array(scores).reshape(sums.shape[:-1])

    return Metric(name, value, mode)
