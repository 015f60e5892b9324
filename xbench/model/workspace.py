"""What a head is given besides model and data: where it runs and where it may leave files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch

from xbench.errors import XbenchError


@dataclass(frozen=True)
class Machine:
    """Where and how a model runs.

    Attributes:
        device: Such as `cpu` or `cuda:0`.
        dtype: `fp32`, or `bf16`: autocast over fp32 weights.
    """

    device: str
    dtype: str

    @property
    def torch_device(self) -> torch.device:
        """For `.to(...)`."""
        return torch.device(self.device)

    @property
    def cuda(self) -> bool:
        """Whether it is a GPU of NVIDIA's, or of those that torch calls so."""
        return self.torch_device.type == "cuda"

    def check(self) -> None:
        """Whether this torch can use the device, which planning only knows from the driver.

        Raises:
            XbenchError: It cannot.
        """
        usable: dict[str, Callable[[], bool]] = {
            "cuda": torch.cuda.is_available,
            "mps": torch.backends.mps.is_available,
        }
        if not usable.get(self.torch_device.type, lambda: True)():
            raise XbenchError(
                f"torch {torch.__version__} cannot use {self.device}: install a build that can, or use --device cpu"
            )

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Context in which matrix products run in bf16, if that is asked for."""
        if self.dtype == "bf16":
            return torch.autocast(self.torch_device.type, dtype=torch.bfloat16)
        return contextlib.nullcontext()


@dataclass(frozen=True)
class Workspace:
    """A fit's folder and its ways to the outside.

    Attributes:
        folder: For the state while unfinished and the weights at the end.
        save_every: Seconds between two states.
        tick: Called with the number of rows that were just trained on.
        dev: Returns the main metric on dev, for `Recipe.select == "dev"`; given the model.
        start: Weights of the fit that is continued; None to start from the checkpoint.
    """

    folder: Path
    save_every: float = 300.0
    tick: Callable[[int], None] = field(default=lambda rows: None)
    dev: Callable[[torch.nn.Module], float] | None = None
    start: Path | None = None

    @property
    def state(self) -> Path:
        """Everything that a killed fit continues from."""
        return self.folder / "state.pt"

    @property
    def weights(self) -> Path:
        """What the fit makes, under a name that says that it is not whole yet."""
        return self.folder / ".weights.draft"


@contextlib.contextmanager
def own_mode() -> Iterator[None]:
    """Leaves it to whoever calls whether torch is deterministic: it is again, or is not, as it was before."""
    was, benchmark = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was)
        torch.backends.cudnn.benchmark = benchmark


def make_deterministic() -> None:
    """Refuses every operation that could give another result on a second run (`--deterministic`)."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
