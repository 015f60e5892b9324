"""A checkpoint's encoder under a small decoder with cross-attention that knows nothing yet.

Both are transformers' (`EncoderDecoderModel`, and `BertLMHeadModel` whatever the encoder is). The decoder writes
sub-tokens of the checkpoint's own tokenizer, and its embeddings, tied to its output, begin as those of the encoder.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import BertConfig, BertLMHeadModel, EncoderDecoderConfig, EncoderDecoderModel

from xbench.errors import XbenchError
from xbench.jobs import Checkpoint
from xbench.model import loading


def build(checkpoint: Checkpoint, *, layers: int, begin: int, end: int, pad: int, longest: int, seed: int) -> Any:
    """An encoder with its own weights, and a decoder of its width whose weights depend on the seed alone.

    Args:
        checkpoint: The encoder.
        layers: Of the decoder.
        begin: Id that every output begins with.
        end: Id that it ends with.
        pad: Padding id.
        longest: Sub-tokens of the longest output, both of these included: a decoder knows no later positions than
            those that it was trained on.
        seed: Of the decoder.

    Raises:
        XbenchError: The encoder's configuration does not state its width and attention heads.
    """
    torch.manual_seed(seed)
    encoder: Any = loading.load_encoder(checkpoint)
    own = encoder.config
    lacking = [name for name in ("hidden_size", "num_attention_heads", "vocab_size") if not getattr(own, name, None)]
    if lacking:
        raise XbenchError(f"{checkpoint.name}: its configuration states no {lacking[0]}, which a decoder must share")
    torch.manual_seed(seed)
    decoder: Any = BertLMHeadModel(
        BertConfig(
            vocab_size=own.vocab_size,
            hidden_size=own.hidden_size,
            num_hidden_layers=layers,
            num_attention_heads=own.num_attention_heads,
            intermediate_size=4 * own.hidden_size,
            hidden_dropout_prob=getattr(own, "hidden_dropout_prob", 0.1),
            attention_probs_dropout_prob=getattr(own, "attention_probs_dropout_prob", 0.1),
            max_position_embeddings=longest,
            type_vocab_size=1,
            pad_token_id=pad,
            bos_token_id=begin,
            eos_token_id=end,
            is_decoder=True,
            add_cross_attention=True,
        )
    )
    begun, known = (model.get_input_embeddings().weight for model in (decoder, encoder))
    # ALBERT's and its like are narrower than their hidden states: there the decoder begins from nothing.
    if begun.shape == known.shape:
        with torch.no_grad():
            begun.copy_(known)
    config = EncoderDecoderConfig.from_encoder_decoder_configs(
        own, decoder.config, pad_token_id=pad, decoder_start_token_id=begin
    )
    return EncoderDecoderModel(config, encoder, decoder)
