"""Which BERT: from a configuration file, from a few numbers, or from both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xbench.errors import XbenchError
from xbench.pretraining.recipe import SHAPE
from xbench.store.files import read_json

# Decided by the tokenizer, the recipe or what is written, whatever a configuration says.
_DECIDED_ELSEWHERE = frozenset(
    "architectures attention_probs_dropout_prob dtype gradient_checkpointing hidden_dropout_prob model_type "
    "pad_token_id torch_dtype transformers_version type_vocab_size use_cache vocab_size".split()
)


def architecture(
    base: Mapping[str, Any] = SHAPE,
    file: Path | None = None,
    layers: int | None = None,
    hidden: int | None = None,
    heads: int | None = None,
    positions: int | None = None,
) -> dict[str, Any]:
    """Arguments of `transformers.BertConfig`.

    Args:
        base: What holds where nothing else is said.
        file: A `config.json` of a BERT, instead of the base.
        layers: Number of layers.
        hidden: Width; the feed-forward layers are then four times as wide.
        heads: Of attention.
        positions: Longest sequence, special tokens included.

    Raises:
        XbenchError: The file is of another architecture, or the heads do not divide the width.
    """
    found = dict(base) if file is None else _read(file)
    given = {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": hidden and 4 * hidden,
        "num_attention_heads": heads,
        "max_position_embeddings": positions,
    }
    found |= {name: value for name, value in given.items() if value is not None}
    if found["hidden_size"] % found["num_attention_heads"]:
        raise XbenchError(
            f"{found['num_attention_heads']} heads do not divide a width of {found['hidden_size']}: "
            "change --heads or --hidden"
        )
    return found


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise XbenchError(f"there is no configuration {file}: name the config.json of a BERT")
    said = read_json(file)
    if not isinstance(said, dict) or said.get("model_type", "bert") != "bert":
        raise XbenchError(f"{file} is not the configuration of a BERT (model_type bert), which is what is pretrained")
    return {**SHAPE, **{name: value for name, value in said.items() if name not in _DECIDED_ELSEWHERE}}
