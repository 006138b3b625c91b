"""What is compared of a stretch of returns and volumes: pure figures, the same for history and for paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray

#: Sessions of a month: volumes and volatilities are compared over so many as well.
MONTH: Final = 21
#: Lags at which the autocorrelation of squares is drawn.
LAGS: Final = 60
#: Losses, in standard deviations, at which tails are drawn.
LOSSES: Final = np.linspace(0.5, 8.0, 31)


class ReturnStretch(NamedTuple):
    """What figures are of.

    Attributes
    ----------
    returns
        (L,) log returns.
    volume
        (L,) log relative volume; NaN where there was none, ``None`` without volume.
    year
        Sessions of a year.
    """

    returns: FloatArray
    volume: FloatArray | None
    year: int


class Figure(NamedTuple):
    """A figure of a stretch: its names, its unit, and how it is computed. NaN where it is undefined."""

    name: str
    title: str
    unit: str
    of: Callable[[ReturnStretch], float]


def mean(stretch: ReturnStretch) -> float:
    """Mean log return a year."""
    return float(stretch.returns.mean() * stretch.year)


def volatility(stretch: ReturnStretch) -> float:
    """Standard deviation a year."""
    return float(stretch.returns.std() * np.sqrt(stretch.year))


def skewness(stretch: ReturnStretch) -> float:
    """Third standardised moment. Of log returns a session; without unit."""
    return _moment(stretch.returns, 3)


def kurtosis(stretch: ReturnStretch) -> float:
    """Fourth standardised moment, less 3. Of log returns a session; without unit."""
    return _moment(stretch.returns, 4) - 3.0


def drawdown(stretch: ReturnStretch) -> float:
    """Largest fall from a height, as a fraction; negative."""
    return float(fallen(stretch.returns).min())


def fallen(returns: FloatArray) -> FloatArray:
    """(L + 1,) how far below its height so far one unit is, as a fraction."""
    path = np.concatenate([np.zeros(1), np.cumsum(returns)])
    return np.asarray(np.expm1(path - np.maximum.accumulate(path)), dtype=np.float64)


def worst(stretch: ReturnStretch) -> float:
    """Lowest return of a session."""
    return float(np.expm1(stretch.returns.min()))


def quantile_1(stretch: ReturnStretch) -> float:
    """The return that one session in a hundred falls short of."""
    return float(np.expm1(np.quantile(stretch.returns, 0.01)))


def shortfall_1(stretch: ReturnStretch) -> float:
    """Mean of the worst hundredth of sessions."""
    worst_first = np.sort(stretch.returns)[: max(stretch.returns.size // 100, 1)]
    return float(np.expm1(worst_first).mean())


def hill(stretch: ReturnStretch) -> float:
    """Tail index of losses by Hill (1975), from the worst twentieth of sessions; lower is fatter."""
    losses = np.sort(-stretch.returns)[::-1]
    most = max(stretch.returns.size // 20, 2)
    if losses[most] <= 0.0:
        return float("nan")
    return float(1.0 / np.mean(np.log(losses[:most] / losses[most])))


def persistence(stretch: ReturnStretch) -> float:
    """Autocorrelation of returns at one session."""
    return float(autocorrelation(stretch.returns, 1)[0])


def squares_1(stretch: ReturnStretch) -> float:
    """Autocorrelation of squared returns at one session."""
    return float(autocorrelation(stretch.returns**2, 1)[0])


def squares_month(stretch: ReturnStretch) -> float:
    """Its mean over lags of up to a month. A month is 21 sessions."""
    return float(autocorrelation(stretch.returns**2, MONTH).mean())


def volume_and_size(stretch: ReturnStretch) -> float:
    """Correlation of log relative volume with the size of returns, session by session."""
    return float("nan") if stretch.volume is None else _correlation(np.abs(stretch.returns), stretch.volume)


def volume_and_volatility(stretch: ReturnStretch) -> float:
    """Correlation of a month's mean log volume with the log of its volatility.

    Without volume NaN; a month is 21 sessions.
    """
    if stretch.volume is None:
        return float("nan")
    windows = np.lib.stride_tricks.sliding_window_view
    size = windows(stretch.returns, MONTH).std(axis=1)
    return _correlation(np.log(np.where(size > 0.0, size, np.nan)), windows(stretch.volume, MONTH).mean(axis=1))


def volume_lasting(stretch: ReturnStretch) -> float:
    """Autocorrelation of log relative volume at one session."""
    return float("nan") if stretch.volume is None else _correlation(stretch.volume[1:], stretch.volume[:-1])


FIGURES: Final = (
    Figure("mean", "Mean return a year", "percent", mean),
    Figure("volatility", "Volatility a year", "percent", volatility),
    Figure("skewness", "Skewness", "plain", skewness),
    Figure("excess_kurtosis", "Excess kurtosis", "plain", kurtosis),
    Figure("max_drawdown", "Largest drawdown", "percent", drawdown),
    Figure("worst_session", "Worst session", "percent", worst),
    Figure("quantile_1", "1% quantile of sessions", "percent", quantile_1),
    Figure("shortfall_1", "Mean of the worst 1%", "percent", shortfall_1),
    Figure("tail_index", "Tail index of losses (Hill)", "plain", hill),
    Figure("autocorrelation_1", "Autocorrelation of returns, 1 session", "plain", persistence),
    Figure("squares_1", "Autocorrelation of squares, 1 session", "plain", squares_1),
    Figure("squares_month", "Autocorrelation of squares, mean of a month", "plain", squares_month),
    Figure("volume_size", "Volume against size of returns, sessions", "plain", volume_and_size),
    Figure("volume_volatility", "Volume against volatility, months", "plain", volume_and_volatility),
    Figure("volume_1", "Autocorrelation of volume, 1 session", "plain", volume_lasting),
)


def autocorrelation(x: FloatArray, lags: int) -> FloatArray:
    """(lags,) at 1, 2, ... sessions; 0 for what never moves."""
    rest = x - x.mean()
    total = float(rest @ rest)
    if total == 0.0:
        return np.zeros(lags)
    return np.array([float(rest[lag:] @ rest[:-lag]) / total for lag in range(1, lags + 1)])


def tail(returns: FloatArray) -> FloatArray:
    """(31,) share of sessions that lose more than so many standard deviations; NaN where none does."""
    size = returns.std()
    ordered = np.sort(-(returns - returns.mean()) / size) if size > 0.0 else np.zeros(returns.size)
    share = 1.0 - np.searchsorted(ordered, LOSSES, side="right") / returns.size
    return np.where(share > 0.0, share, np.nan)


def by_decile(stretch: ReturnStretch) -> FloatArray:
    """(10,) mean log relative volume by decile of the size of returns."""
    assert stretch.volume is not None
    order = np.argsort(np.abs(stretch.returns), kind="stable")
    return np.array([np.nanmean(part) if np.isfinite(part).any() else np.nan for part in
                     (stretch.volume[rows] for rows in np.array_split(order, 10))])  # fmt: skip


def pairs(returns: FloatArray) -> FloatArray:
    """Correlations (N, N) of assets, NaN for one that never moves."""
    rest = returns - returns.mean(axis=0)
    size = np.sqrt((rest**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.einsum("ti,tj->ij", rest, rest) / np.outer(size, size), dtype=np.float64)


def mean_correlation(returns: FloatArray) -> float:
    """Mean correlation of two assets; NaN for a single one. ``returns`` are (L, N), logs a session."""
    matrix = pairs(returns)
    above = matrix[np.triu_indices(len(matrix), 1)]
    known = above[np.isfinite(above)]
    return float(known.mean()) if known.size else float("nan")


def mean_correlation_in_falls(returns: FloatArray, book: FloatArray) -> float:
    """The same on the twentieth of sessions that were worst for the book."""
    most = max(book.size // 20, 3)
    return mean_correlation(returns[np.argsort(book, kind="stable")[:most]])


def _moment(x: FloatArray, order: int) -> float:
    rest = x - x.mean()
    size = rest.std()
    return float(np.mean(rest**order) / size**order) if size > 0.0 else float("nan")


def _correlation(x: FloatArray, y: FloatArray) -> float:
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3:
        return float("nan")
    a, b = x[both] - x[both].mean(), y[both] - y[both].mean()
    total = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / total if total > 0.0 else float("nan")
