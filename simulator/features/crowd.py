"""What the assets do together: index of the book, correlation, dispersion. Returns are (T, N), a frame or an array."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .reduce import row_count, row_mean, row_std
from .windows import over_positive, rolling_highest, rolling_std, rolling_sum, rolling_variance


def equal_weight_return(returns: npt.ArrayLike) -> FloatArray:
    """(T,) mean simple return of the assets alive that day; NaN where there is none."""
    return row_mean(np.asarray(returns, np.float64))


def drawdown(returns: FloatArray, lookback: int = 252) -> FloatArray:
    """(T,) fall of the cumulated return from its highest point in the last ``lookback`` sessions; 0 at a high."""
    level = np.asarray(np.cumprod(1.0 + np.nan_to_num(returns), axis=0), dtype=np.float64)
    return level / rolling_highest(level, lookback) - 1.0


def average_correlation(returns: npt.ArrayLike, lookback: int = 63) -> FloatArray:
    """(T,) mean pairwise correlation over the last ``lookback`` sessions.

    From variances alone: for standardised returns the variance of their mean is (1 + (n - 1) rho) / n. Returns
    are standardised by their own rolling volatility, so that no asset dominates. NaN until enough is known, and
    with fewer than two assets.
    """
    values = np.asarray(returns, np.float64)
    volatility = rolling_std(values, lookback)
    n = row_count(volatility)
    scaled = over_positive(values, volatility)
    joint = rolling_variance(row_mean(scaled), lookback)
    single = row_mean(rolling_variance(scaled, lookback))
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = (n * joint / single - 1.0) / (n - 1)
    return np.where(n > 1, rho, np.nan)


def dispersion(returns: npt.ArrayLike, lookback: int = 21) -> FloatArray:
    """(T,) cross-sectional standard deviation of ``lookback``-session log returns."""
    total = rolling_sum(np.log1p(np.asarray(returns, np.float64)), lookback)
    return row_std(total)
