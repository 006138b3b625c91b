"""What a shock may wait for: a fall of the portfolio or of an asset, a series above or below a level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError, nearest, shown
from simulator.core.market import MarketData
from simulator.core.names import CASH, quoted
from simulator.core.types import BoolArray, FloatArray
from simulator.core.within import Within

_DRAWDOWN: Final = "drawdown"
_SIDES: Final = ("above", "below")
_FORM: Final = "write drawdown:0.1, drawdown:SPY:0.1, above:VIX:40 or below:DGS10:1"
_FALL: Final = Within(0.0, 1.0, above=True, below=True, text="write 0.1 for a fall of 10%")


class Condition(NamedTuple):
    """What a shock waits for.

    Attributes
    ----------
    what
        ``"drawdown"``, ``"above"`` or ``"below"``.
    name
        Of the asset or the series; empty for the portfolio.
    bound
        Beyond which it holds: a fraction, or in the unit of the series.
    """

    what: str
    name: str
    bound: float

    @property
    def words(self) -> str:
        """What it is, as a clause."""
        if self.what == _DRAWDOWN:
            return f"{self.name or 'the portfolio'} is {100.0 * self.bound:.4g}% below its highest close since then"
        return f"{self.name} is {self.what} {self.bound:g}"


def parse_condition(kind: str, text: str) -> Condition:
    """A condition as a shock states it.

    Raises
    ------
    ParameterError
        If it is none, or its bound is beyond reason.
    """
    what, *rest = (part.strip() for part in text.split(":"))
    name = rest[0] if len(rest) == 2 else ""
    if not rest or len(rest) > 2 or what not in (_DRAWDOWN, *_SIDES) or (what in _SIDES and not name):
        raise ParameterError(f"{kind}: when = {shown(text)}: {_FORM}")
    try:
        bound = float(rest[-1])
    except ValueError:
        bound = np.nan
    if not np.isfinite(bound):
        raise ParameterError(f"{kind}: when = {shown(text)}: {shown(rest[-1])} is no number; {_FORM}")
    if what == _DRAWDOWN:
        _FALL.check(f"{kind}: when: the bound of drawdown", bound)
    return Condition(what, name, bound)


def first_met(condition: Condition, market: MarketData, weights: Mapping[str, float] | None, begin: int) -> int | None:
    """The first session from ``begin`` on at whose close a condition holds; ``None`` if there is none.

    Parameters
    ----------
    condition
        What to wait for.
    market
        What happens.
    weights
        Of the portfolio, as fractions; for a drawdown that names no asset.
    begin
        The first session that is looked at; falls are from the highest close since the one before it.
    """
    holds = _falls(condition, market, weights, begin) if condition.what == _DRAWDOWN else _beyond(condition, market)
    met = np.flatnonzero(holds[begin:])
    return int(begin + met[0]) if met.size else None


def _beyond(condition: Condition, market: MarketData) -> BoolArray:
    """(T,) whether a series, as it is known at each close, is beyond the bound."""
    if condition.name not in market.series:
        raise ParameterError(f"when: no series {quoted(condition.name)}{nearest(condition.name, market.series)}")
    values = market.series[condition.name].on(market.sessions)[0]
    return np.asarray(values > condition.bound if condition.what == "above" else values < condition.bound)


def _falls(condition: Condition, market: MarketData, weights: Mapping[str, float] | None, begin: int) -> BoolArray:
    """(T,) whether what is watched is further below its highest close than the bound; never before ``begin``."""
    since = max(begin - 1, 0)
    growth = _growth(market)[since:] @ _shares(condition, market, weights)
    level = np.cumprod(1.0 + np.concatenate([[0.0], growth[1:]]))
    falls = 1.0 - level / np.maximum.accumulate(level)
    holds = np.zeros(market.sessions.size, bool)
    holds[since:] = falls >= condition.bound
    return holds


def _shares(condition: Condition, market: MarketData, weights: Mapping[str, float] | None) -> FloatArray:
    """(N,) weights of what is watched."""
    if condition.name:
        if condition.name not in market.assets:
            raise ParameterError(f"when: no asset {quoted(condition.name)}{nearest(condition.name, market.assets)}")
        return np.array([float(name == condition.name) for name in market.assets])
    if weights is None:
        raise ParameterError("when: a drawdown of what? Name an asset (drawdown:SPY:0.1), or give weights")
    for name in weights:
        if name not in (*market.assets, CASH):
            raise ParameterError(f"when: weights: no asset {quoted(name)}{nearest(name, market.assets)}")
    return np.array([float(weights.get(name, 0.0)) for name in market.assets])


def _growth(market: MarketData) -> FloatArray:
    """(T, N) simple returns from close to close, dividends included; 0 where a price is missing, and once delisted.

    An asset that is delisted pays what it recovers on its day.
    """
    prices = pd.DataFrame(market.total_return()).ffill()
    growth = np.array(prices.pct_change(fill_method=None).fillna(0.0))
    for name, delisting in market.delistings.items():
        number, gone = market.assets.index(name), int(np.searchsorted(market.sessions, delisting.date))
        growth[gone:, number] = 0.0
        growth[gone : gone + 1, number] = delisting.recovery - 1.0
    return growth
