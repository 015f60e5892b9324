"""Linear maps of a model that only predicts, on a CPU: weights lie as oneDNN's products want them, once and for all.

`torch.nn.Linear` keeps a plain matrix. In bf16 oneDNN lays it out anew for every product; in fp32 torch hands it to
MKL, which leaves the widest registers of some processors unused. `docs/speed.md` says what that changes.
"""

from __future__ import annotations

import torch

_WIDE = 256
"""Columns. In fp32, what a narrower product gains is lost again when oneDNN readies itself for a number of rows that it
has not seen lately; in bf16 it has to do so anyway."""


class Packed(torch.nn.Module):
    """What a `torch.nn.Linear` computes, up to the order of sums; without a gradient.

    Args:
        linear: In the dtype that it is to be computed in.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        # Not by way of a whole model's `to_mkldnn`, which would also hand states from layer to layer in that layout.
        self._weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())
        self._bias = None if linear.bias is None else linear.bias.detach()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(..., width) -> (..., own width)."""
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(states, self._weight, self._bias, "none", [], "")
        return found


def pack(module: torch.nn.Module) -> None:
    """Puts packed linear maps in place of all within a module, where these are the faster ones."""
    if not all(_can_be_packed(part.weight) for part in module.modules() if type(part) is torch.nn.Linear):
        return
    for parent in [*module.modules()]:
        for name, part in [*parent.named_children()]:
            if type(part) is torch.nn.Linear:
                setattr(parent, name, Packed(part))


def _can_be_packed(weight: torch.Tensor) -> bool:
    if not torch.backends.mkldnn.is_available() or weight.device.type != "cpu":
        return False
    if weight.dtype == torch.float32:
        return min(weight.shape) >= _WIDE
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
