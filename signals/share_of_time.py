"""The level at which a measure would have been on for a given share of the time."""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .hysteresis import hysteresis


def level_for_share(
    values: FloatArray, share: float, exit_ratio: float, min_hold: int, rows: slice = slice(None)
) -> float:
    """The lowest level whose state is on for at most ``share`` of the known ``values`` among ``rows``.

    The state is entered above the level and left below ``exit_ratio`` times it, not before ``min_hold`` sessions.
    Levels tried are the values themselves, by bisection: a higher level is on for less time, up to spells that
    ``min_hold`` prolongs. NaN where nothing is known.
    """
    known = ~np.isnan(values[rows])
    if not known.any():
        return float("nan")
    candidates = np.unique(values[rows][known])
    low, high = 0, candidates.size - 1  # above the highest value the state is never entered within the rows
    while low < high:
        middle = (low + high) // 2
        level = candidates[middle]
        on = hysteresis(values, float(level), float(level * exit_ratio), min_hold)[rows]
        if on[known].mean() <= share:
            high = middle
        else:
            low = middle + 1
    return float(candidates[low])


def past_levels(
    values: FloatArray, share: float, exit_ratio: float, min_hold: int, *, recalibrate: int, least: int
) -> FloatArray:
    """(T,) the level of :func:`level_for_share` on everything up to the last recalibration.

    It is set once ``least`` values are known and every ``recalibrate`` sessions from there, from the values of that
    session and before; NaN earlier.
    """
    levels = np.full(values.size, np.nan)
    for t in calibrations(values, recalibrate=recalibrate, least=least).tolist():
        levels[t : t + recalibrate] = level_for_share(values[: t + 1], share, exit_ratio, min_hold)
    return levels


def calibrations(values: FloatArray, *, recalibrate: int, least: int) -> IntArray:
    """The sessions on which :func:`past_levels` sets a level: every ``recalibrate``-th once ``least`` are known."""
    enough = np.flatnonzero(np.cumsum(~np.isnan(values)) >= least)
    return np.arange(enough[0] if enough.size else values.size, values.size, recalibrate)
