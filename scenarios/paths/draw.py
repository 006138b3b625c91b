"""Which session of history happens on which session of a path."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from simulator.core.types import IntArray
from simulator.metrics.redrawn import redrawn_once

#: Keeps the random stream of paths apart from those of shocks, which the same seed feeds.
_STREAM: Final = 0x9A7B
#: Mean block in sessions: a quarter, long enough for storms of volatility and illiquidity to stay whole.
MEAN_BLOCK: Final = 63


def path_rng(seed: int, path: int, *purpose: int) -> np.random.Generator:
    """The generator of one path: it depends on the seed, the path's number and what it is for alone."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM, path, *purpose)))


def draw_rows(
    sources: IntArray, sessions: int, mean_block: int, rng: np.random.Generator, *, circular: bool = False
) -> IntArray:
    """(sessions,) rows of history, in blocks of consecutive ``sources`` of geometric length.

    The stationary bootstrap of Politis and Romano (1994): a block begins anywhere and is followed by the next source
    with probability 1 - 1 / mean_block; after the last source comes the first. ``circular``: the circular block
    bootstrap of Politis and Romano (1992), in which every block has ``mean_block`` sessions, or all where those are
    fewer.
    """
    drawer = partial(_circular, block=mean_block) if circular else partial(redrawn_once, block=mean_block)
    drawn = [drawer(sources.size, rng=rng) for _ in range(-(-sessions // sources.size))]
    return np.asarray(sources[np.concatenate(drawn)[:sessions]], dtype=np.int64)


def _circular(sessions: int, block: int, rng: np.random.Generator) -> IntArray:
    from arch.bootstrap import CircularBlockBootstrap  # imports for a third of a second

    place = np.arange(sessions)
    return np.asarray(CircularBlockBootstrap(min(block, sessions), place, seed=rng).update_indices())
