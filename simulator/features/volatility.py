"""Volatility estimators. All are daily (not annualised) and use the past up to and including session t."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.core.carry import carried
from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .windows import rolling_mean, rolling_std

#: Daily volatility taken before an asset has a history of its own: 2% a day, some 32% a year, a cautious share.
PRIOR_SIGMA_DAILY = 0.02


def log_returns(close: FloatArray) -> FloatArray:
    """(T, N) log returns over carried prices; NaN on the first session and before an asset's first price."""
    logs = carried(np.log(close))
    out = np.full(close.shape, np.nan)
    out[1:] = logs[1:] - logs[:-1]
    return out


def realised_volatility(returns: FloatArray, lookback: int, min_periods: int | None = None) -> FloatArray:
    """Rolling standard deviation (ddof 1) over ``lookback`` sessions; NaN until ``min_periods`` are known."""
    least = lookback if min_periods is None else min_periods
    return rolling_std(returns, lookback, least)


def ewma_volatility(returns: FloatArray, half_life: float, min_periods: int = 21) -> FloatArray:
    """Exponentially weighted root mean square return; NaN until ``min_periods`` are known.

    Both are (T,) or (T, N), fractions a session; ``half_life`` is in sessions.

    Source: RiskMetrics Technical Document (1996), section 5.2, with the decay stated as a half-life.
    """
    frame = pd.DataFrame(np.square(returns.reshape(len(returns), -1)))
    mean = frame.ewm(halflife=half_life, min_periods=min_periods, ignore_na=True).mean()
    return np.sqrt(mean.to_numpy()).reshape(returns.shape)


def parkinson(high: FloatArray, low: FloatArray) -> FloatArray:
    """Volatility of single days from their range, ln(H/L) / (2 sqrt(ln 2)); NaN where either is missing.

    Source: Parkinson (1980), Journal of Business 53(1), equation 3, for one day.
    """
    return np.log(high / low) / (2.0 * np.sqrt(np.log(2.0)))


def garman_klass_variance(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Variance of single days from open, high, low and close; NaN where one is missing.

    1/2 ln(H/L)^2 - (2 ln 2 - 1) ln(C/O)^2, which covers the trading day and not the night before it.

    Source: Garman & Klass (1980), Journal of Business 53(1), equation 20 (the practical estimator).
    """
    day = np.log(high / low) ** 2
    return 0.5 * day - (2.0 * np.log(2.0) - 1.0) * np.log(close / open_) ** 2


def range_volatility(variance: FloatArray, lookback: int = 21) -> FloatArray:
    """(T, N) root of the mean of daily variances over ``lookback`` sessions; NaN until half of them are known."""
    mean = rolling_mean(variance, lookback, lookback // 2)
    return np.sqrt(np.maximum(mean, 0.0))


def forecast_sigma(market: MarketData, lookback: int = 63, min_periods: int = 21) -> FloatArray:
    """(T, N) volatility forecast: over ``lookback`` sessions, :data:`PRIOR_SIGMA_DAILY` until 21 are known."""
    sigma = realised_volatility(log_returns(market.total_return()), lookback, min_periods)
    sigma = carried(sigma)
    return np.where(np.isnan(sigma), PRIOR_SIGMA_DAILY, sigma)


def day_volatility(market: MarketData, fallback: FloatArray) -> FloatArray:
    """(T, N) the day's own Parkinson volatility; ``fallback`` where high or low is missing or they coincide."""
    if market.high is None or market.low is None:
        return fallback
    own = parkinson(market.high, market.low)
    return np.where(np.isnan(own) | (own <= 0.0), fallback, own)
