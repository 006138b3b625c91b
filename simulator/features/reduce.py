"""From values by asset to one column: the mean, median or geometric mean of the assets known that day."""

from __future__ import annotations

import math

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .feature import Reduction
from .reduce_nb import row_squares_nb, row_totals_nb
from .windows import log_positive, read_only


def reduced(values: FloatArray, how: Reduction) -> FloatArray:
    """(T,) reduction of (T, N) values over the assets that have one; NaN where none has.

    A geometric mean leaves out what is not positive: one asset without any movement would make it zero.
    """
    if how == "median":
        return _median(values)
    if how == "mean":
        return row_mean(values)
    return np.exp(row_mean(log_positive(values)))


def row_mean(values: FloatArray) -> FloatArray:
    """(T,) mean of (T, N) values over the assets that have one; NaN where none has."""
    total, count = _totals(values)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def row_sum(values: FloatArray) -> FloatArray:
    """(T,) sum of (T, N) values over the assets that have one; NaN where none has."""
    total, count = _totals(values)
    return np.where(count > 0, total, np.nan)


def row_std(values: FloatArray) -> FloatArray:
    """(T,) standard deviation (ddof 1) of (T, N) values over the assets that have one; NaN where two have not."""
    rows, mean, count = _rows(values), row_mean(values), row_count(values)
    squares = np.empty(len(rows))
    row_squares_nb(rows, read_only(mean.ravel()), squares)
    return np.sqrt(
        np.divide(squares.reshape(count.shape), count - 1, out=np.full(count.shape, np.nan), where=count > 1)
    )


def row_count(values: FloatArray) -> IntArray:
    """(T,) number of the known among (T, N) values."""
    return _totals(values)[1]


def _totals(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """(T,) sums of the known (T, N) values, and how many they are; they run asset after asset, as those of pandas."""
    rows = _rows(values)
    totals, counts = np.empty(len(rows)), np.empty(len(rows), np.int64)
    row_totals_nb(rows, totals, counts)
    return totals.reshape(values.shape[:-1]), counts.reshape(values.shape[:-1])


def _rows(values: FloatArray) -> FloatArray:
    """(rows, N) values as kernels take them."""
    rows = np.ascontiguousarray(values, dtype=np.float64)
    return read_only(rows.reshape(math.prod(values.shape[:-1]), values.shape[-1]))


def _median(values: FloatArray) -> FloatArray:
    """(T,) the middle of what is known, or the mean of the two: NumPy's own takes four times as long."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ranked, known = np.sort(values, axis=-1), (~np.isnan(values)).sum(axis=-1, keepdims=True)  # the unknown come last
    low = np.take_along_axis(ranked, np.maximum(known - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ranked, known // 2, axis=-1)
    middle: FloatArray = ((low + high) / 2.0)[..., 0]
    return middle
