"""Return and risk from daily returns. ``None`` where a figure is undefined, never NaN."""

from __future__ import annotations

import numpy as np

from simulator.core.types import SESSIONS_PER_YEAR, DateArray, FloatArray

_DAYS_PER_YEAR = 365.25
_FLAT = 1e-15


def years(sessions: DateArray) -> float:
    """Calendar years from the first session to the last."""
    return float((sessions[-1] - sessions[0]).astype(int)) / _DAYS_PER_YEAR


def cagr(returns: FloatArray, sessions: DateArray) -> float | None:
    """Compound annual growth over calendar time; ``None`` for a single session or a book that lost everything."""
    span, growth = years(sessions), float(np.prod(1.0 + returns))
    if span <= 0.0 or growth <= 0.0:
        return None
    return float(growth ** (1.0 / span) - 1.0)


def annual_volatility(returns: FloatArray) -> float | None:
    """Standard deviation (ddof 1) of daily returns times the square root of 252."""
    if returns.size < 2:
        return None
    return float(np.std(returns, ddof=1) * np.sqrt(SESSIONS_PER_YEAR))


def sharpe(returns: FloatArray, cash: FloatArray) -> float | None:
    """Mean excess return over what cash earned each day, over its standard deviation (ddof 1), annualised."""
    if returns.size < 2:
        return None
    excess = returns - cash
    spread = float(np.std(excess, ddof=1))
    return None if spread < _FLAT else float(excess.mean() / spread * np.sqrt(SESSIONS_PER_YEAR))


def sortino(returns: FloatArray, cash: FloatArray) -> float | None:
    """Mean excess return over its downside deviation (root mean square of the negative ones), annualised."""
    excess = returns - cash
    downside = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))
    return None if downside < _FLAT else float(excess.mean() / downside * np.sqrt(SESSIONS_PER_YEAR))
