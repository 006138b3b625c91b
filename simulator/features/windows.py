"""Rolling statistics of single columns and of assets side by side; each row uses its own window and nothing else.

All of them give the same bits for a day whatever follows it, also when what follows is missing: no Fourier
transform, and no matrix product over all sessions.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from simulator.core.types import FloatArray

from .rolling_nb import rolling_highest_nb, rolling_median_nb, rolling_sum_nb, rolling_variance_nb

#: Values from which columns are shared out, and how many columns are made at once.
_WIDE: Final = 200_000
_AT_ONCE: Final = 16


def rolling_mean(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Mean over the last ``sessions`` rows, of (T,) or (T, N) values; NaN until ``min_periods`` (all) are known."""
    return _summed(values, sessions, min_periods, mean=True)


def rolling_sum(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Sum over the last ``sessions`` rows, as :func:`rolling_mean`."""
    return _summed(values, sessions, min_periods, mean=False)


def _summed(values: FloatArray, sessions: int, min_periods: int | None, *, mean: bool) -> FloatArray:
    least = sessions if min_periods is None else min_periods
    return _by_columns(values, lambda columns, out: rolling_sum_nb(columns, sessions, least, mean, out))


def rolling_variance(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Variance (ddof 1) over the last ``sessions`` rows; NaN until ``min_periods`` (all), and two, are known."""
    least = sessions if min_periods is None else min_periods

    def variances(columns: FloatArray, out: FloatArray) -> None:
        rolling_variance_nb(columns, sessions, least, np.zeros((5, columns.shape[1])), out)

    return _by_columns(values, variances)


def rolling_std(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Standard deviation (ddof 1) over the last ``sessions`` rows; NaN until ``min_periods`` (all) are known."""
    return np.sqrt(np.maximum(rolling_variance(values, sessions, min_periods), 0.0))


def rolling_highest(values: FloatArray, sessions: int) -> FloatArray:
    """Highest of the last ``sessions`` rows, fewer at the start, as :func:`rolling_mean`; NaN where none is known."""

    def highest(columns: FloatArray, out: FloatArray) -> None:
        rolling_highest_nb(columns, sessions, np.empty(len(columns), np.int64), out)

    return _by_columns(values, highest)


def rolling_median(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Median over the last ``sessions`` rows, as :func:`rolling_mean`."""
    least = sessions if min_periods is None else min_periods

    def medians(columns: FloatArray, out: FloatArray) -> None:
        known = np.where(np.isnan(columns), np.inf, columns)  # without NaN NumPy sorts four times as fast
        order, place = np.argsort(known, axis=0), np.empty(len(columns), np.int64)
        rolling_median_nb(columns, order, sessions, least, place, np.empty(len(columns), np.bool_), out)

    return _by_columns(values, medians)


def shifted(values: FloatArray, rows: int) -> FloatArray:
    """Values of ``rows`` rows before; NaN at the start. Of the same shape (T,) or (T, N)."""
    out = np.full(values.shape, np.nan)
    out[rows:] = values[: max(len(values) - rows, 0)]
    return out


def _by_columns(values: FloatArray, write: Callable[[FloatArray, FloatArray], None]) -> FloatArray:
    """What ``write`` makes of each column of (T,) or (T, N) values, in their shape.

    Where there are many it is asked for a few columns at a time, which stay near a core, by every core: each column has
    the same bits whoever makes it, and beside whichever others.
    """
    columns = read_only(np.ascontiguousarray(values, dtype=np.float64).reshape(len(values), -1))
    out = np.empty(columns.shape)
    if columns.size < _WIDE:
        write(columns, out)
        return out.reshape(values.shape)

    def written(first: int) -> None:
        some = read_only(np.ascontiguousarray(columns[:, first : first + _AT_ONCE]))
        made = np.empty(some.shape)
        write(some, made)
        out[:, first : first + _AT_ONCE] = made

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(written, range(0, columns.shape[1], _AT_ONCE)))
    return out.reshape(values.shape)


def read_only(columns: FloatArray) -> FloatArray:
    """A view as kernels take it."""
    view = columns[:]
    view.flags.writeable = False
    return view


def over_own_median(values: FloatArray, recent: int, usual: int = 252) -> FloatArray:
    """Mean of the last ``recent`` rows over the median of the ``usual`` rows that end before them.

    Of the same shape (T,) or (T, N).

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
