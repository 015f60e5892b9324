"""How well does what a multilingual encoder learns in one language carry over to the others?

    import xbench

    results = xbench.bench("bert-base-multilingual-cased", tasks=["xnli"])

The command line is `xbench`; what task files import is `xbench.api`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# OpenBLAS, which numpy brings, reads it when it is loaded: for how many cycles, two to this power, its threads wait for
# more work before they let go of their cores. Until they did, after the scores of a language, the next one was slow.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

if TYPE_CHECKING:
    from xbench.engine.bench import bench

__all__ = ["__version__", "bench"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # The engine is imported at first use: `import xbench` and `xbench --help` stay immediate.
    if name == "bench":
        from xbench.engine.bench import bench

        return bench
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
