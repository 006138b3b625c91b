"""Rolling statistics of single columns and of assets side by side; each row uses its own window and nothing else.

All of them give the same bits for a day whatever follows it, also when what follows is missing: no Fourier
transform, and no matrix product over all sessions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.indexers import BaseIndexer

from simulator.core.types import FloatArray, IntArray


class Trailing(BaseIndexer):
    """The last ``window_size`` rows, as pandas' own: which finds them anew for every column, a tenth of its time."""

    def get_window_bounds(
        self,
        num_values: int = 0,
        min_periods: int | None = None,  # noqa: ARG002
        center: bool | None = None,  # noqa: ARG002
        closed: str | None = None,  # noqa: ARG002
        step: int | None = None,  # noqa: ARG002
    ) -> tuple[Any, Any]:
        """(T,) first row of each window, and the row after its last."""
        return _bounds(self.window_size, num_values)  # type: ignore[attr-defined]


@lru_cache(maxsize=64)
def _bounds(sessions: int, rows: int) -> tuple[IntArray, IntArray]:
    stops = np.arange(1, rows + 1, dtype=np.int64)
    return np.maximum(stops - sessions, 0), stops


def trailing(frame: pd.DataFrame, sessions: int, least: int) -> Any:
    """Rolling windows of pandas over the last ``sessions`` rows, of which ``least`` must be known."""
    return frame.rolling(Trailing(window_size=sessions), min_periods=least)


def rolling_mean(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Mean over the last ``sessions`` rows, of (T,) or (T, N) values; NaN until ``min_periods`` (all) are known."""
    frame = pd.DataFrame(values.reshape(len(values), -1))
    least = sessions if min_periods is None else min_periods
    return trailing(frame, sessions, least).mean().to_numpy(np.float64).reshape(values.shape)


def rolling_std(values: FloatArray, sessions: int, min_periods: int | None = None) -> FloatArray:
    """Standard deviation (ddof 1) over the last ``sessions`` rows; NaN until ``min_periods`` (all) are known."""
    frame = pd.DataFrame(values.reshape(len(values), -1))
    least = sessions if min_periods is None else min_periods
    return trailing(frame, sessions, least).std().to_numpy(np.float64).reshape(values.shape)


def over_own_median(values: FloatArray, recent: int, usual: int = 252) -> FloatArray:
    """Mean of the last ``recent`` rows over the median of the ``usual`` rows that end before them.

    NaN until half of the ``usual`` rows are known, and where their median is not positive.
    """
    frame = pd.DataFrame(values.reshape(len(values), -1))
    mean = trailing(frame, recent, recent // 2 + 1).mean()
    median = trailing(frame, usual, usual // 2).median().shift(recent)
    return (mean / median.where(median > 0.0)).to_numpy(np.float64).reshape(values.shape)


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
