"""A `BertForPreTraining` from a recipe or a folder, and its weights as they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import BertConfig, BertForPreTraining

from xbench.errors import XbenchError
from xbench.model.loading import save_model
from xbench.pretraining.packing import Template
from xbench.pretraining.recipe import Recipe
from xbench.pretraining.record import remedy

_SAVED = {"fp32": torch.float32, "fp16": torch.float16}


def build(recipe: Recipe, vocabulary: int, shape: Template) -> Any:
    """The model with weights by chance, as BERT begins. Both its heads stay in the checkpoint.

    Args:
        recipe: With the architecture, dropout and seed.
        vocabulary: Sub-tokens of the tokenizer.
        shape: With the padding id and the token types.
    """
    torch.manual_seed(recipe.seed)
    config = BertConfig(
        **recipe.architecture,
        vocab_size=vocabulary,
        pad_token_id=shape.pad,
        type_vocab_size=2,
        hidden_dropout_prob=recipe.dropout,
        attention_probs_dropout_prob=recipe.dropout,
    )
    return BertForPreTraining(config)


def load(folder: Path) -> Any:
    """The model of a checkpoint as it was written, in fp32.

    Raises:
        XbenchError: Its weights are damaged, or some are missing.
    """
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        found: Any = BertForPreTraining.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    except Exception as error:
        first = str(error).partition("\n")[0]
        raise XbenchError(f"the weights in {folder} cannot be loaded ({first}): {remedy(folder)}") from error
    model, info = found
    # transformers would start them by chance.
    if lacking := sorted(info["missing_keys"]):
        raise XbenchError(f"{len(lacking)} weights are missing in {folder}, such as {lacking[0]}: {remedy(folder)}")
    return model


def rounded(model: Any, recipe: Recipe) -> None:
    """Gives weights the digits that they are written with, so that what is measured is what is kept."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(_SAVED[recipe.save_dtype]))


def save(model: Any, recipe: Recipe, folder: Path) -> None:
    """Writes config.json and model.safetensors."""
    transformers.logging.disable_progress_bar()
    save_model(model.to(_SAVED[recipe.save_dtype]), folder)
