"""Rolling statistics of single columns and of assets side by side; each row uses its own window and nothing else.

All of them give the same bits for a day whatever follows it, also when what follows is missing: no Fourier
transform, and no matrix product over all sessions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.core.types import FloatArray

from .rolling_nb import rolling_highest_nb, rolling_median_nb, rolling_sum_nb, rolling_variance_nb


def rolling_mean(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Mean over the last ``sessions`` rows, of (T,) or (T, N) values; NaN until ``min_periods`` (all) are known."""
    return _summed(values, sessions, min_periods, mean=True)


def rolling_sum(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Sum over the last ``sessions`` rows, as :func:`rolling_mean`."""
    return _summed(values, sessions, min_periods, mean=False)


def _summed(values: FloatArray, sessions: int, min_periods: int | None, *, mean: bool) -> FloatArray:
    columns, out = _side_by_side(values)
    least = sessions if min_periods is None else min_periods
    rolling_sum_nb(columns, sessions, least, mean, out)
    return out.reshape(values.shape)


def rolling_variance(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Variance (ddof 1) over the last ``sessions`` rows; NaN until ``min_periods`` (all), and two, are known."""
    columns, out = _side_by_side(values)
    least = sessions if min_periods is None else min_periods
    rolling_variance_nb(columns, sessions, least, np.zeros((5, columns.shape[1])), out)
    return out.reshape(values.shape)


def rolling_std(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Standard deviation (ddof 1) over the last ``sessions`` rows; NaN until ``min_periods`` (all) are known."""
    return np.sqrt(np.maximum(rolling_variance(values, sessions, min_periods), 0.0))


def rolling_highest(values: FloatArray, sessions: int) -> FloatArray:
    """Highest of the last ``sessions`` rows, fewer at the start, as :func:`rolling_mean`; NaN where none is known."""
    columns, out = _side_by_side(values)
    rolling_highest_nb(columns, sessions, np.empty(len(columns), np.int64), out)
    return out.reshape(values.shape)


def rolling_median(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Median over the last ``sessions`` rows, as :func:`rolling_mean`."""
    columns, out = _side_by_side(values)
    least = sessions if min_periods is None else min_periods
    known = np.where(np.isnan(columns), np.inf, columns)  # without NaN NumPy sorts four times as fast
    order, place = np.argsort(known, axis=0), np.empty(len(columns), np.int64)
    rolling_median_nb(columns, order, sessions, least, place, np.empty(len(columns), np.bool_), out)
    return out.reshape(values.shape)


def shifted(values: FloatArray, rows: int) -> FloatArray:
    """Values of ``rows`` rows before; NaN at the start."""
    out = np.full(values.shape, np.nan)
    out[rows:] = values[: max(len(values) - rows, 0)]
    return out


def stacked(each: Sequence[FloatArray]) -> FloatArray:
    """(T, P, ...) arrays of P markets, (T, ...) each, side by side."""
    return np.stack(each, axis=1)


def _side_by_side(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(T, N) view of (T,) or (T, N) values as kernels take them, and room for what is made of them."""
    columns = np.ascontiguousarray(values, dtype=np.float64).reshape(len(values), -1)[:]
    columns.flags.writeable = False
    return columns, np.empty(columns.shape)


def over_own_median(values: FloatArray, recent: int, usual: int = 252) -> FloatArray:
    """Mean of the last ``recent`` rows over the median of the ``usual`` rows that end before them.

    NaN until half of the ``usual`` rows are known, and where their median is not positive.
    """
    mean = rolling_mean(values, recent, recent // 2 + 1)
    return over_positive(mean, shifted(rolling_median(values, usual, usual // 2), recent))


def over_positive(values: FloatArray, usual: FloatArray) -> FloatArray:
    """Values over what is usual; NaN where that is not positive."""
    return np.divide(values, usual, out=np.full(values.shape, np.nan), where=usual > 0.0)


def expected_shortfall(values: FloatArray, lookback: int = 252, share: float = 0.05) -> FloatArray:
    """(T,) mean of the largest ``share`` of the last ``lookback`` values; NaN until half of them are known.

    Of n known values the ceil(share n) largest count.
    """
    padded = np.concatenate([np.full(lookback - 1, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, lookback)
    known = (~np.isnan(windows)).sum(axis=1)
    largest = np.sort(np.where(np.isnan(windows), -np.inf, windows), axis=1)[:, ::-1]
    count = np.maximum(np.ceil(share * known - 1e-9).astype(np.int64), 1)
    with np.errstate(invalid="ignore"):
        sums = np.cumsum(largest[:, : int(np.ceil(share * lookback))], axis=1)
    tail = np.take_along_axis(sums, count[:, None] - 1, axis=1)[:, 0] / count
    return np.where(known >= lookback // 2, tail, np.nan)


def trend_gap(values: FloatArray, lookback: int) -> FloatArray:
    """(T,) distance of today from the straight line fitted by least squares to the last ``lookback`` values.

    NaN until all of them are known.
    """
    x = np.arange(lookback) - (lookback - 1) / 2.0
    weights = 1.0 / lookback + x[-1] * x / np.square(x).sum()  # the fitted value at the end is a weighted mean
    padded = np.concatenate([np.full(lookback - 1, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, lookback)
    return values - (windows * weights).sum(axis=1)


def log_positive(values: FloatArray) -> FloatArray:
    """Natural logarithm; NaN where a value is not positive."""
    return np.log(np.where(values > 0.0, values, np.nan))
