"""From values by asset to one column: the mean, median or geometric mean of the assets known that day.

Assets are the last axis: (T, N) values of one market become (T,), (T, P, N) of several become (T, P).
"""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .feature import Reduction
from .windows import log_positive


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
    away, (_, count) = row_mean(values)[..., None] - values, _totals(values)
    squares, _ = _totals(away * away)
    return np.sqrt(np.divide(squares, count - 1, out=np.full(count.shape, np.nan), where=count > 1))


def _totals(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """(T,) sums of the known (T, N) values, and how many they are; they run asset after asset, as those of pandas."""
    by_asset = np.ascontiguousarray(np.moveaxis(values, -1, 0))
    known = ~np.isnan(by_asset)
    return np.where(known, by_asset, 0.0).sum(axis=0), known.sum(axis=0)


def _median(values: FloatArray) -> FloatArray:
    """(T,) the middle of what is known, or the mean of the two: NumPy's own takes four times as long."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ranked, known = np.sort(values, axis=-1), (~np.isnan(values)).sum(axis=-1, keepdims=True)  # the unknown come last
    low = np.take_along_axis(ranked, np.maximum(known - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ranked, known // 2, axis=-1)
    middle: FloatArray = ((low + high) / 2.0)[..., 0]
    return middle
