"""Return and risk from a book's returns. ``None`` where a figure is undefined, never NaN.

Annual figures are of ``per_year`` returns a year; :attr:`simulator.ledger.RunRecord.observations` has those of a run.
"""

from __future__ import annotations

import numpy as np

from simulator.core.rhythm_nb import DAYS_PER_YEAR, WEEKDAYS
from simulator.core.types import DateArray, FloatArray

_FLAT = 1e-15
#: No money grows or shrinks faster a year than by e to this.
_MOST_LOG_RATE = 12.0


def years(sessions: DateArray) -> float:
    """Calendar years from the first session to the last."""
    return float((sessions[-1] - sessions[0]).astype(int)) / DAYS_PER_YEAR


def cagr(returns: FloatArray, sessions: DateArray) -> float | None:
    """Compound annual growth over calendar time; ``None`` for a single session or a book that lost everything."""
    span, growth = years(sessions), float(np.prod(1.0 + returns))
    if span <= 0.0 or growth <= 0.0:
        return None
    return float(growth ** (1.0 / span) - 1.0)


def money_weighted(amounts: FloatArray, days: FloatArray, worth: float, end: float) -> float | None:
    """Internal rate of return a year: at it, what investors put in grows to what they took out and still have.

    Parameters
    ----------
    amounts
        (n,) currency: positive put in, negative taken out, the initial cash first.
    days
        (n,) calendar days from the first of them.
    worth
        What they have after ``end`` days.

    Returns
    -------
    float or None
        ``None`` where no rate does it, or more than one.
    """
    from scipy.optimize import brentq

    if end <= 0.0:
        return None
    at = days / DAYS_PER_YEAR
    span = end / DAYS_PER_YEAR

    def lacking(log_rate: float) -> float:
        return float(amounts @ np.exp(log_rate * (span - at)) - worth)

    most = min(_MOST_LOG_RATE / min(span, 1.0), 600.0 / span)
    grid = np.linspace(-most, most, 481)
    signs = np.sign([lacking(log_rate) for log_rate in grid])
    found = np.flatnonzero(signs[:-1] * signs[1:] < 0.0)
    zeros = np.flatnonzero(signs == 0.0)
    if found.size + zeros.size != 1:
        return None
    if zeros.size:
        return float(np.expm1(grid[zeros[0]]))
    root = brentq(lacking, grid[found[0]], grid[found[0] + 1], xtol=1e-15, rtol=1e-14)
    return float(np.expm1(root))


def annual_volatility(returns: FloatArray, per_year: float = WEEKDAYS) -> float | None:
    """Standard deviation (ddof 1) of returns times the square root of how many there are in a year."""
    if returns.size < 2:
        return None
    return float(np.std(returns, ddof=1) * np.sqrt(per_year))


def sharpe(returns: FloatArray, cash: FloatArray, per_year: float = WEEKDAYS) -> float | None:
    """Mean excess return over what cash earned each time, over its standard deviation (ddof 1), annualised."""
    if returns.size < 2:
        return None
    excess = returns - cash
    spread = float(np.std(excess, ddof=1))
    return None if spread < _FLAT else float(excess.mean() / spread * np.sqrt(per_year))


def sortino(returns: FloatArray, cash: FloatArray, per_year: float = WEEKDAYS) -> float | None:
    """Mean excess return over its downside deviation (root mean square of the negative ones), annualised."""
    excess = returns - cash
    downside = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))
    return None if downside < _FLAT else float(excess.mean() / downside * np.sqrt(per_year))
