"""Time and memory of exact search: `python -m tests.bench_retrieval`, or `make bench-retrieval`.

Random unit vectors, each with a noisy copy of it for its translation, searched in both directions by cosine, CSLS and
ratio margin, and the most memory that the process ever had. Alone on the machine, or the times say nothing. For one
thread: OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time

import numpy as np

from xbench.metrics import retrieval

_GIB = 2**20
"""KiB in a GiB: what `getrusage` counts in on Linux."""


def main() -> None:
    """Prints a line of what was searched, one of what it took, and one for each similarity; 1 if over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="pairs")
    parser.add_argument("--hidden", type=int, default=768, help="dimensions")
    parser.add_argument("--block", type=int, default=retrieval.BLOCK, help="rows of either side at once")
    parser.add_argument("--noise", type=float, default=9.0, help="length of the noise, the vector's being 1")
    parser.add_argument("--limit", type=float, default=4.0, help="GiB that it must stay under")
    asked = parser.parse_args()
    source, target = sides(asked.count, asked.hidden, asked.noise)
    size = (source.nbytes + target.nbytes) / 2**30
    threads = os.environ.get("OMP_NUM_THREADS", f"all of {os.cpu_count()}")
    print(f"{asked.count} × {asked.count} × {asked.hidden}, float32, {size:.2f} GiB of vectors; threads: {threads}")
    began, worked = time.perf_counter(), time.process_time()
    found = retrieval.search(source, target, asked.block)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _GIB
    print(f"{seconds:.0f} s ({worked:.0f} s of processor time) in blocks of {asked.block}, peak {peak:.2f} GiB")
    for name in found[0].ranks:
        ranks = [hits.ranks[name] for hits in found]
        print(f"{name:8}", *(f"accuracy {100 * (one == 1).mean():.2f}" for one in ranks if one is not None))
    if peak >= asked.limit:
        sys.exit(f"more than {asked.limit} GiB")


def sides(count: int, hidden: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors and their noisy copies, float32, made in place so that they are what counts."""
    random = np.random.default_rng(0)
    source = random.standard_normal((count, hidden), np.float32)
    source /= np.linalg.norm(source, axis=1, keepdims=True)
    target = random.standard_normal((count, hidden), np.float32)
    target *= np.float32(noise / hidden**0.5)
    target += source
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    return source, target


if __name__ == "__main__":
    main()
