"""Amihud's price impact of trading, and the version of it that can be compared over decades."""

from __future__ import annotations

import numpy as np

from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .reduce import reduced
from .volatility import log_returns
from .windows import over_positive, rolling_mean, rolling_median, shifted


def amihud(market: MarketData) -> FloatArray | None:
    """(T, N) |log return| per unit of currency traded; NaN on days without trading, ``None`` without volumes.

    Source: Amihud (2002), Journal of Financial Markets 5(1), equation 1, for one day.
    """
    if market.volume is None:
        return None
    notional = market.notional
    assert notional is not None  # volumes are known
    return impact(log_returns(market.total_return()), notional)


def impact(returns: FloatArray, notional: FloatArray) -> FloatArray:
    """|log return| per unit of currency traded, element by element; NaN on days without trading."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(returns) / notional
    return np.where(np.isfinite(ratio), ratio, np.nan)


def relative_amihud(market: MarketData, mean: int = 5, median: int = 252) -> FloatArray | None:
    """(T, N) Amihud over the last ``mean`` days relative to its own trailing median, which ends before them.

    Raw Amihud falls for decades as volume grows and never again exceeds its own past; this does not trend.
    """
    raw = amihud(market)
    return None if raw is None else over_usual_impact(raw, mean, median)


def over_usual_impact(raw: FloatArray, mean: int = 5, median: int = 252) -> FloatArray:
    """:func:`relative_amihud` of daily ratios: (T, N), or (T, P, N) those of several markets."""
    usual = shifted(rolling_median(raw, median, median // 2), mean)
    return over_positive(rolling_mean(raw, mean, mean - 1), usual)


def risky_assets(market: MarketData) -> list[int]:
    """Columns of the assets that are not level-1 liquid; all of them if every asset is.

    They are those of the (T, N) panels.
    """
    risky = [i for i, instrument in enumerate(market.instruments) if instrument.level != "1"]
    return risky or list(range(len(market.instruments)))


def market_illiquidity(market: MarketData, relative: FloatArray | None = None) -> FloatArray | None:
    """(T,) geometric mean of :func:`relative_amihud` over the risky assets known that day.

    ``relative`` spares computing it anew where it is at hand.
    """
    by_asset = relative_amihud(market) if relative is None else relative
    return None if by_asset is None else reduced(by_asset[:, risky_assets(market)], "geometric mean")
