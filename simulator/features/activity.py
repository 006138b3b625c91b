"""How much trades: daily notional and its forecast."""

from __future__ import annotations

import numpy as np

from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .windows import rolling_mean


def daily_notional(market: MarketData) -> FloatArray | None:
    """(T, N) currency traded each day, 0 where nothing was; ``None`` if the market has no volume and assumes none."""
    if market.notional is None:
        return None
    return np.nan_to_num(market.notional)


def tradable_notional(market: MarketData) -> FloatArray | None:
    """(T, N) currency one could trade into each day, depth included; as :func:`daily_notional` where depth is 1."""
    notional = market.tradable_notional
    return notional if notional is None or np.isfinite(notional).all() else np.nan_to_num(notional)


def forecast_adv(market: MarketData, lookback: int = 21) -> FloatArray | None:
    """(T, N) mean daily notional over the last ``lookback`` sessions (fewer at the start), up to session t.

    Of what one could trade into: the market's depth is in it.
    """
    notional = tradable_notional(market)
    if notional is None:
        return None
    return rolling_mean(notional, lookback, 1)
