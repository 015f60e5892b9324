"""A translator's name to something immutable, and to how it is told the languages; without torch.

Everything is read from the checkpoint's files: which languages it knows stands in its vocabulary or configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xbench.api import Aligner, Translator
from xbench.errors import Unavailable, XbenchError
from xbench.jobs import Checkpoint
from xbench.languages.mt import Direction, Spoken, marian_codes, may_be_language, spoken
from xbench.planning.checkpoints import resolve_checkpoint, shape
from xbench.store.cache import cached_json
from xbench.store.files import read_json
from xbench.store.keys import digest

_MORE = ("*.json", "*.spm", "*.model", "*.txt")
"""Files of a folder that change its translations, besides those that every checkpoint has."""

_READ = 1
"""Raised when other things are read from the same files."""


@dataclass(frozen=True)
class Pinned:
    """A translator that was looked up.

    Attributes:
        translator: With its revision and its aligner's; by the name that results show.
        checkpoint: What translates.
        direction: How it is told the languages.
        aligner: What aligns words; None where nothing does.
    """

    translator: Translator
    checkpoint: Checkpoint
    direction: Direction
    aligner: Checkpoint | None


def pin(asked: Translator) -> Pinned:
    """Looks a translator up for one direction. May use the network.

    Raises:
        Unavailable: It does not know one of the languages, or has no checkpoint for this direction.
        XbenchError: There is no such checkpoint, or it is none that translates.
    """
    checkpoint, named = _checkpoint(asked)
    _check(checkpoint)
    try:
        direction = _spoken(checkpoint).direction(asked.source, asked.target, named)
    except Unavailable as error:
        raise Unavailable(f"the translator {checkpoint.name} cannot be used: {error}") from error
    aligner, encoder = _aligner(asked.aligner)
    name = _shown(asked.name) if named else checkpoint.name
    translator = replace(asked, name=name, revision=checkpoint.revision, aligner=aligner)
    return Pinned(translator, checkpoint, direction, encoder)


def parse_aligner(text: str) -> Aligner:
    """`name` or `name:layer`.

    Raises:
        XbenchError: The layer is no number.

    Example:
        >>> parse_aligner("embedded:1")
        Aligner(name='embedded', layer=1, revision='', tested=False)
    """
    name, colon, layer = text.rpartition(":")
    if not colon:
        return Aligner(text)
    if not layer.isdigit():
        raise XbenchError(
            f"aligner {text}: {layer!r} is no layer; write name:layer, such as embedded:1, or the name alone"
        )
    return Aligner(name, int(layer))


def _checkpoint(asked: Translator) -> tuple[Checkpoint, bool]:
    """The checkpoint of a direction, and whether its name says that it is for that direction."""
    if "{" not in asked.name:
        return resolve_checkpoint(asked.name, _MORE), False
    tried = []
    for source in marian_codes(asked.source):
        for target in marian_codes(asked.target):
            name = _filled(asked.name, source, target)
            if name in tried:
                continue
            tried.append(name)
            if (found := _existing(name)) is not None:
                return found, "{language}" in asked.name
    raise Unavailable(f"no translator for `{asked.source}→{asked.target}`: there is no `{'`, `'.join(tried)}`")


def _filled(pattern: str, source: str, target: str) -> str:
    filled = pattern.replace("{source}", source).replace("{language}", target)
    if "{" in filled or "}" in filled:
        raise XbenchError(f"translator {pattern}: only {{language}} and {{source}} stand for something")
    return filled


def _existing(name: str) -> Checkpoint | None:
    """A checkpoint that may well not be there."""
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    path = Path(name).expanduser()
    if path.parent != Path() and path.parent.is_dir() and not path.exists():
        return None
    try:
        return resolve_checkpoint(name, _MORE)
    except XbenchError as error:
        # What is not there is a gap; what is there and broken, or a Hub that does not answer, is an error.
        if isinstance(error.__cause__, RepositoryNotFoundError | HFValidationError):
            return None
        raise


def _check(checkpoint: Checkpoint) -> None:
    if not checkpoint.config.get("is_encoder_decoder"):
        raise XbenchError(
            f"{checkpoint.name} is no translation model: its configuration has no decoder. Give a sequence-to-sequence "
            "checkpoint, such as facebook/nllb-200-distilled-600M or Helsinki-NLP/opus-mt-en-{language}"
        )


def _aligner(asked: Aligner | None) -> tuple[Aligner | None, Checkpoint | None]:
    if asked is None:
        return None, None
    found = resolve_checkpoint(asked.name)
    depth, _ = shape(found.config)
    layer = max(1, round(2 / 3 * depth)) if asked.layer is None else asked.layer
    if layer > depth:
        raise XbenchError(f"aligner {found.name}: it has the layers 0 (embeddings) to {depth}, and no layer {layer}")
    return replace(asked, name=found.name, layer=layer, revision=found.revision), found


def _shown(pattern: str) -> str:
    """A pattern as results show it: of folders the last part, as with any checkpoint in a folder."""
    path = Path(pattern).expanduser()
    return path.name if path.is_absolute() or path.parent.is_dir() else pattern


def _spoken(checkpoint: Checkpoint) -> Spoken:
    key = digest([_READ, checkpoint.revision])
    # Vocabularies have megabytes, and the question comes with every plan.
    said: dict[str, Any] = cached_json("languages", key, lambda: _said(checkpoint))
    return spoken(said["pieces"], said["sets"], said["source"], said["target"])


def _said(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the files say of languages: tokens that may stand for some, names of sets, stated languages."""
    settings = _json(checkpoint, "tokenizer_config.json") or {}
    small = [settings, *(_json(checkpoint, name) for name in ("special_tokens_map.json", "added_tokens.json"))]
    pieces = {piece for found in small for piece in _texts(found) if may_be_language(piece)}
    for name in ("vocab.json", "tokenizer.json"):
        if not pieces:
            pieces = {piece for piece in _texts(_json(checkpoint, name)) if may_be_language(piece)}
    sets = settings.get("language_codes")
    return {
        "pieces": sorted(pieces),
        "sets": [sets] if isinstance(sets, str) else [],
        "source": str(settings.get("source_lang") or ""),
        "target": str(settings.get("target_lang") or ""),
    }


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value
        yield from _within(value.values())
    elif isinstance(value, list):
        yield from _within(value)


def _within(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from _texts(value)


def _json(checkpoint: Checkpoint, name: str) -> Any:
    """A file of a checkpoint; None where it has no such file."""
    if checkpoint.local:
        path = Path(checkpoint.location) / name
        return read_json(path) if path.is_file() else None
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    try:
        return json.loads(Path(hf_hub_download(checkpoint.location, name, revision=checkpoint.revision)).read_bytes())
    except EntryNotFoundError:
        return None
