"""Which session of history happens on which session of a path."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import IntArray

#: Keeps the random stream of paths apart from those of shocks, which the same seed feeds.
_STREAM: Final = 0x9A7B


def path_rng(seed: int, path: int) -> np.random.Generator:
    """The generator of one path: it depends on the seed and the path's number alone."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM, path)))


def draw_rows(sources: IntArray, sessions: int, mean_block: int, rng: np.random.Generator) -> IntArray:
    """(sessions,) rows of history, in blocks of consecutive ``sources`` of geometric length.

    The stationary bootstrap of Politis and Romano (1994): a block begins anywhere and is followed by the next source
    with probability 1 - 1 / mean_block; after the last source comes the first.
    """
    from arch.bootstrap import StationaryBootstrap  # imports for more than a second

    drawer = StationaryBootstrap(mean_block, sources, seed=rng)
    drawn = [drawer.update_indices() for _ in range(-(-sessions // sources.size))]
    return np.asarray(sources[np.concatenate(drawn)[:sessions]], dtype=np.int64)
