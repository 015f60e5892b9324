"""Linear maps of a model that only predicts, on a CPU: weights lie as oneDNN's products want them, once and for all.

`torch.nn.Linear` keeps a plain matrix. In bf16 oneDNN lays it out anew for every product; in fp32 torch hands it to
MKL, which leaves the widest registers of some processors unused. `docs/speed.md` says what that changes.
"""

from __future__ import annotations

import torch

from xbench.model.products import WIDE, product


class Packed(torch.nn.Module):
    """What a `torch.nn.Linear` computes, up to the order of sums; without a gradient.

    Args:
        linear: In the dtype that it is to be computed in.
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        # Not by way of a whole model's `to_mkldnn`, which would also hand states from layer to layer in that layout.
        self._weight = laid_out(linear.weight.detach())
        self._bias = None if linear.bias is None else linear.bias.detach()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(..., width) -> (..., own width)."""
        return product(states, self._weight, self._bias)


def can_be_laid_out(weight: torch.Tensor) -> bool:
    """Whether oneDNN is there, and computes in the dtype of a matrix on this processor."""
    if not torch.backends.mkldnn.is_available() or weight.device.type != "cpu":
        return False
    return weight.dtype == torch.float32 or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def laid_out(weight: torch.Tensor) -> torch.Tensor:
    """A matrix as `product` takes it fastest, (columns, inner)."""
    found: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)
    return found


def pack(module: torch.nn.Module) -> None:
    """Puts packed linear maps in place of all within a module, where these are the faster ones."""
    if not all(_is_faster_packed(part.weight) for part in module.modules() if type(part) is torch.nn.Linear):
        return
    for parent in [*module.modules()]:
        for name, part in [*parent.named_children()]:
            if type(part) is torch.nn.Linear:
                setattr(parent, name, Packed(part))


def _is_faster_packed(weight: torch.Tensor) -> bool:
    return can_be_laid_out(weight) and (weight.dtype != torch.float32 or min(weight.shape) >= WIDE)
