"""Blocks of runs on threads, as the engine spreads its own: several blocks a worker, so that none waits long."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

_BLOCKS_A_WORKER = 8


def spread(block: Callable[[int, int], object], runs: int, threads: int) -> None:
    """Call ``block(first, stop)`` until all runs are done; it must release the GIL to gain from threads."""
    edges = np.unique(np.linspace(0, runs, min(runs, threads * _BLOCKS_A_WORKER) + 1).astype(int))
    if threads == 1:
        for first, stop in pairwise(edges):
            block(int(first), int(stop))
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(block, edges[:-1].tolist(), edges[1:].tolist()))
