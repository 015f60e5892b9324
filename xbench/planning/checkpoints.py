"""A checkpoint's name to something immutable: a commit of the Hub, or the digest of a folder's files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import xbench
from xbench.errors import XbenchError, closest
from xbench.jobs import Checkpoint
from xbench.store.cache import cached_json
from xbench.store.files import read_json
from xbench.store.keys import digest, files_digest

T = TypeVar("T")

_SHIPPED = Path(xbench.__file__).parent / "checkpoints"
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model", "*.tiktoken", "vocab.*", "tokenizer_config.json")


def shipped() -> dict[str, Path]:
    """The checkpoints that come with xbench: name -> folder."""
    return {path.parent.name: path.parent for path in sorted(_SHIPPED.glob("*/config.json"))}


def resolve_checkpoint(name: str, more: Sequence[str] = ()) -> Checkpoint:
    """Finds a checkpoint: one that is shipped, a folder, or a Hub id with an optional `@revision`.

    Args:
        name: What the user calls it.
        more: Patterns of files that a folder's digest counts besides weights, configuration and tokenizer.

    Raises:
        XbenchError: It does not exist, lacks configuration, weights or tokenizer, or is two things.
    """
    path = Path(name).expanduser()
    if name in shipped():
        if path.is_dir() and path.resolve() != shipped()[name].resolve():
            raise XbenchError(
                f"{name} is a checkpoint that comes with xbench, and a folder here: write ./{name} for the folder"
            )
        return _folder(shipped()[name].resolve(), more)
    if path.is_dir():
        return _folder(path.resolve(), more)
    if path.exists():
        raise XbenchError(
            f"{name} is a file: a checkpoint is a folder or a Hub id such as bert-base-multilingual-cased"
        )
    return _hub(name)


def _folder(path: Path, more: Sequence[str]) -> Checkpoint:
    config = path / "config.json"
    if not config.is_file():
        raise XbenchError(f"{path} holds no config.json: it is no checkpoint (save it with save_pretrained)")
    weights = _files(path, _WEIGHTS)
    if not weights:
        raise XbenchError(f"{path} holds no weights (model.safetensors): save the model there with save_pretrained")
    tokenizer = _files(path, _TOKENIZERS)
    if not any(file.name not in ("config.json", "tokenizer_config.json") for file in tokenizer):
        raise XbenchError(
            f"{path} holds no tokenizer (tokenizer.json, vocab.txt, …): save it there with tokenizer.save_pretrained, "
            "since a model with another vocabulary's tokenizer reads noise"
        )
    # Hashing gigabytes takes seconds: remembered for as long as no file's size or time changes.
    files = [config, *weights, *tokenizer]
    files += [file for file in _files(path, more) if file not in files]
    stamp = digest([[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in files])
    content = cached_json("checkpoint", stamp, lambda: files_digest(files, path))
    return Checkpoint(path.name, str(path), f"sha256:{content}", True, read_json(config))


def _files(path: Path, patterns: Sequence[str]) -> list[Path]:
    return sorted({file for pattern in patterns for file in path.glob(pattern) if file.is_file()})


def _hub(name: str) -> Checkpoint:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HFValidationError

    repo, _, revision = name.partition("@")
    try:
        commit = _pinned(repo, revision) or _ask(name, lambda: HfApi().model_info(repo, revision=revision or None).sha)
        if not commit:
            raise XbenchError(f"the Hub names no commit for {name}")
        config = _ask(name, lambda: hf_hub_download(repo, "config.json", revision=commit))
    except HFValidationError as error:
        raise XbenchError(
            f"{name!r} is neither a folder here nor a Hub id (owner/name or name, with an optional @revision)"
            f"{_near(name)}"
        ) from error
    return Checkpoint(repo, repo, commit, False, read_json(Path(config)))


def _pinned(repo: str, revision: str) -> str | None:
    """The commit of an id that is on this machine: a full hash, or a name that the Hub's cache knows."""
    if len(revision) == 40 and all(letter in "0123456789abcdef" for letter in revision):
        return revision
    if os.environ.get("HF_HUB_OFFLINE", "").lower() not in ("1", "true", "yes", "on"):
        return None
    from huggingface_hub.constants import HF_HUB_CACHE

    reference = Path(HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}" / "refs" / (revision or "main")
    return reference.read_text().strip() if reference.is_file() else None


def _ask(name: str, call: Callable[[], T]) -> T:
    from huggingface_hub import errors as hub

    from xbench.data.retry import retry
    from xbench.data.sources.hub import passing

    try:
        return retry(call, passing)
    except hub.HFValidationError:
        raise
    except hub.GatedRepoError as error:
        raise XbenchError(f"{name} is gated: accept its terms on the Hub and log in with `hf auth login`") from error
    except hub.RevisionNotFoundError as error:
        raise XbenchError(f"{name}: the Hub has no such revision; leave @… out for the newest") from error
    except hub.RepositoryNotFoundError as error:
        raise XbenchError(
            f"there is no checkpoint {name}: neither a folder here nor a model that the Hub shows you "
            f"(private models need `hf auth login`){_near(name)}"
        ) from error
    except hub.EntryNotFoundError as error:
        raise XbenchError(
            f"{name} has no config.json on the Hub: it is not a checkpoint that transformers loads"
        ) from error
    except Exception as error:
        raise XbenchError(
            f"the Hub cannot be reached for {name} ({type(error).__name__}): check the network, or give a folder"
        ) from error


def _near(name: str) -> str:
    """Shipped checkpoints and folders here that may have been meant."""
    parent = Path(name).expanduser().parent
    folders = [str(p) for p in parent.iterdir() if (p / "config.json").is_file()] if parent.is_dir() else []
    hint = closest(name, [*folders, *shipped()])
    return f"; {hint.partition('?')[0]}?" if hint.startswith("did you mean") else ""


def shape(config: dict[str, Any]) -> tuple[int, int]:
    """Layers and hidden size, as far as a configuration says so: (layers, hidden)."""
    layers = config.get("num_hidden_layers") or config.get("n_layers") or 0
    hidden = config.get("hidden_size") or config.get("dim") or 0
    return int(layers), int(hidden)


def weight_bytes(config: dict[str, Any]) -> int:
    """Of fp32 weights, estimated from the shape: 12 h² a layer and the embeddings; 0 where no shape is stated."""
    layers, hidden = shape(config)
    return 4 * (12 * layers * hidden * hidden + int(config.get("vocab_size") or 0) * hidden)
