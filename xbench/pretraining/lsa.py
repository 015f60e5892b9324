"""Latent semantic analysis: words that occur in the same documents get similar vectors.

A document of a parallel corpus is a passage in all its languages together, so that words that translate each other
get similar vectors (Dumais et al. 1997, Automatic cross-language retrieval using latent semantic indexing;
log-entropy weights after Dumais 1991).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from xbench.pretraining.passages import Pool

_MOST = 100_000
"""Documents, evenly taken from all: the product of vocabulary and documents is what takes time."""


def vectors(pool: Pool, vocabulary: int, size: int, seed: int) -> np.ndarray:
    """A unit vector per sub-token.

    Sub-tokens that tell no document from another get one by chance.

    Args:
        pool: The passages.
        vocabulary: Sub-tokens of the tokenizer.
        size: Dimensions of a vector.
        seed: Of all chance.

    Returns:
        float32, (vocabulary, size).
    """
    counts = _counts(pool, vocabulary)
    random = np.random.default_rng(seed)
    found = random.normal(size=(vocabulary, size))
    dimensions = min(size, min(counts.shape))
    _, strengths, words = randomized_svd(_weighted(counts), dimensions, n_iter=4, random_state=seed)
    # Turned, so that every head of a model gets its share of the strong dimensions and of the weak ones; and so that
    # no dimension is left without content where the documents are fewer than the dimensions.
    turn, _ = np.linalg.qr(random.normal(size=(size, size)))
    own = (words.T * strengths) @ turn[:dimensions]
    # What occurs nowhere, or everywhere alike, is left with nothing.
    telling = np.linalg.norm(own, axis=1) > 1e-6
    found[telling] = own[telling]
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def _counts(pool: Pool, vocabulary: int) -> sparse.csr_matrix:
    """Documents x sub-tokens."""
    documents = _documents(pool)
    total = int(documents.max()) + 1
    every = -(-total // _MOST)
    used = (documents >= 0) & (documents % every == 0)
    tokens = np.repeat(np.where(used, documents // every, -1), np.diff(pool.offsets))
    kept = tokens >= 0
    ones = np.ones(int(kept.sum()), dtype=np.float32)
    shape = (-(-total // every), vocabulary)
    return sparse.coo_matrix((ones, (tokens[kept], pool.ids[kept])), shape=shape).tocsr()


def _documents(pool: Pool) -> np.ndarray:
    """The document of each passage, -1 for a restated one; int64, (passages,)."""
    documents = np.full(len(pool.offsets) - 1, -1)
    begin = 0
    for first, count in zip(pool.first, pool.count, strict=True):
        documents[first : first + count] = np.arange(begin, begin + count)
        begin += 0 if pool.parallel else count
    return documents


def _weighted(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Log of the frequency, times one minus the entropy over documents: what is everywhere says little."""
    totals = np.maximum(np.asarray(counts.sum(axis=0)).ravel(), 1)
    shares = counts.data / totals[counts.indices]
    entropy = np.bincount(counts.indices, -shares * np.log(shares), minlength=counts.shape[1])
    weights = 1 - entropy / np.log(max(2, counts.shape[0]))
    weighted = counts.copy()
    weighted.data = (np.log1p(counts.data) * weights[counts.indices]).astype(np.float32)
    return weighted
