"""WordPiece of a corpus: cased, NFC, with numbers and the letters of scripts without spaces apart.

The pieces are those of BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) as the `tokenizers` library learns
them. Languages count by the power `smoothing` of their passages, as in mBERT and XLM-R (Conneau et al. 2020,
https://arxiv.org/abs/1911.02116), so that small ones keep pieces of their own.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from xbench.api import Passages
from xbench.errors import XbenchError
from xbench.pretraining.recipe import Recipe
from xbench.store.files import explained, write

SPECIAL = {
    "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]",
}  # fmt: skip

# In these scripts a word is not a run between spaces, and a piece could be anything: what BERT does to Han is
# done to them, to a letter with the marks that belong to it.
_LETTER = r"[[\p{Thai}\p{Lao}\p{Tibetan}\p{Myanmar}\p{Khmer}\p{Hiragana}\p{Katakana}]&&\p{L}]\p{M}*"

_MOST = 250_000
"""Passages that a vocabulary is learned from: more take minutes and change few pieces."""


def train(texts: Mapping[str, Sequence[str]], vocabulary: int, smoothing: float) -> Any:
    """Learns a tokenizer. The same texts give the same one, in any process.

    Args:
        texts: Language -> passages.
        vocabulary: Sub-tokens, special ones included. At most half of them are single characters, the most frequent;
            a rarer character is unknown.
        smoothing: Power to which a language's number of passages is taken.

    Raises:
        XbenchError: The vocabulary has no room for anything.
    """
    if vocabulary < 100:
        raise XbenchError(f"a vocabulary of {vocabulary} has no room for words: take 1000 or more (--vocabulary)")
    passages = list(chain.from_iterable(balanced(texts, smoothing)))
    # The library numbers characters in the order of a hash table, which differs from process to process, and breaks
    # ties between pieces by number. So a first training, of characters alone, finds which there are, and a second is
    # given them in an order.
    characters = _learn(passages, 0, list(SPECIAL.values()), sys.maxunicode)
    most = vocabulary // 2 - len(SPECIAL)
    # Those that are given; the library wants one at least.
    pieces = _learn(passages, vocabulary, [*SPECIAL.values(), *_frequent(characters, passages, most)], 1)
    return _wrapped(_pipeline(models.WordPiece(pieces, unk_token="[UNK]", max_input_chars_per_word=100)))


def balanced(texts: Mapping[str, Sequence[str]], smoothing: float) -> Iterator[Iterator[str]]:
    """The passages of each language that a vocabulary is learned from, evenly taken from it or repeated."""
    sizes = np.array([len(passages) for passages in texts.values()], dtype=float)
    shares = sizes**smoothing / (sizes**smoothing).sum()
    wanted = np.ceil(min(sizes.sum(), _MOST) * shares).astype(int)
    for passages, count in zip(texts.values(), wanted, strict=True):
        yield (passages[place * len(passages) // count] for place in range(count))


def _learn(passages: Sequence[str], vocabulary: int, given: list[str], characters: int) -> dict[str, int]:
    """Pieces and their numbers: those that are given, so many characters, and what is joined from them."""
    tokenizer = _pipeline(models.WordPiece(unk_token="[UNK]"))
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary, limit_alphabet=characters, special_tokens=given, show_progress=False
    )
    tokenizer.train_from_iterator(passages, trainer, length=len(passages))
    return dict(tokenizer.get_vocab())


def _frequent(pieces: Mapping[str, int], passages: Sequence[str], most: int) -> list[str]:
    """Pieces of one character, a character that continues words beside the one that begins them."""
    normalizer = _pipeline(models.WordPiece(unk_token="[UNK]")).normalizer
    counts: Counter[str] = Counter()
    batches = iter(passages)
    # One call for many passages: the library's own overhead is most of a call.
    while batch := list(islice(batches, 1000)):
        counts.update(normalizer.normalize_str("\n".join(batch)))
    single = sorted((piece for piece in pieces if len(piece) == 1), key=lambda piece: (-counts[piece], piece))
    found: list[str] = []
    for character in single:
        forms = [form for form in (character, f"##{character}") if form in pieces]
        if len(found) + len(forms) > most:
            break
        found += forms
    return found


def _pipeline(model: Any) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.BertNormalizer(lowercase=False, strip_accents=False)]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_LETTER), "isolated"),
            pre_tokenizers.BertPreTokenizer(),
            # A number is one whatever is written together with it, as `and` is in Arabic.
            pre_tokenizers.Digits(individual_digits=False),
        ]
    )
    return tokenizer


def _wrapped(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    ids = {name: tokenizer.token_to_id(token) for name, token in SPECIAL.items()}
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["cls_token"]), ("[SEP]", ids["sep_token"])],
    )
    # Without it, who decodes reads `Mon ##ten ##eg ##ro`.
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    # Not BertTokenizer: transformers 5 builds that class anew when it is loaded, with BERT's own normaliser and
    # words, whatever tokenizer.json says.
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        clean_up_tokenization_spaces=False,
        **SPECIAL,
    )


def obtain(recipe: Recipe, passages: Mapping[str, Passages], folder: Path) -> Any:
    """The tokenizer that a recipe names, or one that is learned from all texts; written into the checkpoint.

    Returns:
        As it is read from there, so that what is pretrained with is what others will load.
    """
    texts = {language: (*own.texts, *own.restated) for language, own in passages.items()}
    found = load(recipe.tokenizer) if recipe.tokenizer else train(texts, recipe.vocabulary, recipe.smoothing)
    save(found, recipe.architecture["max_position_embeddings"], folder)
    return load(str(folder))


def load(name: str) -> Any:
    """An existing tokenizer.

    Raises:
        XbenchError: There is none, or it lacks what pretraining needs.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
    except Exception as error:
        raise XbenchError(f"the tokenizer {name} cannot be loaded: {str(error).splitlines()[0]}") from error
    lacking = [part for part in SPECIAL if getattr(tokenizer, part) is None]
    if lacking or not tokenizer.is_fast:
        raise XbenchError(f"the tokenizer {name} has no {', '.join(lacking) or 'fast version'}: choose one of a BERT")
    return tokenizer


def save(tokenizer: Any, positions: int, folder: Path) -> None:
    """Writes tokenizer.json and tokenizer_config.json, each whole or not at all."""
    tokenizer.model_max_length = positions
    with explained(folder), TemporaryDirectory() as draft:
        tokenizer.save_pretrained(draft)
        for path in sorted(Path(draft).iterdir()):
            write(folder / path.name, partial(shutil.copyfile, path))
