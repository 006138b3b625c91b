"""Comparisons of today with its own past, and with nothing else."""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .rolling_nb import expanding_quantile_nb, expanding_share_nb
from .windows import rolling_mean, rolling_std, shifted


def past_quantile(values: FloatArray, q: float, min_periods: int = 252) -> FloatArray:
    """(T,) quantile q of everything before each session (expanding, shifted one day); NaN until enough is known."""
    ranks, distinct, out = _ranked(values)
    expanding_quantile_nb(ranks, distinct, q, min_periods, np.zeros(distinct.size + 1, np.int64), out)
    return shifted(out, 1)


def past_percentile(values: FloatArray, min_periods: int = 252) -> FloatArray:
    """(T,) share of all known values up to and including each session that do not exceed it; NaN at the start."""
    ranks, distinct, out = _ranked(values)
    expanding_share_nb(ranks, min_periods, np.zeros(distinct.size + 1, np.int64), out)
    return out


def _ranked(values: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """(T,) ranks from 1 (0 for what is not finite), the distinct values in order, and room for what is made of them."""
    known = np.isfinite(values)
    ranks = np.zeros(values.size, np.int64)
    distinct, places = np.unique(values[known], return_inverse=True)
    ranks[known] = places + 1
    return ranks, distinct, np.empty(values.size)


def past_zscore(values: FloatArray, lookback: int = 252, min_periods: int = 126) -> FloatArray:
    """(T,) deviation from the mean of the last ``lookback`` sessions in their standard deviations.

    Today is part of the window; a window that does not vary gives 0.
    """
    spread = rolling_std(values, lookback, min_periods)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (values - rolling_mean(values, lookback, min_periods)) / spread
    return np.where((spread == 0.0) & ~np.isnan(values), 0.0, score)


def change(values: FloatArray, sessions: int) -> FloatArray:
    """(T,) difference from ``sessions`` sessions ago; NaN at the start."""
    with np.errstate(invalid="ignore"):
        return values - shifted(values, sessions)


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
