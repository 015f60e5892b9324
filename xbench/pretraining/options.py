"""How a checkpoint is made, without any bearing on what it should be."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from xbench.model.workspace import Machine
from xbench.planning.devices import resolve_device


@dataclass(frozen=True)
class Options:
    """What a call of `xbench pretrain` says besides its recipe.

    Attributes:
        device: `auto`, `cpu`, `cuda:0`, `mps`.
        threads: Of torch on the CPU; 0 for those of a finished checkpoint's record, else what `OMP_NUM_THREADS` says,
            else one per core. Another number adds up in another order, and so differs in the last digits.
        save_every: Seconds between two saved states.
        tolerance: Points of retrieval, and per cent of a loss, by which a finished checkpoint may miss its record.
        quiet: Nothing is shown.
    """

    device: str = "auto"
    threads: int = 0
    save_every: float = 300.0
    tolerance: float = 2.0
    quiet: bool = False

    def machine(self, dtype: str) -> Machine:
        """Where a model of that dtype runs.

        Raises:
            XbenchError: There is no such device, or torch cannot use it.
        """
        found = Machine(resolve_device(self.device), dtype)
        found.check()
        return found

    def say(self, line: str) -> None:
        """Tells what is done before the first step, which takes minutes for a large corpus."""
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)
