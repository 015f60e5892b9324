"""Translation models small enough to train in a minute: of M2M-100's architecture and of Marian's.

They learn to translate lists of facts as the embedded suite writes them (`xbench/data/cldr`), from frames of
pretraining, and are tried on frames of the test split, which they have never seen. They are asked in three manners: a
list as it is written, as words with blanks between them, and so with markers around the names.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from xbench.data import cldr
from xbench.data.cldr.frames import Draw
from xbench.data.cldr.locales import version
from xbench.data.cldr.ner import tagged
from xbench.data.cldr.realiser import Realiser, realiser
from xbench.data.cldr.restating import styles
from xbench.data.cldr.sentences import Sentence, joined, placed, words
from xbench.kinds import markers
from xbench.kinds.markers import mark
from xbench.kinds.projection import spans_of
from xbench.languages import CLDR
from xbench.store.keys import digest, file_digest

_SEED = 97
"""Neither of the tasks nor of the embedded checkpoints."""
_WIDE, _FEED = 128, 256
_VOCABULARY = 1500
_BATCH = 64
_RATE = 2e-3
_FRAMES = 6000


def identity() -> str:
    """Of everything that a checkpoint of these is made from."""
    import transformers

    room = Path(cldr.__file__).parent
    files = [Path(__file__), Path(markers.__file__), *room.glob("*.py")]
    return digest(
        [sorted(file_digest(path) for path in files), version(), torch.__version__, transformers.__version__]
    )[:12]


@dataclass(frozen=True)
class Said:
    """A frame in English and another language, in three manners: as it is, as words with blanks, and marked."""

    source: str
    target: str
    spaced: str
    spaced_target: str
    marked_source: str
    marked_target: str

    @property
    def there(self) -> tuple[tuple[str, str], ...]:
        """What is asked for when training rows are translated."""
        plain = (self.source, self.target)
        return plain, (self.spaced, self.target), plain, (self.marked_source, self.marked_target)

    @property
    def back(self) -> tuple[tuple[str, str], ...]:
        """What is asked for when test rows are."""
        return (self.target, self.source), (self.spaced_target, self.source)


def said(split: str, count: int, language: str, most: int = 5) -> list[Said]:
    """Frames of a split in English and another language.

    Args:
        split: Of the frames.
        count: How many.
        language: Canonical tag.
        most: Facts of a frame that are said, at most; a few say as many as that.
    """
    draw = Draw(split, seed=_SEED)
    voices = [realiser(CLDR[tag]) for tag in ("en", language)]
    found = []
    for index in range(count):
        random = draw.randomness("translator", index)
        frame = draw.frame(random)
        slots = random.sample(frame.slots, min(most, random.choice((1, 1, 2, 2, 3, 4, 5))))
        chosen = styles(len(slots), random)
        pair = [_joined(slots, chosen, voice) for voice in voices]
        labels = [slot.label for slot in slots]
        spaced, other = ([one.text[begin:end] for begin, end in words(one.text)] for one in pair)
        spans = [span for span, _ in spans_of(tagged(pair[0], labels)["ner_tags"])]
        found.append(
            Said(
                pair[0].text, pair[1].text, " ".join(spaced), placed(other)[0], " ".join(mark(spaced, spans)),
                _marked(pair[1], labels),
            )
        )  # fmt: skip
    return found


def _joined(slots: Sequence[Any], chosen: Sequence[str], voice: Realiser) -> Sentence:
    return joined([slot.said(voice, style) for slot, style in zip(slots, chosen, strict=True)], voice)


def _marked(sentence: Sentence, labels: list[str]) -> str:
    """A sentence as it is, with markers around its names."""
    places = words(sentence.text)
    text, at = "", 0
    for number, ((begin, end), _) in enumerate(spans_of(tagged(sentence, labels)["ner_tags"]), 1):
        first, last = places[begin][0], places[end - 1][1]
        text += f"{sentence.text[at:first]}[{number} {sentence.text[first:last]}]"
        at = last
    return text + sentence.text[at:]


def build_m2m(folder: Path, languages: Sequence[str], steps: int, most: int = 5, back: bool = False) -> Path:
    """Trains a checkpoint with language tokens, from English into some languages.

    Args:
        folder: Where it is saved.
        languages: Codes of M2M-100, which for these languages are canonical tags.
        steps: Of training, of 64 pairs each.
        most: Facts of a text.
        back: Into English instead.
    """
    import transformers

    torch.set_num_threads(1)
    texts = {tag: said("pretrain", _FRAMES, tag, most) for tag in languages}
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _vocabulary(texts.values(), folder / "sentencepiece.bpe.model")
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *pieces]
    (folder / "vocab.json").write_text(json.dumps({piece: at for at, piece in enumerate(pieces)}))
    tokenizer = transformers.M2M100Tokenizer(
        str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"), src_lang="en"
    )
    # Behind the pieces come 100 languages and 8 words that fairseq makes up.
    config = transformers.M2M100Config(
        vocab_size=len(pieces) + 108, d_model=_WIDE, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=_FEED, decoder_ffn_dim=_FEED, dropout=0.0, attention_dropout=0.0,
        activation_dropout=0.0, encoder_layerdrop=0.0, decoder_layerdrop=0.0, max_position_embeddings=256,
        # As wide as Xavier's: narrower, so small a model takes long to find out where to look.
        init_std=0.08,
    )  # fmt: skip
    torch.manual_seed(1)
    model = transformers.M2M100ForConditionalGeneration(config)
    pairs = []
    for tag, all_said in texts.items():
        origin, into = (tokenizer.get_lang_id(code) for code in ((tag, "en") if back else ("en", tag)))
        for source, target in _manners(all_said, back):
            ids = [tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text)) for text in (source, target)]
            end = tokenizer.eos_token_id
            pairs.append(([origin, *ids[0], end], [into, *ids[1], end]))
    _train(model, pairs, tokenizer.pad_token_id, steps)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def build_marian(folder: Path, language: str, steps: int, most: int = 5, told: bool = True, back: bool = False) -> Path:
    """Trains a checkpoint for the one direction from English into a language.

    Args:
        folder: Where it is saved.
        language: Canonical tag.
        steps: Of training.
        most: Facts of a text.
        told: Whether its configuration says which languages it is for.
        back: Into English instead.
    """
    import transformers

    torch.set_num_threads(1)
    all_said = said("pretrain", _FRAMES, language, most)
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _vocabulary([all_said], folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    pieces = ["</s>", "<unk>", *pieces, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: at for at, piece in enumerate(pieces)}))
    origin, into = (language, "en") if back else ("en", language)
    stated = {"source_lang": origin, "target_lang": into} if told else {}
    tokenizer = transformers.MarianTokenizer(
        str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"), **stated
    )
    pad = len(pieces) - 1
    config = transformers.MarianConfig(
        vocab_size=len(pieces), d_model=_WIDE, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=_FEED, decoder_ffn_dim=_FEED, dropout=0.0,
        max_position_embeddings=256, pad_token_id=pad, eos_token_id=0, forced_eos_token_id=0,
        decoder_start_token_id=pad, init_std=0.08, scale_embedding=True,
    )  # fmt: skip
    torch.manual_seed(1)
    model = transformers.MarianMTModel(config)
    pairs = []
    for source, target in _manners(all_said, back):
        ids = [tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text)) for text in (source, target)]
        pairs.append(([*ids[0], 0], [*ids[1], 0]))
    _train(model, pairs, pad, steps)
    model.generation_config.bad_words_ids = [[pad]]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _manners(all_said: Sequence[Said], back: bool) -> Iterator[tuple[str, str]]:
    """Every frame in one of the manners in which translations are asked for."""
    for index, one in enumerate(all_said):
        ways = one.back if back else one.there
        yield ways[index % len(ways)]


def _vocabulary(texts: Any, path: Path) -> list[str]:
    """Learns pieces of all texts and returns them without the special ones."""
    import sentencepiece

    lines = [text for one in texts for each in one[:2000] for text in (each.source, each.target, each.marked_target)]
    prefix = path.with_suffix("")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_prefix=str(prefix), vocab_size=_VOCABULARY, character_coverage=1.0,
        split_digits=True, hard_vocab_limit=False, minloglevel=2, num_threads=1,
    )  # fmt: skip
    prefix.with_name(f"{prefix.name}.model").replace(path)
    prefix.with_name(f"{prefix.name}.vocab").unlink()
    learned = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [learned.id_to_piece(at) for at in range(3, learned.get_piece_size())]


def _train(model: Any, pairs: list[tuple[list[int], list[int]]], pad: int, steps: int) -> None:
    """Cross entropy with AdamW; short texts first, on which it soon finds out where to look."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, betas=(0.9, 0.98), fused=True)
    draw = random.Random(1)
    start = model.config.decoder_start_token_id
    model.train()
    for step in range(steps):
        longest = 8 if step < steps // 4 else 16 if step < steps // 2 else 1000
        batch = _draw(pairs, longest, draw)
        source, target = (_padded([pair[side] for pair in batch], pad) for side in (0, 1))
        before = torch.cat([torch.full((len(batch), 1), start), target[:, :-1]], 1)
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / 100) * max(0.02, 1 - step / steps)
        logits = model(input_ids=source, attention_mask=source != pad, decoder_input_ids=before, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), target.masked_fill(target == pad, -100))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.eval()


def _draw(pairs: list[tuple[list[int], list[int]]], longest: int, draw: random.Random) -> list[Any]:
    """A batch of pairs of about one length, none of them longer than so many sub-tokens."""
    pool: list[Any] = []
    while len(pool) < 8 * _BATCH:
        pool += [pair for pair in draw.sample(pairs, 8 * _BATCH) if len(pair[1]) <= longest]
    pool.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
    first = draw.randrange(len(pool) - _BATCH)
    return pool[first : first + _BATCH]


def _padded(sequences: Sequence[Sequence[int]], pad: int) -> torch.Tensor:
    longest = max(map(len, sequences))
    return torch.tensor([[*one, *[pad] * (longest - len(one))] for one in sequences])
