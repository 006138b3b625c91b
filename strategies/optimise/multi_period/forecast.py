"""What trading will cost some steps ahead: today's, decaying towards the mean of its own past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.types import FloatArray
from simulator.core.view import MarketView


@dataclass(frozen=True, eq=False)
class Ahead:
    """Forecasts by step and asset; the first step is today.

    Attributes
    ----------
    half_spread
        (n, N) fraction of price.
    volatility
        (n, N) daily.
    adv
        (n, N) daily notional in currency.
    """

    half_spread: FloatArray
    volatility: FloatArray
    adv: FloatArray


def ahead(view: MarketView, t: int, steps: int, apart: int, half_life: float, window: int) -> Ahead:
    """Forecasts at the close of session t for steps ``apart`` sessions from each other.

    Half of what today's differs by from its mean over the last ``window`` sessions is gone after ``half_life``: a first
    autoregression whose mean and half-life are stated, not fitted.
    """
    last = view.before + t + 1
    since = max(last - window, 0)
    gone = (1.0 - 0.5 ** (np.arange(steps) * apart / half_life))[:, None]

    def decaying(panel: FloatArray) -> FloatArray:
        now = panel[last - 1]
        off = np.subtract(_mean(panel[since:last], now), now, out=np.zeros_like(now), where=np.isfinite(now))
        return np.asarray(now + gone * off)

    return Ahead(decaying(view.half_spread), decaying(view.volatility), decaying(view.adv))


def _mean(past: FloatArray, now: FloatArray) -> FloatArray:
    """(N,) mean of what was known (sessions, N), today's (N,) where there was nothing."""
    known = np.isfinite(past)
    count = known.sum(axis=0)
    total = np.where(known, past, 0.0).sum(axis=0)
    return np.where((count > 0) & np.isfinite(now), np.divide(total, np.maximum(count, 1)), now)
