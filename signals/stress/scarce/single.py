"""A market of one asset, with the series all share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from simulator.core.market import MarketData

_BY_ASSET: Final = (
    *("open", "high", "low", "close", "volume", "depth", "adjustment", "half_spread", "spread_scale"),
    *("dividends", "splits", "halted"),
)


def single(market: MarketData, asset: str) -> MarketData:
    """The market with ``asset`` alone: its prices and volumes, every session, every exogenous series.

    Raises
    ------
    DataError
        If there is no such asset.
    """
    k = market.index_of(asset)
    cut: dict[str, Any] = {
        name: None if getattr(market, name) is None else getattr(market, name)[:, [k]] for name in _BY_ASSET
    }
    if isinstance(market.assumed_adv, np.ndarray):
        cut["assumed_adv"] = market.assumed_adv[:, [k]]
    gone = {name: delisting for name, delisting in market.delistings.items() if name == asset}
    return replace(market, assets=(asset,), instruments=(market.instruments[k],), delistings=gone, **cut)
