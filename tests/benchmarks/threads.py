"""Blocks of runs on threads, as the engine spreads its own: several blocks a worker, so that none waits long."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.engine.spread import spread as spread_numbers

_BLOCKS_A_WORKER = 8


def spread(block: Callable[[int, int], object], runs: int, threads: int) -> None:
    """Call ``block(first, stop)`` until all runs are done; it must release the GIL to gain from threads."""
    edges = np.unique(np.linspace(0, runs, min(runs, threads * _BLOCKS_A_WORKER) + 1).astype(int)).tolist()

    def work(number: int) -> int:
        block(edges[number], edges[number + 1])
        return edges[number + 1] - edges[number]

    spread_numbers(work, len(edges) - 1, threads, lambda _: None)
