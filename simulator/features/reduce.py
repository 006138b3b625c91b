"""From values by asset to one column: the mean, median or geometric mean of the assets known that day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray

from .feature import Reduction


def reduced(values: FloatArray, how: Reduction) -> FloatArray:
    """(T,) reduction of (T, N) values over the assets that have one; NaN where none has.

    A geometric mean leaves out what is not positive: one asset without any movement would make it zero.
    """
    frame = pd.DataFrame(values)
    if how == "median":
        return frame.median(axis=1).to_numpy(np.float64)
    if how == "mean":
        return frame.mean(axis=1).to_numpy(np.float64)
    logs = pd.DataFrame(np.log(np.where(values > 0.0, values, np.nan)))
    return np.exp(logs.mean(axis=1)).to_numpy(np.float64)
