"""The last known value carried over gaps."""

from __future__ import annotations

import numpy as np

from .types import FloatArray


def carried(values: FloatArray) -> FloatArray:
    """(T, N) or (T,) values, each gap (NaN) filled with the last value before it; NaN before the first.

    The values themselves where nothing is missing after the first.
    """
    gap = np.isnan(values)
    if not (gap[1:] & ~gap[:-1]).any():
        return values
    rows = np.arange(len(values)).reshape(-1, *(1,) * (values.ndim - 1))
    return np.take_along_axis(values, np.maximum.accumulate(np.where(gap, 0, rows), axis=0), axis=0)
