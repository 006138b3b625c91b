"""Bid-ask spreads estimated from daily prices. Fractions of price, full spread; NaN where inputs are missing."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .windows import rolling_mean

_K = 3.0 - 2.0 * np.sqrt(2.0)


def corwin_schultz(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """(T, N) spread from the ranges of two consecutive days; row t uses days t-1 and t.

    A range that does not reach the previous close is an overnight move, not a spread: the second day is shifted
    to touch it. Negative estimates are set to zero.

    Source: Corwin & Schultz (2012), Journal of Finance 67(2), equations 14 and 18; section II.C for overnight
    moves and negative values.
    """
    out = np.full(close.shape, np.nan)
    before = close[:-1]
    gap = np.maximum(low[1:] - before, 0.0) - np.maximum(before - high[1:], 0.0)
    high1, low1 = np.log(high[:-1]), np.log(low[:-1])
    high2, low2 = np.log(high[1:] - gap), np.log(low[1:] - gap)
    beta = (high1 - low1) ** 2 + (high2 - low2) ** 2
    gamma = (np.maximum(high1, high2) - np.minimum(low1, low2)) ** 2
    alpha = (np.sqrt(2.0 * beta) - np.sqrt(beta)) / _K - np.sqrt(gamma / _K)
    out[1:] = np.maximum(2.0 * np.tanh(alpha / 2.0), 0.0)
    return out


def abdi_ranaldo(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """(T, N) spread from a close and the middles of its own and the next day's range; row t uses days t-1 and t.

    The two-day estimate, with negative values set to zero.

    Source: Abdi & Ranaldo (2017), Review of Financial Studies 30(12), equation 11 (two-day corrected version).
    """
    return np.sqrt(np.maximum(abdi_ranaldo_product(high, low, close), 0.0))


def abdi_ranaldo_product(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """(T, N) squared spread before any truncation, 4 (c - m)(c - m'); row t uses days t-1 and t.

    ``c`` is the log close of t-1, ``m`` and ``m'`` the middles of the log ranges of t-1 and t. Source: as
    :func:`abdi_ranaldo`, equation 9.
    """
    out = np.full(close.shape, np.nan)
    middle = 0.5 * (np.log(high) + np.log(low))
    gap = np.log(close[:-1])
    out[1:] = 4.0 * (gap - middle[:-1]) * (gap - middle[1:])
    return out


def abdi_ranaldo_mean(product: FloatArray, lookback: int = 21) -> FloatArray:
    """(T, N) spread from the mean of :func:`abdi_ranaldo_product` over ``lookback`` days, zero where that is negative.

    Averaging before the root leaves little of the bias that the truncation of single days has: up where the spread is
    small beside the volatility, down where it is like it.

    Source: Abdi & Ranaldo (2017), equation 10 (monthly corrected version).
    """
    return np.sqrt(np.maximum(rolling_mean(product, lookback, lookback // 2), 0.0))


def roll(log_returns: FloatArray, lookback: int = 21) -> FloatArray:
    """(T, N) Roll's spread, 2 sqrt(-cov) of consecutive log returns over ``lookback`` days; 0 where cov is positive.

    Source: Roll (1984), Journal of Finance 39(4), equation 4, in logs: a fraction of price.
    """
    today = pd.DataFrame(log_returns)
    covariance = today.rolling(lookback).cov(today.shift(1), pairwise=False).to_numpy(np.float64)
    return 2.0 * np.sqrt(np.maximum(-covariance, 0.0))


_ESTIMATORS: Final = {"corwin-schultz": corwin_schultz, "abdi-ranaldo": abdi_ranaldo}


def spread_estimates(market: MarketData, kind: str, lookback: int = 21) -> tuple[FloatArray, FloatArray]:
    """(T, N) estimated spread of each day, and its mean over the last ``lookback`` days; NaN where unknown.

    Raises
    ------
    DataError
        If the market has no highs and lows.
    """
    daily = _ESTIMATORS[kind](*(market.total_return(name) for name in ("high", "low", "close")))
    return daily, rolling_mean(daily, lookback, lookback // 2)
