"""Two made-up languages in one tiny BERT, in which a word and its translation are the same, or the same but turned.

Words of the one are written with the letters a to h, those of the other with i to p: `bad` is `jil`. Every letter is a
sub-token. An encoder without positions whose layers add nothing has the sum of its embeddings in every layer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

LETTERS, OTHERS = "abcdefgh", "ijklmnop"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
HIDDEN = 16

TASK = '''"""Made up."""

from xbench.api import Data, Task

task = Task(
    name={name!r},
    version=1,
    kind={kind!r},
    data=Data(
        repo={repo!r},
        revision="none",
        configs={configs!r},
        columns={columns!r},
        licence="CC0",
        citation="made up",
        splits={splits!r},
        origin="folder",
    ),
    max_length=32,
    splits={parts!r},
    made_by={{"train": "human", "test": "human"}},
    settings={settings!r},
)
'''


def translated(text: str) -> str:
    """Into the other language."""
    return text.translate(str.maketrans(LETTERS, OTHERS))


def words(count: int, seed: int = 0) -> list[str]:
    """Made-up words of the one language; no two have the same shares of letters, and so the same mean."""
    random = np.random.default_rng(seed)
    found: dict[tuple[float, ...], str] = {}
    while len(found) < count:
        word = "".join(random.choice(list(LETTERS), random.integers(1, 6)))
        found.setdefault(tuple(word.count(letter) / len(word) for letter in LETTERS), word)
    return list(found.values())


def rotation(seed: int = 3) -> np.ndarray:
    """An orthogonal map that leaves the mean of a vector as it is, which layer normalisation takes away."""
    random = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(np.concatenate([np.ones((HIDDEN, 1)), random.normal(size=(HIDDEN, HIDDEN - 1))], axis=1))
    turn, _ = np.linalg.qr(random.normal(size=(HIDDEN - 1, HIDDEN - 1)))
    inner = np.eye(HIDDEN)
    inner[1:, 1:] = turn
    return np.asarray(basis @ inner @ basis.T)


def build(folder: Path, turn: np.ndarray | None = None, plain: bool = False) -> Path:
    """Saves the checkpoint.

    Args:
        folder: Where.
        turn: What turns the embeddings of the one language into those of the other; None for equal ones.
        plain: Whether the layers add nothing, and there are no positions.
    """
    import transformers

    tokenizer = _tokenizer()
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64,
    )  # fmt: skip
    torch.manual_seed(0)
    model = transformers.BertModel(config)
    with torch.no_grad():
        table = model.embeddings.word_embeddings.weight
        table.normal_(0.0, 1.0)
        for prefix in ("", "##"):
            for one, other in zip(LETTERS, OTHERS, strict=True):
                own = table[tokenizer.convert_tokens_to_ids(prefix + one)]
                turned = own if turn is None else own @ torch.as_tensor(turn, dtype=torch.float32)
                table[tokenizer.convert_tokens_to_ids(prefix + other)] = turned
        if plain:
            model.embeddings.position_embeddings.weight.zero_()
            model.embeddings.token_type_embeddings.weight.zero_()
            for layer in model.encoder.layer:
                for dense in (layer.attention.output.dense, layer.output.dense):
                    dense.weight.zero_()
                    dense.bias.zero_()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write(folder: Path, files: dict[str, list[str]]) -> Path:
    """Writes files of lines."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = LETTERS + OTHERS
    vocabulary = {piece: i for i, piece in enumerate([*_SPECIAL, *letters, *(f"##{letter}" for letter in letters)])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {
        name: f"[{name[:-6].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    }
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)
