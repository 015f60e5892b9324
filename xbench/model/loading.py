"""Loading checkpoints so that what transformers does silently is an error here.

transformers loads a folder without tokenizer as a tokenizer of five tokens, initialises missing
encoder weights at random, and keeps the dtype in which weights were saved. Each is refused or set.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# Read when transformers is imported: pickled weights must not wake a conversion service outside.
os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")

import torch
import transformers
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM, AutoTokenizer

from xbench.errors import XbenchError
from xbench.jobs import Checkpoint
from xbench.store.files import explained

_SMALLEST_SHARE = 0.9
"""Of the embedding matrix that a tokenizer must cover; matrices are padded to round numbers, not by a tenth."""


def load_tokenizer(checkpoint: Checkpoint) -> Any:
    """The checkpoint's own fast tokenizer.

    Raises:
        XbenchError: There is none, or its size does not fit the embedding matrix.
    """
    quiet()
    try:
        tokenizer = AutoTokenizer.from_pretrained(**checkpoint.loading)
    except Exception as error:
        raise XbenchError(
            f"the tokenizer of {checkpoint.name} cannot be loaded ({first_line(error)}); "
            "SentencePiece models need `pip install xbench[sentencepiece]`"
        ) from error
    if not tokenizer.is_fast:
        raise XbenchError(f"the tokenizer of {checkpoint.name} is a slow one: save its fast version (tokenizer.json)")
    size, rows = len(tokenizer), int(checkpoint.config.get("vocab_size") or 0)
    if rows and size > rows:
        raise XbenchError(
            f"the tokenizer of {checkpoint.name} has {size} tokens, its embedding matrix {rows} rows: it is the "
            "tokenizer of another checkpoint; save the right one into the folder"
        )
    if rows and size < _SMALLEST_SHARE * rows:
        raise XbenchError(
            f"the tokenizer of {checkpoint.name} has {size} tokens, its embedding matrix {rows} rows: tokenizer files "
            "are missing (most words would be unknown); save them with tokenizer.save_pretrained"
        )
    return tokenizer


def longest(checkpoint: Checkpoint, tokenizer: Any, wanted: int) -> int:
    """Sub-tokens that a sequence may have: what the task wants, within what the encoder can.

    XLM-R and RoBERTa count positions from their padding id on, which costs pad + 1 of them.
    """
    positions = int(checkpoint.config.get("max_position_embeddings") or wanted)
    positions -= first_position(str(checkpoint.config.get("model_type")), checkpoint.config.get("pad_token_id"))
    if checkpoint.config.get("position_biased_input") is False:
        positions = wanted
    return min(wanted, positions, int(tokenizer.model_max_length))


def first_position(model_type: str, pad: int | None) -> int:
    """The position id of a sequence's first sub-token."""
    return (pad or 0) + 1 if model_type in _OFFSET_POSITIONS else 0


# Position ids of these architectures start after the padding id; no field of the configuration says so.
_OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "xmod", "data2vec-text"})


def load_encoder(checkpoint: Checkpoint) -> torch.nn.Module:
    """The encoder without a head, in fp32 and evaluation mode.

    Raises:
        XbenchError: Weights of the encoder are missing.
    """
    model, info = _from_pretrained(AutoModel, checkpoint)
    _check_whole(checkpoint, info, allowed=("pooler.",))
    return model.eval()


def with_fresh_head(checkpoint: Checkpoint, auto: str, labels: Iterable[str], seed: int) -> torch.nn.Module:
    """The checkpoint's encoder under a head whose weights depend on the seed alone.

    A head that the checkpoint brings along is left out: under training protocols every checkpoint
    starts its head from nothing.

    Args:
        checkpoint: What to load.
        auto: Name of the auto class, such as `AutoModelForSequenceClassification`.
        labels: In the task's order.
        seed: Of the head, and of a pooler that the checkpoint lacks.
    """
    torch.manual_seed(seed)
    encoder, info = _from_pretrained(AutoModel, checkpoint)
    _check_whole(checkpoint, info, allowed=("pooler.",))
    config = _config(checkpoint, labels)
    # DeBERTa and its like ask for attention that not every version of them supports: the class decides.
    model = getattr(transformers, auto).from_config(config, dtype=torch.float32)
    bare = model.base_model
    state = {name: value for name, value in encoder.state_dict().items() if name in bare.state_dict()}
    missing = [
        name for name in bare.load_state_dict(state, strict=False).missing_keys if not name.startswith("pooler.")
    ]
    if missing:
        raise XbenchError(f"{checkpoint.name}: {auto} expects {missing[0]}, which its encoder does not have")
    return model


def with_own_head(location: Mapping[str, Any], name: str, auto: str, labels: Iterable[str] = ()) -> torch.nn.Module:
    """A model whose head is already trained, in fp32.

    Raises:
        XbenchError: Any weight is missing, the head's included.
    """
    arguments: dict[str, Any] = dict(location)
    model, info = _load(getattr(transformers, auto), name, arguments)
    lacking = sorted({*info["missing_keys"], *(key[0] for key in info["mismatched_keys"])})
    if lacking:
        raise XbenchError(
            f"{name} has no trained head for this task ({lacking[0]} is missing): it is an encoder; "
            "run it with --protocols zero-shot"
        )
    return model


def with_masked_head(checkpoint: Checkpoint) -> torch.nn.Module:
    """The checkpoint under the masked-LM head that it was saved with, in fp32.

    Raises:
        XbenchError: It was saved without one, or weights of the encoder are missing.
    """
    model, info = _from_pretrained(AutoModelForMaskedLM, checkpoint)
    encoder = f"{model.base_model_prefix}."
    _check_whole(checkpoint, {name: _within(keys, encoder) for name, keys in info.items()}, allowed=())
    lacking = sorted({*info["missing_keys"], *(key[0] for key in info["mismatched_keys"])})
    if lacking:
        raise XbenchError(
            f"{checkpoint.name} has no masked-LM head: {len(lacking)} of its weights are missing, such as "
            f"{lacking[0]}, and transformers would start them at random. Take a checkpoint that was saved with the "
            "head of its pretraining (…ForMaskedLM, …ForPreTraining)"
        )
    return model


def _within(keys: Any, prefix: str) -> Any:
    """Those of some keys, or of tuples that begin with one, that are a part of a model's."""
    named = [key if isinstance(key, str) else key[0] for key in keys]
    return [key for key, name in zip(keys, named, strict=True) if name.startswith(prefix)]


def _from_pretrained(auto: Any, checkpoint: Checkpoint) -> tuple[Any, dict[str, Any]]:
    return _load(auto, checkpoint.name, checkpoint.loading)


def _load(auto: Any, name: str, location: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    quiet()
    try:
        return auto.from_pretrained(
            **location, dtype=torch.float32, output_loading_info=True, trust_remote_code=False, weights_only=True
        )
    except Exception as error:
        raise XbenchError(f"{name} cannot be loaded: {first_line(error)}") from error


def _config(checkpoint: Checkpoint, labels: Iterable[str]) -> Any:
    names = list(labels)
    return AutoConfig.from_pretrained(
        **checkpoint.loading,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: index for index, name in enumerate(names)},
    )


def _check_whole(checkpoint: Checkpoint, info: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    lacking = sorted(key for key in info["missing_keys"] if not key.startswith(allowed))
    lacking += sorted(key[0] for key in info["mismatched_keys"])
    if lacking:
        raise XbenchError(
            f"{checkpoint.name}: {len(lacking)} weights of the encoder are missing or have another shape, such as "
            f"{lacking[0]}; transformers would start them at random. Save the whole model, with the model_type that "
            "its configuration names"
        )


def quiet() -> None:
    """Neither the bars nor the remarks of transformers."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def first_line(error: Exception) -> str:
    """What an error of another library says, for a message of one line."""
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0][:300] if str(error).strip() else ''}"


def save_model(model: Any, folder: Path) -> None:
    """Weights (safetensors) and configuration."""
    with explained(folder):
        model.save_pretrained(folder, safe_serialization=True)
