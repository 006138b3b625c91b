"""Intervals: scores on resampled blocks of sessions, and paired differences between models on the same draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray


class Interval(NamedTuple):
    """A score with the bounds that hold the stated share of resamples; NaN where undefined."""

    value: float
    low: float
    high: float


def block_weights(sessions: int, draws: int = 1000, block: int = 20, seed: int = 0) -> FloatArray:
    """(draws, sessions) how often each session occurs in each circular block resample.

    Source: Politis & Romano (1992); the draws are those of arch.
    """
    from arch.bootstrap import CircularBlockBootstrap

    if sessions < 1 or draws < 1 or block < 1:
        raise ParameterError(f"bootstrap: {draws} draws of blocks of {block} from {sessions} sessions are impossible")
    rng = np.random.default_rng(seed)
    drawn = CircularBlockBootstrap(min(block, sessions), np.arange(sessions), seed=rng).bootstrap(draws)
    return np.stack([np.bincount(rows[0], minlength=sessions) for rows, _ in drawn]).astype(np.float64)


def interval(value: float, draws: FloatArray, level: float = 0.90) -> Interval:
    """A value with the quantiles of its resamples that leave out equally much on both sides; undefined ones aside.

    In the unit of the value; NaN where none is defined.
    """
    defined = draws[np.isfinite(draws)]
    if defined.size == 0 or not np.isfinite(value):
        return Interval(value, np.nan, np.nan)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return Interval(value, float(low), float(high))
