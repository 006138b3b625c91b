"""A market in the form the kernel takes, computed once for each market and reused by every policy."""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from simulator.core.abi import CostPanels, LiquidityPanels, MarketArrays
from simulator.core.errors import DataError
from simulator.core.execution import Execution
from simulator.core.market import MarketData
from simulator.core.protocols import Estimates
from simulator.core.types import FloatArray, frozen
from simulator.features import daily_notional, day_volatility, forecast_adv, forecast_sigma

_DAYS_A_YEAR = 360.0  # ACT/360


class Derived(NamedTuple):
    """What follows from a market alone."""

    mark: FloatArray  # (T, N)
    accrual: FloatArray  # (T,)
    estimates: Estimates


_DERIVED: WeakKeyDictionary[MarketData, Derived] = WeakKeyDictionary()


def derive(market: MarketData) -> Derived:
    """Marks, interest and cost estimates of a market."""
    if market not in _DERIVED:
        carried = pd.DataFrame(market.close).ffill().to_numpy()
        _DERIVED[market] = Derived(frozen(np.nan_to_num(carried)), frozen(_accrual(market)), _estimates(market))
    return _DERIVED[market]


def _accrual(market: MarketData) -> FloatArray:
    """(T,) what a unit of cash earns from the previous close to this session: the rate known then, ACT/360."""
    days = np.diff(market.sessions).astype(np.float64)
    return np.concatenate([[0.0], market.cash_rate[:-1] * days / _DAYS_A_YEAR])


def _estimates(market: MarketData) -> Estimates:
    sigma = forecast_sigma(market)
    return Estimates(
        adv=forecast_adv(market),
        sigma=frozen(sigma),
        volume=daily_notional(market),
        sigma_day=frozen(day_volatility(market, sigma)),
    )


def market_arrays(market: MarketData, execution: Execution, start: int, stop: int) -> MarketArrays:
    """Marks, fill prices and tradability of sessions ``start`` to ``stop``."""
    derived = derive(market)
    price = market.close if execution.fill == "close" else market.open
    if price is None:
        raise DataError("fill = 'open' needs open prices and this market has none; give open= or fill at the close")
    tradable = market.tradable
    if execution.fill == "open":
        tradable = frozen(tradable & np.isfinite(price), np.bool_)
    accrual = derived.accrual[start:stop].copy()
    accrual[:1] = 0.0  # the initial cash arrives on the first session
    return MarketArrays(
        mark=derived.mark[start:stop],
        fill_price=frozen(price)[start:stop],
        tradable=tradable[start:stop],
        accrual=frozen(accrual),
    )


def sliced(panels: CostPanels, start: int, stop: int) -> CostPanels:
    """Cost panels of some sessions; panels of a single row hold for all."""

    def rows(panel: FloatArray) -> FloatArray:
        return panel if len(panel) == 1 else panel[start:stop]

    return panels._replace(
        planned_spread=rows(panels.planned_spread),
        planned_volume=rows(panels.planned_volume),
        planned_sigma=rows(panels.planned_sigma),
        spread=rows(panels.spread),
        volume=rows(panels.volume),
        sigma=rows(panels.sigma),
    )


def sliced_liquidity(panels: LiquidityPanels, start: int, stop: int) -> LiquidityPanels:
    """Liquidity panels of some sessions."""
    return LiquidityPanels(*(panel[start:stop] if len(panel) else panel for panel in panels))
