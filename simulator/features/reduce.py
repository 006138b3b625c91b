"""From values by asset to one column: the mean, median or geometric mean of the assets known that day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray

from .feature import Reduction
from .windows import log_positive


def reduced(values: FloatArray, how: Reduction) -> FloatArray:
    """(T,) reduction of (T, N) values over the assets that have one; NaN where none has.

    A geometric mean leaves out what is not positive: one asset without any movement would make it zero.
    """
    if how == "median":
        return pd.DataFrame(values).median(axis=1).to_numpy(np.float64)
    if how == "mean":
        return row_mean(values)
    return np.exp(row_mean(log_positive(values)))


def row_mean(values: FloatArray) -> FloatArray:
    """(T,) mean of (T, N) values over the assets that have one; NaN where none has."""
    by_asset = np.ascontiguousarray(values.T)  # sums run asset after asset, as those of pandas do
    known = ~np.isnan(by_asset)
    count = known.sum(axis=0)
    total: FloatArray = np.where(known, by_asset, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(count.size, np.nan), where=count > 0)
