"""Instruments made of others: protection against credit spreads, and an inverse that is reset daily.

Both are marked at the close alone, start at 100, and carry in their price all that holding them costs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from simulator.core.errors import DataError
from simulator.core.instruments import Instrument
from simulator.core.market import MarketData
from simulator.core.series import ExogenousSeries
from simulator.core.types import DateArray, FloatArray

#: What a unit costs on the first day.
_FIRST: Final = 100.0
#: Panels of prices that an instrument marked at the close alone has none in.
_UNKNOWN: Final = ("open", "high", "low")
#: What it has in others.
_PLAIN: Final = {"adjustment": 1.0, "depth": 1.0, "spread_scale": 1.0, "dividends": 0.0, "splits": 1.0}


def spread_on(series: ExogenousSeries, sessions: DateArray) -> FloatArray:
    """(T,) the spread of each session, a fraction, from a series in percent: the last one of that day or before.

    A price is of the day it is quoted on: whoever trades sees the market, not the statistic published a day later. NaN
    before the first.
    """
    known = ~np.isnan(series.values)
    dates, values = series.dates[known], series.values[known]
    last = np.searchsorted(dates, sessions, side="right") - 1
    return (
        np.where(last >= 0, values[np.maximum(last, 0)] / 100.0, np.nan)
        if values.size
        else np.full(len(sessions), np.nan)
    )


def protection_prices(
    spread: FloatArray, cash_rate: FloatArray, sessions: DateArray, *, dv01: float, fee: float = 0.0
) -> FloatArray:
    """(T,) prices of bought protection on collateral, kept at the same duration: a credit hedge.

    Parameters
    ----------
    spread
        (T,) credit spread, a fraction; NaN before the first.
    cash_rate
        (T,) annual rate the collateral earns from this close to the next; NaN counts as nothing.
    sessions
        (T,).
    dv01
        What one basis point of spread is worth, in basis points of the hedge's value: its spread duration in years.
    fee
        Annual, for rolls and management.

    Returns
    -------
    ndarray
        (T,) NaN before the first spread. A day's return is ``dv01`` times the change of the spread, less the spread
        itself and the fee, plus the collateral's interest, ACT/360. Defaults that it would pay for, and convexity, are
        left out.

    Raises
    ------
    DataError
        If spreads fall so far in a day that nothing is left.
    """
    years = _years(sessions)
    carry = np.nan_to_num(cash_rate[:-1]) - spread[:-1] - fee
    return _grown(dv01 * np.diff(spread) + carry * years, sessions, "spreads fall")


def inverse_prices(
    close: FloatArray,
    cash_rate: FloatArray,
    sessions: DateArray,
    *,
    times: float = 1.0,
    fee: float = 0.0095,
    borrow: float = 0.0,
    reset_bps: float = 2.0,
) -> FloatArray:
    """(T,) prices of a fund that is short an asset ``times`` its value, and brought back to that at every close.

    Parameters
    ----------
    close
        (T,) total-return prices of the asset, carried over gaps; NaN before its first.
    cash_rate
        (T,) annual rate from this close to the next, earned on the fund's value and on what the short sale brings.
    sessions
        (T,).
    times
        1 for the plain inverse, 2 for twice.
    fee, borrow
        Annual: of the fund's value, and of the short position for borrowing the asset.
    reset_bps
        Half-spread of the asset that each day's reset pays: after a return r it trades ``times (times + 1) |r|`` of its
        value.

    Returns
    -------
    ndarray
        (T,) NaN before the asset's first price.

    Raises
    ------
    DataError
        If the asset rises so far in a day that nothing is left.

    Notes
    -----
    Cheng & Madhavan (2009), The Dynamics of Leveraged and Inverse Exchange-Traded Funds, section 2.
    """
    years, moved = _years(sessions), close[1:] / close[:-1] - 1.0
    interest = (1.0 + times) * np.nan_to_num(cash_rate[:-1])
    reset = times * (times + 1.0) * np.abs(moved) * reset_bps / 1e4
    return _grown(-times * moved + (interest - fee - times * borrow) * years - reset, sessions, "the asset rises")


def with_made(market: MarketData, name: str, close: FloatArray, adv: float, instrument: Instrument) -> MarketData:
    """The market with one asset more, last of all.

    Parameters
    ----------
    market, name
        To what, and what it is called.
    close
        (T,) prices; NaN where there is none.
    adv
        Currency that can be traded a day.
    instrument
        Its standing facts.
    """
    if name in market.assets:
        raise DataError(f"{name} is an asset of this market already; give what is made another name")
    panels = {key: np.full(len(close), np.nan) for key in _UNKNOWN}
    panels |= {key: np.full(len(close), value) for key, value in _PLAIN.items()}
    panels |= {"close": close, "volume": adv / close}
    changes: dict[str, Any] = {
        key: np.column_stack([panel, column])
        for key, column in panels.items()
        if (panel := getattr(market, key)) is not None
    }
    if market.half_spread is not None:  # quoted for the others; the cost model states one for this
        changes["half_spread"] = np.column_stack([market.half_spread, np.full(len(close), np.nan)])
    if market.halted is not None:
        changes["halted"] = np.column_stack([market.halted, np.zeros(len(close), bool)])
    if isinstance(market.assumed_adv, np.ndarray):
        changes["assumed_adv"] = np.column_stack([market.assumed_adv, np.full(len(close), adv)])
    elif market.assumed_adv is not None:
        known = np.full((len(close), len(market.assets)), float(market.assumed_adv))
        changes["assumed_adv"] = np.column_stack([known, np.full(len(close), adv)])
    return replace(market, assets=(*market.assets, name), instruments=(*market.instruments, instrument), **changes)


def _years(sessions: DateArray) -> FloatArray:
    """(T - 1,) from each session to the next, ACT/360."""
    days: FloatArray = np.diff(sessions.astype(np.int64)).astype(np.float64)
    return days / 360.0


def _grown(returns: FloatArray, sessions: DateArray, why: str) -> FloatArray:
    """(T,) prices that returns (T - 1,) lead to, NaN before the first that is known."""
    prices = np.full(len(sessions), np.nan)
    known = np.flatnonzero(~np.isnan(returns))
    if not known.size:
        return prices
    first = int(known[0])
    gone = first + np.flatnonzero(returns[first:] <= -1.0)
    if gone.size:
        raise DataError(f"{why} so far on {sessions[gone[0] + 1]} that nothing is left of the hedge; make it smaller")
    prices[first:] = _FIRST * np.cumprod(np.append(1.0, 1.0 + np.nan_to_num(returns[first:])))
    return prices
