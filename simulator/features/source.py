"""The view of a market that signals compute from."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from simulator.core.carry import carried
from simulator.core.errors import PluginError
from simulator.core.market import MarketData
from simulator.core.types import DateArray, FloatArray


class Features:
    """The observed market and its published series, as causal frames.

    Everything is aligned to the market's sessions, and row t holds only what was known at the close of t. A
    signal may also read ``market`` itself; the look-ahead checks replay it on truncated and altered futures.
    """

    def __init__(self, market: MarketData) -> None:
        self.market = market

    @property
    def sessions(self) -> DateArray:
        """(T,) sessions."""
        return self.market.sessions

    @cached_property
    def _index(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.market.sessions)

    @cached_property
    def _carried(self) -> FloatArray:
        return carried(self.market.total_return())

    @cached_property
    def _prices(self) -> pd.DataFrame:
        return self._frame(self._carried)

    def _frame(self, values: FloatArray) -> pd.DataFrame:
        return pd.DataFrame(values, self._index, list(self.market.assets))

    def prices(self) -> pd.DataFrame:
        """Total-return closes by session and asset; a gap carries the last one, an asset not yet born is NaN."""
        return self._prices

    @cached_property
    def simple_returns(self) -> FloatArray:
        """(T, N) :meth:`returns` as an array."""
        return simple_returns(self._carried)

    @cached_property
    def _returns(self) -> pd.DataFrame:
        return self._frame(self.simple_returns)

    def returns(self) -> pd.DataFrame:
        """Simple returns by session and asset; NaN on an asset's first session and before."""
        return self._returns

    def series(self, name: str, max_age_days: int | None = None) -> pd.Series:
        """The last published value of an exogenous series on each session.

        NaN before its first publication, and while its last value is older than ``max_age_days`` (by default the
        series' own age limit).
        """
        if name not in self.market.series:
            there = ", ".join(self.market.series) or "none"
            raise PluginError(f"no exogenous series {name!r} in this market; there are: {there}")
        values, _ = self.market.series[name].on(self.market.sessions, max_age_days)
        return pd.Series(values, index=self._index, name=name)

    def known_at(self, names: tuple[str, ...] = ()) -> DateArray:
        """(T,) the latest publication date among the named series and that session's own close."""
        latest = self.market.sessions.copy()
        for name in names:
            _, published = self.market.series[name].on(self.market.sessions)
            latest = np.where(np.isnat(published), latest, np.maximum(latest, published))
        return latest


def simple_returns(prices: FloatArray) -> FloatArray:
    """Each row of carried prices over the one before, minus 1; NaN in the first, and up to an asset's first price."""
    returns = np.full(prices.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        returns[1:] = prices[1:] / prices[:-1] - 1.0
    return returns
