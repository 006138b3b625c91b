"""Daily bars of many shares, whole over one stretch of sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.types import DateArray, FloatArray


@dataclass(frozen=True, eq=False)
class ShareBars:
    """What is known of N shares over T sessions.

    Attributes
    ----------
    sessions
        (T,) days, ascending.
    tickers
        N names.
    sectors
        (N,) sector of each, a text; ``"unknown"`` where the data name none.
    prices
        (T, N) adjusted closes.
    traded
        (T, N) dollar volume: raw close times shares traded.
    volume
        (T, N) shares traded.
    """

    sessions: DateArray
    tickers: tuple[str, ...]
    sectors: np.ndarray[tuple[int], np.dtype[np.str_]]
    prices: FloatArray
    traded: FloatArray
    volume: FloatArray

    @property
    def returns(self) -> FloatArray:
        """(T, N) simple returns; NaN on the first session."""
        returns = np.full_like(self.prices, np.nan)
        returns[1:] = self.prices[1:] / self.prices[:-1] - 1.0
        return returns

    def rows(self, first: np.datetime64, last: np.datetime64) -> slice:
        """The sessions from one day to another, both included."""
        return slice(*np.searchsorted(self.sessions, [first, last + np.timedelta64(1, "D")]).tolist())
