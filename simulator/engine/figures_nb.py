"""The figures of a run in two passes over its nav, for sweeps that keep nothing else."""

from __future__ import annotations

import math

import numpy as np

from simulator.core.abi import LEAST_RAISED, TOTAL_COST, TOTAL_TURNOVER
from simulator.core.jit import kernel
from simulator.core.types import SESSIONS_PER_YEAR, FloatArray

_FLAT = 1e-15
_BPS = 1e4


@kernel
def returns_nb(nav: FloatArray, flowed: FloatArray, initial: float, returns: FloatArray) -> None:
    """Daily time-weighted returns; the first is measured from the initial cash."""
    sessions = nav.shape[0]
    returns[0] = nav[0] / initial - 1.0
    for t in range(1, sessions):
        returns[t] = nav[t] / nav[t - 1] - 1.0
    if flowed.shape[1] > 0:
        for t in range(sessions):
            early = flowed[0, t] if t > 0 else flowed[0, 0] - initial
            base = (nav[t - 1] if t > 0 else initial) + early
            returns[t] = (nav[t] - flowed[1, t]) / base - 1.0 if base > 0.0 else 0.0


@kernel
def figures_nb(
    nav: FloatArray,
    flowed: FloatArray,
    accrual: FloatArray,
    years: float,
    initial: float,
    cell: FloatArray,
    returns: FloatArray,
    figures: FloatArray,
) -> None:
    """Write a run's figures, in the order of ``abi.FIGURES``; NaN where one is undefined.

    They are those of :mod:`simulator.metrics`. ``returns`` is scratch.
    """
    sessions = nav.shape[0]
    returns_nb(nav, flowed, initial, returns)
    total, above = 0.0, 0.0
    level, top, deepest, bottom = 1.0, 1.0, 0.0, 0
    for t in range(sessions):
        total += returns[t]
        above += returns[t] - accrual[t]
        level *= 1.0 + returns[t]
        top = max(top, level)
        fall = level / top - 1.0
        if fall < deepest:
            deepest = fall
            bottom = t
    mean, excess = total / sessions, above / sessions
    squares, excesses, losses = 0.0, 0.0, 0.0
    for t in range(sessions):
        moved = returns[t] - mean
        over = returns[t] - accrual[t]
        lost = min(over, 0.0)
        squares += moved * moved
        excesses += (over - excess) * (over - excess)
        losses += lost * lost
    days = math.sqrt(SESSIONS_PER_YEAR)
    spread = math.sqrt(excesses / (sessions - 1)) if sessions > 1 else 0.0
    downside = math.sqrt(losses / sessions)
    figures[0] = nav[sessions - 1]
    figures[1] = level ** (1.0 / years) - 1.0 if years > 0.0 and level > 0.0 else np.nan
    figures[2] = math.sqrt(squares / (sessions - 1)) * days if sessions > 1 else np.nan
    figures[3] = excess / spread * days if spread >= _FLAT else np.nan
    figures[4] = excess / downside * days if downside >= _FLAT else np.nan
    figures[5] = deepest
    figures[6] = recovery_nb(returns, deepest, bottom)
    figures[7] = cell[TOTAL_TURNOVER] / years if years > 0.0 else np.nan
    figures[8] = cell[TOTAL_COST] / years * _BPS if years > 0.0 else np.nan
    figures[9] = cell[LEAST_RAISED] if cell[LEAST_RAISED] < np.inf else np.nan


@kernel
def recovery_nb(returns: FloatArray, deepest: float, bottom: int) -> float:
    """Sessions from the bottom of the deepest fall until the former high is regained; NaN where it is not."""
    if deepest == 0.0:
        return 0.0
    level = 1.0 + deepest
    for t in range(bottom + 1, returns.shape[0]):
        level *= 1.0 + returns[t]
        if level >= 1.0:
            return float(t - bottom)
    return np.nan
