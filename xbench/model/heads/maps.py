"""Orthogonal maps per language and layer, from the language's space into the source language's, and their file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from xbench.model.procrustes import orthogonal_map
from xbench.model.workspace import Workspace
from xbench.store.files import write

_FILE = "maps.safetensors"


@dataclass(frozen=True)
class Maps:
    """The maps of a fit.

    Attributes:
        weights: Its folder; None without a fit.
    """

    weights: Path | None

    def apply(self, target: np.ndarray, language: str) -> np.ndarray:
        """Vectors of a language in the source language's space, (layers + 1, n, hidden); as they are without a fit."""
        turn = self.of(language)
        return target if turn is None else np.matmul(target, turn)

    def of(self, language: str) -> np.ndarray | None:
        """(layers + 1, hidden, hidden); None without a fit."""
        if self.weights is None:
            return None
        with safe_open(str(self.weights / _FILE), "np") as maps:
            found: np.ndarray = maps.get_tensor(language)
        return found


def fitted(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The maps of one language, float32, (layers + 1, hidden, hidden), in closed form on the unit vectors of pairs.

    Args:
        source: Of the source language, (layers + 1, pairs, hidden).
        target: Likewise, of the language.
    """
    found = [orthogonal_map(layer, onto) for layer, onto in zip(_unit(target), _unit(source), strict=True)]
    return np.stack(found).astype(np.float32)


def keep(maps: Mapping[str, np.ndarray], pairs: Mapping[str, int], workspace: Workspace) -> dict[str, Any]:
    """Writes the maps of a fit.

    Args:
        maps: Language -> its maps.
        pairs: Language -> on how many pairs they were fitted.
        workspace: Of the fit.

    Returns:
        For `fit.json`: how many maps, their dimensions, the pairs, and what to know where those are few.
    """
    write(workspace.weights / _FILE, lambda draft: save_file(dict(maps), draft))
    hidden = int(next(iter(maps.values())).shape[-1])
    few = {
        language: f"its map has {hidden} dimensions and was fitted on {count} pairs, which do not determine it; "
        "fit on more pairs, or read the number as a point of a learning curve"
        for language, count in pairs.items()
        if count < hidden
    }
    return {"maps": len(maps), "dimensions": hidden, "pairs": dict(pairs), "notes": few}


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1 along the last axis."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
