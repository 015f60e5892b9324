"""A BERT of any size with random weights under a head for sentence pairs.

Times do not depend on what weights say. A process of its own: `python -m benchmarks.speed.checkpoint`, given `out`,
`vocabulary`, `layers`, `hidden`, `labels` and `dropout` as JSON, so that the one that measures stays small.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers

_HEAD = 64
"""Width of an attention head, as in BERT of every size."""
_GAIN = 2.0
"""Standard deviation of the weights, times the root of the width. With BERT's 0.02, about a half at its width,
all texts have nearly the same logits, and any two programs would agree on them."""


def build(given: Mapping[str, Any]) -> None:
    """Writes it, with the tokenizer of `vocabulary`; see the module."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(given["vocabulary"])
    hidden, labels = given["hidden"], given["labels"]
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=given["layers"],
        num_attention_heads=max(1, hidden // _HEAD),
        intermediate_size=4 * hidden,
        hidden_dropout_prob=given["dropout"],
        attention_probs_dropout_prob=given["dropout"],
        initializer_range=_GAIN / hidden**0.5,
        pad_token_id=tokenizer.pad_token_id,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
    )
    torch.manual_seed(0)
    transformers.BertForSequenceClassification(config).save_pretrained(Path(given["out"]))
    tokenizer.save_pretrained(given["out"])


if __name__ == "__main__":
    build(json.loads(sys.argv[1]))
