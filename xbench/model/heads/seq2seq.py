"""Translations written by a decoder on top of the encoder, by beam search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GenerationConfig
from transformers.modeling_outputs import BaseModelOutput

from xbench.api import Features, Slice
from xbench.errors import XbenchError
from xbench.jobs import Fit
from xbench.kinds.generation import FROZEN, number
from xbench.model import loading, translator
from xbench.model.batching import accepted, collate, run_in_batches
from xbench.model.budgets import budget
from xbench.model.heads.gradient import cross_entropy, fine_tune, union
from xbench.model.training import LossSum
from xbench.model.workspace import Machine, Workspace


@dataclass(frozen=True)
class Seq2SeqHead:
    """See the module, and `xbench.kinds.generation` for what a sequence holds."""

    def fit(self, fit: Fit, train_features: Sequence[tuple[Slice, Features, int]], machine: Machine,
            workspace: Workspace, pad: int) -> dict[str, Any]:  # fmt: skip
        """Trains the decoder, and the encoder unless it is frozen; writes the weights of both."""
        features, rows = union(train_features)
        _, written = sides(features)
        model = _continued(workspace.start) if workspace.start else _fresh(fit, written, pad)
        model.encoder.requires_grad_(not _frozen(fit))
        model.to(machine.torch_device)
        loss_sum = _loss_of(model, features, pad, machine, _frozen(fit))
        return fine_tune(model, fit, features, rows, loss_sum, machine, workspace)

    def runner(self, fit: Fit, weights: Path | None, machine: Machine, pad: int) -> Seq2SeqRunner:
        """The trained model, ready to write.

        Raises:
            XbenchError: There are no weights: an encoder alone writes nothing.
        """
        if weights is None:
            raise XbenchError(
                f"{fit.checkpoint.name} is an encoder and has no decoder of its own: use --protocols zero-shot"
            )
        return self.running(fit, _continued(weights), machine, pad)

    def running(self, fit: Fit, model: Any, machine: Machine, pad: int) -> Seq2SeqRunner:
        """A runner of a model that is already in memory."""
        tokenizer = loading.load_tokenizer(fit.checkpoint)
        return Seq2SeqRunner(model.to(machine.torch_device).eval(), tokenizer, machine, pad, number(fit.task, "beams"))


@dataclass(frozen=True)
class Seq2SeqRunner:
    """A model that translates."""

    model: Any
    tokenizer: Any
    machine: Machine
    pad: int
    beams: int

    def run(self, features: Features, slice: Slice) -> dict[str, list[str]]:
        """What the model writes for each row, and what decoding leaves of each reference.

        Returns:
            `written` and `restored`, (rows,) each.
        """
        read, references = sides(features)
        found = [""] * len(read)

        def write(picked: np.ndarray) -> None:
            for place, ids in zip(picked.tolist(), self._generated(read, picked).tolist(), strict=True):
                found[place] = self._text(ids)

        with torch.inference_mode(), self.machine.autocast():
            run_in_batches(read.lengths, budget(self.model, self.machine, padded=True), write)
        pieces = np.split(references.ids, references.offsets[1:-1])
        return {"written": found, "restored": [self._text(ids.tolist()) for ids in pieces]}

    def _generated(self, read: Features, picked: np.ndarray) -> torch.Tensor:
        """Ids of the best output of each sequence, padded, (batch, longest)."""
        batch = collate(read, picked, self.pad, self.machine.torch_device)
        states = self.model.encoder(**accepted(self.model.encoder, batch))[0]
        outputs: torch.Tensor = self.model.generate(
            encoder_outputs=BaseModelOutput(states),
            attention_mask=batch["attention_mask"],
            generation_config=search(self.model, self.beams),
        )
        return outputs

    def _text(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=True)).strip()


def _fresh(fit: Fit, written: Features, pad: int) -> Any:
    """The encoder under a decoder that has learned nothing."""
    return translator.build(
        fit.checkpoint,
        layers=number(fit.task, "layers"),
        begin=int(written.ids[0]),
        end=int(written.ids[-1]),
        pad=pad,
        longest=int(written.lengths.max()),
        seed=fit.seed,
    )


def _continued(weights: Path) -> Any:
    """Both as an earlier fit has left them."""
    return loading.with_own_head({"pretrained_model_name_or_path": weights}, str(weights), "EncoderDecoderModel")


def search(model: Any, beams: int) -> GenerationConfig:
    """Beam search without sampling: the mean log-probability decides; no longer than what was trained on."""
    decoder = model.config.decoder
    return GenerationConfig(
        num_beams=beams,
        do_sample=False,
        max_length=decoder.max_position_embeddings,
        length_penalty=1.0,
        early_stopping=False,
        pad_token_id=decoder.pad_token_id,
        eos_token_id=decoder.eos_token_id,
        decoder_start_token_id=decoder.bos_token_id,
    )


def sides(features: Features) -> tuple[Features, Features]:
    """What is read and what is written of each sequence, as sequences of their own, in the same order."""
    inside = features.marks >= 0
    found = []
    for mask in (~inside, inside):
        before = np.concatenate([[0], np.cumsum(mask)])[features.offsets].astype(np.int64)
        pieces = {name: getattr(features, name)[mask] for name in ("ids", "types", "marks", "labels")}
        found.append(replace(features, offsets=before, **pieces))
    return found[0], found[1]


def _frozen(fit: Fit) -> bool:
    return bool(fit.task.settings.get("encoder", FROZEN) == FROZEN)


def _loss_of(model: Any, features: Features, pad: int, machine: Machine, frozen: bool) -> LossSum:
    """The summed loss of some rows: each written sub-token given those before it and all that is read."""
    read, written = sides(features)

    def loss_sum(picked: np.ndarray) -> tuple[torch.Tensor, int]:
        batch = collate(read, picked, pad, machine.torch_device)
        with torch.set_grad_enabled(not frozen):
            # Frozen is frozen: no dropout either, so that it is the same encoder that is run later.
            model.encoder.train(not frozen)
            states = model.encoder(**accepted(model.encoder, batch))[0]
        output = collate(written, picked, pad, machine.torch_device)
        ids, mask = output["input_ids"], output["attention_mask"]
        hidden = model.decoder.base_model(
            input_ids=ids[:, :-1],
            attention_mask=mask[:, :-1],
            encoder_hidden_states=states,
            encoder_attention_mask=batch["attention_mask"],
            use_cache=False,
        )[0]
        wanted = mask[:, 1:] > 0
        # Only what counts goes through the output layer, which is most of a small decoder's work.
        logits, gold = model.decoder.cls(hidden[wanted]), ids[:, 1:][wanted]
        return cross_entropy(logits.float(), gold), len(gold)

    return loss_sum


head = Seq2SeqHead()
