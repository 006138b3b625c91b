"""The volatility of a book of fixed weights, which several signals measure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.core import abi
from simulator.core.carry import carried
from simulator.core.errors import ParameterError
from simulator.core.names import CASH
from simulator.core.protocols import FeatureSource
from simulator.core.rhythm_nb import rhythm_so_far
from simulator.core.types import BoolArray, FloatArray
from simulator.features import Workspace, realised_volatility, rolling_mean, row_mean, row_sum


def book_volatility(
    features: FeatureSource, lookback: int, weights: Mapping[str, float] | None, who: str
) -> FloatArray:
    """(T,) annualised standard deviation of a book's last ``lookback`` returns; NaN until all are there.

    Sessions on which nothing in the book has a price are none of it: the last value holds. What makes a year is the
    market's stated number of sessions, or what the spacing of the book's own sessions so far shows.

    Parameters
    ----------
    features
        The market.
    lookback
        Sessions on which the book trades.
    weights
        Fixed weights of the book, CASH allowed; ``None`` for equal weights.
    who
        The signal that asks, for the error.

    Raises
    ------
    ParameterError
        For an asset that the market does not have.
    """
    returns = _book(features, weights, who)
    open_ = _trades(features, weights)
    sessions, stated = features.sessions[open_], features.market.sessions_per_year
    a_year = rhythm_so_far(sessions) if stated is None else np.full(sessions.size, stated)
    volatility = np.full(returns.size, np.nan)
    volatility[open_] = realised_volatility(returns[open_], lookback) * np.sqrt(a_year)
    return volatility if open_.all() else carried(volatility)


def mean_of_a_year(features: FeatureSource, values: FloatArray) -> FloatArray:
    """(T,) mean of the values of the last year of sessions, as their spacing so far shows; NaN until all are there."""
    market = features.market
    stated = market.sessions_per_year
    year = rhythm_so_far(features.sessions) if stated is None else np.full(values.size, stated)
    means = np.full(values.size, np.nan)
    for length in np.unique(np.maximum(np.rint(year), 1.0).astype(np.int64)).tolist():
        rolled = rolling_mean(values, length)
        own = np.rint(year) == length
        means[own] = rolled[own]
    return means


def _trades(features: FeatureSource, weights: Mapping[str, float] | None) -> BoolArray:
    """(T,) sessions on which something in the book has a price, or none of it is listed yet."""
    market = features.market
    if market.priced.all():
        return np.ones(market.sessions.size, np.bool_)
    held = [name in weights for name in market.assets] if weights is not None else slice(None)
    quoted = market.quoted[:, held]
    priced = np.asarray((quoted == abi.QUOTED).any(axis=1))
    return priced if priced.all() else priced | ~(quoted == abi.CLOSED).any(axis=1)


def _book(features: FeatureSource, weights: Mapping[str, float] | None, who: str) -> FloatArray:
    returns, assets = Workspace(features).simple_returns, features.market.assets
    if weights is None:
        return row_mean(returns)
    held = {name: weight for name, weight in weights.items() if name != CASH}
    unknown = [name for name in held if name not in assets]
    if unknown:
        raise ParameterError(f"{who}: no asset {unknown[0]!r} in this market")
    columns = [assets.index(name) for name in held]
    return row_sum(returns[:, columns] * np.array(list(held.values()), np.float64))
