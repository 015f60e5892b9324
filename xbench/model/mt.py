"""Sequence-to-sequence checkpoints that translate: Marian, M2M-100, NLLB, mBART-50, MADLAD-400 and their like.

What tells them apart is not their name but how they are told their languages (`xbench.languages.mt.Direction`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from xbench.errors import XbenchError
from xbench.jobs import Checkpoint
from xbench.languages.mt import Direction
from xbench.model.batching import Budget, run_in_batches
from xbench.model.budgets import budget
from xbench.model.loading import first_line, quiet
from xbench.model.workspace import Machine
from xbench.store.translations import Segment

_ROOM = 2.0
"""Sub-tokens that a translation may have for each of its source, beyond `_SPARE`."""
_SPARE = 32


class Mt:
    """A checkpoint that translates, loaded.

    Args:
        checkpoint: What to load.
        machine: Where; with bf16 the weights are bf16, which for generation is twice as fast and as good.
        beams: Hypotheses that the search keeps; 1 is greedy.

    Raises:
        XbenchError: It cannot be loaded, lacks weights, or its tokenizer a library.

    Example:
        >>> mt = Mt(checkpoint, Machine("cpu", "fp32"))  # doctest: +SKIP
        >>> mt(["Where are you from?"], Direction("eng_Latn", "deu_Latn"))[0].text  # doctest: +SKIP
        'Woher kommst du?'
    """

    def __init__(self, checkpoint: Checkpoint, machine: Machine, beams: int = 1) -> None:
        quiet()
        self._name, self._machine = checkpoint.name, machine
        self._tokenizer = _tokenizer(checkpoint)
        self._model = _model(checkpoint, machine)
        # The rest of its own settings stay, such as a length penalty or words that it must not say. Set here, since
        # `generate` takes None for "as the model has it". An end forced where the room ends would look like one.
        self._model.generation_config.update(
            num_beams=beams, do_sample=False, max_length=None, forced_eos_token_id=None
        )
        self._budget = Budget(max(1, budget(self._model, machine, padded=True).tokens // beams))

    def __call__(
        self, texts: Sequence[str], direction: Direction, tick: Callable[[int], None] = lambda segments: None
    ) -> list[Segment]:
        """Translates texts; the longest go first, as many at once as a budget of sub-tokens allows.

        A text with more sub-tokens than the checkpoint has positions is not cut but left untranslated.

        Args:
            texts: Of one language.
            direction: From which language into which.
            tick: Called with the number of texts that were just translated, or found too long.

        Returns:
            A segment for each text.

        Raises:
            XbenchError: The checkpoint's tokenizer does not have the tokens of the direction.
        """
        start = self._set(direction)
        ids = self._ids(texts, direction)
        lengths = np.array([len(one) for one in ids], np.int64)
        found = [Segment("", "too long")] * len(texts)
        fitting = np.flatnonzero(lengths <= self._longest())
        tick(len(texts) - len(fitting))

        def translate(picked: np.ndarray) -> None:
            places = fitting[picked]
            for place, segment in zip(places, self._generate([ids[place] for place in places], start), strict=True):
                found[place] = segment
            tick(len(places))

        with torch.inference_mode():
            run_in_batches(lengths[fitting], self._budget, translate)
        return found

    def _set(self, direction: Direction) -> int | None:
        """Sets the tokenizer's source language; the id of the token that translations begin with."""
        tokens = [token for token in (direction.start, direction.prefix) if token]
        ids = [self._tokenizer.convert_tokens_to_ids(token) for token in tokens]
        lost = [token for token, one in zip(tokens, ids, strict=True) if one in (None, self._tokenizer.unk_token_id)]
        if lost or (direction.source and not hasattr(self._tokenizer, "src_lang")):
            raise XbenchError(
                f"{self._name}: its files speak of {' '.join(lost) or 'source languages'}, which its "
                f"{type(self._tokenizer).__name__} does not know: save the tokenizer that belongs to it"
            )
        if direction.source:
            self._tokenizer.src_lang = direction.source
        return int(ids[0]) if direction.start else None

    def _ids(self, texts: Sequence[str], direction: Direction) -> list[list[int]]:
        if not texts:
            return []
        prefix = f"{direction.prefix} " if direction.prefix else ""
        batch = self._tokenizer([prefix + text for text in texts], truncation=False, verbose=False)
        return [list(ids) for ids in batch["input_ids"]]

    def _longest(self) -> int:
        """Sub-tokens of a text that the encoder has positions for; without a limit where positions are relative."""
        config = self._model.config
        stated = getattr(config, "max_position_embeddings", None) or self._tokenizer.model_max_length
        return int(min(stated, self._tokenizer.model_max_length))

    def _generate(self, ids: Sequence[Sequence[int]], start: int | None) -> list[Segment]:
        longest = max(map(len, ids))
        pad = self._tokenizer.pad_token_id
        rows = [[*one, *[pad] * (longest - len(one))] for one in ids]
        batch = torch.tensor(rows, device=self._machine.torch_device)
        mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in ids], device=batch.device)
        room = min(self._longest() - 1, round(_ROOM * longest) + _SPARE)
        output = self._model.generate(
            input_ids=batch, attention_mask=mask, max_new_tokens=room, forced_bos_token_id=start
        ).cpu()
        return [self._segment(one.tolist(), start) for one in output]

    def _segment(self, ids: list[int], start: int | None) -> Segment:
        ends = self._model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        # The first is what every decoder starts from; not every tokenizer knows its tokens of languages to be special.
        own = ids[1:]
        if start is not None and own[:1] == [start]:
            own = own[1:]
        finished = [at for at, one in enumerate(own) if one in ends]
        kept = own[: finished[0]] if finished else own
        text = self._tokenizer.decode(kept, skip_special_tokens=True, clean_up_tokenization_spaces=False).strip()
        return Segment(text, "" if finished else "unfinished")


def _tokenizer(checkpoint: Checkpoint) -> Any:
    try:
        with warnings.catch_warnings():
            # Marian's recommends a library to normalise punctuation with, see below.
            warnings.simplefilter("ignore")
            tokenizer = AutoTokenizer.from_pretrained(**checkpoint.loading)
    except Exception as error:
        raise XbenchError(
            f"the tokenizer of {checkpoint.name} cannot be loaded ({first_line(error)}); "
            "translation models need `pip install xbench[mt]`"
        ) from error
    # Where that library happens to be installed it would be used. Translations must not depend on that.
    if hasattr(tokenizer, "punc_normalizer"):
        tokenizer.punc_normalizer = _as_it_is
    return tokenizer


def _as_it_is(text: str) -> str:
    return text


def _model(checkpoint: Checkpoint, machine: Machine) -> Any:
    try:
        model, info = AutoModelForSeq2SeqLM.from_pretrained(
            **checkpoint.loading, dtype=torch.bfloat16 if machine.dtype == "bf16" else torch.float32,
            output_loading_info=True, trust_remote_code=False, weights_only=True,
        )  # fmt: skip
    except Exception as error:
        raise XbenchError(
            f"{checkpoint.name} is no translation model that can be loaded: {first_line(error)}"
        ) from error
    lacking = sorted({*info["missing_keys"], *(key[0] for key in info["mismatched_keys"])})
    if lacking:
        raise XbenchError(
            f"{checkpoint.name}: {len(lacking)} weights are missing or have another shape, such as {lacking[0]}; "
            "transformers would start them at random. Save the whole model"
        )
    return model.to(machine.torch_device).eval()
