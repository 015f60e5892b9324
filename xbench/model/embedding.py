"""Fine-tuning those rows of an embedding that are read, and not the others, whose weights would stay as they are.

Most of a multilingual encoder is its embedding: 92 of mBERT's 178 million weights, 192 of XLM-R's 278. A fit reads the
rows of the sub-tokens that its texts hold. The gradient of any other is zero at every step; AdamW (Loshchilov & Hutter
2019, algorithm 2) leaves a weight with such gradients as it was, unless it decays, and clipping by a norm does not see
it. What is learned is the same without their gradients and moments.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


class Read(torch.nn.Module):
    """An embedding of which some rows are trained.

    Args:
        whole: As it is before; the rows that are not trained are looked up there.
        ids: Sub-tokens of the others, ascending, int64, (rows,).
    """

    _places: torch.Tensor
    _frozen: torch.Tensor

    def __init__(self, whole: torch.nn.Embedding, ids: torch.Tensor) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(whole.weight.detach()[ids])
        places = torch.full((whole.num_embeddings,), -1, dtype=torch.int64, device=ids.device)
        places[ids] = torch.arange(len(ids), device=ids.device)
        self.register_buffer("_places", places, persistent=False)
        self.register_buffer("_frozen", whole.weight.detach(), persistent=False)
        # Its gradient is none: a model learns nothing of where there is no text.
        read = whole.padding_idx is not None and bool(places[whole.padding_idx] >= 0)
        self._padding = int(places[whole.padding_idx]) if read else None

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Like that of `torch.nn.Embedding`, (...) -> (..., hidden), also of sub-tokens that are not trained: dev's."""
        places = self._places[ids]
        trained = torch.nn.functional.embedding(places.clamp(min=0), self.weight, self._padding)
        return torch.where((places >= 0)[..., None], trained, self._frozen[ids])


@contextmanager
def trained_rows(model: Any, ids: np.ndarray, decay: float) -> Iterator[None]:
    """Within it, no rows of a model's embedding are trained but those of some sub-tokens.

    Args:
        model: Of transformers, on its device; left as it is where all rows change, or other parts use them too.
        ids: Sub-tokens of all sequences that it is trained on.
        decay: Of weights, which the rows that nobody reads undergo too.
    """
    whole = _embedding(model)
    if decay or not _alone(model, whole):
        yield
        return
    used = torch.as_tensor(np.unique(ids), dtype=torch.int64, device=whole.weight.device)
    read = Read(whole, used)
    # Not by `set_input_embeddings`, which models of an encoder and a decoder do not have.
    holder, name = next(_places(model, whole))
    setattr(holder, name, read)
    try:
        yield
    finally:
        with torch.no_grad():
            whole.weight[used] = read.weight
        setattr(holder, name, whole)


def _embedding(model: Any) -> Any:
    """None for models that have no such thing, or several."""
    try:
        return model.get_input_embeddings()
    except NotImplementedError:
        return None


def _places(model: torch.nn.Module, part: torch.nn.Module) -> Iterator[tuple[torch.nn.Module, str]]:
    """Where a model has a part: the module that holds it, and its name there."""
    return ((module, name) for module in model.modules() for name, child in module.named_children() if child is part)


def _alone(model: torch.nn.Module, whole: Any) -> bool:
    """Whether an embedding is trained, is a plain one, and nothing but it has its weights."""
    if type(whole) is not torch.nn.Embedding or whole.max_norm is not None or not whole.weight.requires_grad:
        return False
    return sum(one is whole.weight for _, one in model.named_parameters(remove_duplicate=False)) == 1
