"""Altering what must not matter: history cut off, another future, assets in another order or under other names.

What is known at the close of session t must be the same to the bit on :func:`truncate` and :func:`poison_after` of
a market as on the market itself. :func:`cuts` names the sessions on which a look ahead shows soonest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.core.market import Delisting, MarketData
from simulator.core.series import ExogenousSeries
from simulator.core.types import BoolArray, FloatArray

_PRICES = ("open", "high", "low", "close")
_SCALED = (*_PRICES, "volume", "depth", "adjustment", "half_spread", "spread_scale", "dividends")
_PANELS = (*_SCALED, "splits", "halted")


def truncate(market: MarketData, t: int) -> MarketData:
    """What was known of a market at the close of session ``t``: its sessions 0 to t, and nothing announced later."""
    cut = market.between(0, t + 1)
    known = {name: delisting for name, delisting in market.delistings.items() if delisting.date <= market.sessions[t]}
    return replace(cut, delistings=known)


def poison_after(market: MarketData, t: int, rng: np.random.Generator, *, keep_next_open: bool = False) -> MarketData:
    """The same market up to the close of session ``t``, and another one after it.

    Prices, volumes, spreads, adjustments, splits, dividends, halts, delistings, cash rates and the values of
    exogenous series that are published after that close all change; some go missing. The market stays valid (prices
    positive, highs highest) and keeps its sessions, assets and fields.

    Parameters
    ----------
    market
        The market.
    t
        Last session that stays as it is.
    rng
        Draws the other future.
    keep_next_open
        Keep the open of session t + 1 too: for what is done at an open, knowing no more than that open.
    """
    later = np.arange(market.sessions.size) > t
    after = later[:, None]
    changed: dict[str, Any] = {}
    level, lost = np.exp(rng.normal(0.0, 0.4, market.shape)), rng.random(market.shape) < 0.1
    for name in _SCALED:
        panel = getattr(market, name)
        if panel is None:
            continue
        factor = level if name in _PRICES else np.exp(rng.normal(0.0, 0.8, market.shape))
        other = panel * factor
        if name in _PRICES:
            other[lost] = np.nan
        elif name == "volume":
            other[rng.random(market.shape) < 0.1] = 0.0
        elif name == "dividends":
            other = np.where(rng.random(market.shape) < 0.02, 0.01 * market.close, other)
        changed[name] = np.where(after, other, panel)
    if market.splits is not None:
        changed["splits"] = np.where(after, np.where(rng.random(market.shape) < 0.01, 2.0, 1.0), market.splits)
    if market.halted is not None:
        changed["halted"] = np.where(after, rng.random(market.shape) < 0.1, market.halted)
    if isinstance(market.assumed_adv, np.ndarray):
        changed["assumed_adv"] = np.where(after, market.assumed_adv * level, market.assumed_adv)
    if keep_next_open and market.open is not None and t + 1 < market.sessions.size:
        _with_open(changed, market.open, t + 1)
    return replace(
        market,
        **changed,
        cash_rate=np.where(later, market.cash_rate + np.abs(rng.normal(0.0, 0.1, later.size)), market.cash_rate),
        delistings=_other_delistings(market, t, rng),
        series={name: _other_series(series, market.sessions[t], rng) for name, series in market.series.items()},
    )


def _with_open(changed: dict[str, Any], given: FloatArray, row: int) -> None:
    """Put the true open of one session back, and widen that day's range to hold it."""
    changed["open"][row] = given[row]
    if "high" in changed:
        changed["high"][row] = np.fmax(changed["high"][row], given[row])
    if "low" in changed:
        changed["low"][row] = np.fmin(changed["low"][row], given[row])


def _other_delistings(market: MarketData, t: int, rng: np.random.Generator) -> dict[str, Delisting]:
    """Those known by session t, and others later."""
    today = market.sessions[t]
    kept = {name: delisting for name, delisting in market.delistings.items() if delisting.date <= today}
    coming = market.sessions[t + 1 :]
    for name in market.assets:
        if name not in kept and coming.size and rng.random() < 0.3:
            kept[name] = Delisting(rng.choice(coming), float(rng.random()))
    return kept


def _other_series(series: ExogenousSeries, today: np.datetime64, rng: np.random.Generator) -> ExogenousSeries:
    """Other values wherever they are published after ``today``."""
    noise = np.exp(rng.normal(0.0, 0.5, series.values.size)) + 0.01
    noise[rng.random(series.values.size) < 0.1] = np.nan
    return series.with_values(np.where(series.known_at > today, series.values * noise, series.values))


def cuts(market: MarketData, count: int, rng: np.random.Generator, first: int = 1) -> tuple[int, ...]:
    """``count`` sessions (fewer in a short market) after which to change the future, ascending.

    One of each kind on which a look ahead shows soonest: the last session of a year and of a month, a session in a
    gap of prices, the one before an asset's first price and before a delisting, one on which a series has a value
    not yet published; then random ones. They lie from session ``first`` on, but for kinds found only before it.
    """
    last = market.sessions.size - 2
    chosen: list[int] = []
    for kind in _telling(market):
        within = kind[(kind >= 1) & (kind <= last) & ~np.isin(kind, chosen)]
        within = within[within >= first] if (within >= first).any() else within
        if within.size and len(chosen) < count:
            chosen.append(int(rng.choice(within)))
    rest = np.setdiff1d(np.arange(first, last + 1), chosen)
    more = min(max(count - len(chosen), 0), rest.size)
    return tuple(sorted([*chosen, *map(int, rng.choice(rest, more, replace=False))]))


def _telling(market: MarketData) -> list[npt.NDArray[np.intp]]:
    """Sessions of each kind that :func:`cuts` draws from."""
    days = pd.DatetimeIndex(market.sessions)
    born = np.isfinite(market.close).argmax(axis=0)
    gap = market.alive & ~np.isfinite(market.close)
    waiting = np.zeros(days.size, bool)
    for series in market.series.values():
        have = np.searchsorted(series.dates, market.sessions, side="right")
        known = np.searchsorted(series.known_at, market.sessions, side="right")
        waiting |= have > known
    return [
        _ends(days, "Y"),
        np.flatnonzero(gap.any(axis=1)),
        np.flatnonzero(np.isin(np.arange(days.size), born[born > 0] - 1)),
        market.gone_from[market.gone_from < days.size] - 1,
        np.flatnonzero(waiting),
        _ends(days, "M"),
    ]


def _ends(days: pd.DatetimeIndex, period: str) -> npt.NDArray[np.intp]:
    """Last sessions of years or months."""
    periods = days.to_period(period)
    return np.flatnonzero(np.asarray(periods[1:] != periods[:-1]))


def reordered(market: MarketData, order: npt.NDArray[np.intp]) -> MarketData:
    """The market with its assets in another order. ``order`` is (N,), the column that each comes from."""
    columns: dict[str, Any] = {
        name: None if getattr(market, name) is None else getattr(market, name)[:, order] for name in _PANELS
    }
    if isinstance(market.assumed_adv, np.ndarray):
        columns["assumed_adv"] = market.assumed_adv[:, order]
    return replace(
        market,
        **columns,
        assets=tuple(market.assets[i] for i in order),
        instruments=tuple(market.instruments[i] for i in order),
    )


def renamed(market: MarketData, names: tuple[str, ...]) -> MarketData:
    """The market with other names for its assets."""
    new = dict(zip(market.assets, names, strict=True))
    gone = {new[name]: delisting for name, delisting in market.delistings.items()}
    return replace(market, assets=names, delistings=gone)


def same(one: Any, other: Any) -> bool:
    """Whether two arrays are the same to the bit, NaN equal to NaN."""
    a, b = np.asarray(one), np.asarray(other)
    floats = a.dtype.kind == "f" and b.dtype.kind == "f"
    return bool(np.array_equal(a, b, equal_nan=floats))


def differing(one: FloatArray, other: FloatArray) -> BoolArray:
    """Where two arrays of a shape differ, NaN equal to NaN."""
    return np.asarray(~((one == other) | (np.isnan(one) & np.isnan(other))))
