"""Comparisons of today with its own past, and with nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray


def past_quantile(values: FloatArray, q: float, min_periods: int = 252) -> FloatArray:
    """(T,) quantile q of everything before each session (expanding, shifted one day); NaN until enough is known."""
    return pd.Series(values).expanding(min_periods=min_periods).quantile(q).shift(1).to_numpy(np.float64)


def past_percentile(values: FloatArray, min_periods: int = 252) -> FloatArray:
    """(T,) share of all known values up to and including each session that do not exceed it; NaN at the start."""
    ranks = pd.Series(values).expanding(min_periods=min_periods).rank(method="max", pct=True)
    return np.asarray(ranks, dtype=np.float64)


def past_zscore(values: FloatArray, lookback: int = 252, min_periods: int = 126) -> FloatArray:
    """(T,) deviation from the mean of the last ``lookback`` sessions in their standard deviations.

    Today is part of the window; a window that does not vary gives 0.
    """
    rolling = pd.Series(values).rolling(lookback, min_periods=min_periods)
    spread = rolling.std().to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (values - rolling.mean().to_numpy(np.float64)) / spread
    return np.where((spread == 0.0) & ~np.isnan(values), 0.0, score)


def change(values: FloatArray, sessions: int) -> FloatArray:
    """(T,) difference from ``sessions`` sessions ago; NaN at the start."""
    return np.asarray(pd.Series(values).diff(sessions), dtype=np.float64)


def any_within(events: FloatArray, horizon: int) -> FloatArray:
    """(T,) 1 if an event happens on one of the ``horizon`` sessions *after* t: a label, known ``horizon`` later.

    NaN where the future does not reach that far, or where any of those sessions is NaN without an event among
    the others.
    """
    ahead = np.full((horizon, events.size), np.nan)
    for h in range(1, horizon + 1):
        ahead[h - 1, :-h] = events[h:]
    happened = (ahead == 1.0).any(axis=0)
    known = ~np.isnan(ahead).any(axis=0)
    complete = np.arange(events.size) + horizon < events.size
    return np.where(complete & (known | happened), happened.astype(float), np.nan)
