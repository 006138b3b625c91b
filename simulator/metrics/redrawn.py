"""Histories redrawn from one's own sessions in blocks, so that what clusters in time stays together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import IntArray


def redrawn(sessions: int, draws: int, block: int, seed: int) -> Iterator[IntArray]:
    """(sessions,) rows of each of ``draws`` histories, blocks of consecutive rows in a circle.

    A block goes on with the chance 1 - 1/``block``, so that lengths vary around it (stationary bootstrap).

    Raises
    ------
    ParameterError
        If there is nothing to draw, or no block.

    Source: Politis & Romano (1994), The Stationary Bootstrap. Rows and random numbers are those of
    ``arch.bootstrap.StationaryBootstrap``, to the bit; importing it brings charts and regressions that take longer than
    all the draws of a run.
    """
    if draws < 1 or block < 1:
        raise ParameterError(f"bootstrap: {draws} draws of blocks of {block} sessions are impossible")
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield redrawn_once(sessions, min(block, sessions), rng)


def times_drawn(sessions: int, draws: int, block: int, seed: int) -> Iterator[IntArray]:
    """(sessions,) how often each of its rows is in each history of :func:`redrawn`: all that a sum over it needs."""
    for rows in redrawn(sessions, draws, block, seed):
        yield np.bincount(rows, minlength=sessions).astype(np.int64, copy=False)


def redrawn_once(sessions: int, block: int, rng: np.random.Generator) -> IntArray:
    """(sessions,) rows of one such history, blocks of ``block`` rows on average."""
    first = rng.integers(sessions, size=sessions)
    begins = rng.random(sessions) <= 1.0 / block
    begins[0] = True
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=sessions)
    rows = np.arange(sessions) + np.repeat(first[starts] - starts, lengths)
    return np.where(rows < sessions, rows, rows - sessions)
