"""Prices that cannot be as they are written: rounded to a few steps, or adjusted for what nobody was paid."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray

#: Steps of a price, as a share of it, past which rounding is much of what moves; and moves that show it.
_COARSE: Final = 0.02
_MOVES: Final = 20
#: Fall of an adjustment in a day, in logs, past which it is no rounding of either close.
_LEAST_FALL: Final = 0.01


class Rounding(NamedTuple):
    """By what prices are rounded: a step, its share of the median price, and the row of the first move."""

    step: float
    share: float
    first: int


def rounding(close: FloatArray) -> Rounding | None:
    """The rounding of (T,) prices as quoted, NaN where there is none; ``None`` unless most moves are one step of it."""
    rows = np.flatnonzero(np.isfinite(close))
    if rows.size <= _MOVES:
        return None
    prices = close[rows]
    step = _step(prices)
    steps, share = np.abs(np.diff(prices)) / step, step / float(np.median(prices))
    moved = steps > 0.5
    if share <= _COARSE or moved.sum() < _MOVES or np.median(steps[moved]) > 1.5:
        return None
    return Rounding(step, share, int(rows[1:][moved][0]))


def _step(prices: FloatArray) -> float:
    """The power of ten that prices are all written in, 1 at most; 1e-12 where there is none."""
    for digits in range(12):
        scaled = prices * 10.0**digits
        if np.all(np.abs(scaled - np.rint(scaled)) < 1e-6 * np.maximum(1.0, scaled)):
            return float(10.0**-digits)
    return 1e-12


def unexplained(move: FloatArray, step: FloatArray, most: float) -> tuple[BoolArray, BoolArray]:
    """(T, N) days on which an adjustment falls, and on which it rises by more than ``most``, by itself.

    The adjusted over the plain close rises by dividends and splits, by which the plain close falls, and falls at
    reverse splits alone, where the plain close rises by as much.

    Parameters
    ----------
    move, step
        (T, N) logs: the adjusted close over its last, and the adjustment over its last; NaN where there is none.
    most
        In logs: a payment of this size is beyond reason.
    """
    unanswered = np.abs(move) > 0.5 * np.abs(step)  # the plain close did not make up for it
    alone = unanswered & (np.abs(move - step) < 0.5 * np.abs(step))
    return np.asarray((step < -_LEAST_FALL) & alone), np.asarray((step > most) & alone)
