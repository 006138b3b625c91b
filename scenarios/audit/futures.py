"""Other futures: a market that ends, one that goes wild, one of which only the next open is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from scenarios.shocks import World
from simulator.core.market import MarketData
from simulator.core.series import ExogenousSeries
from simulator.core.types import BoolArray, FloatArray

_MAX_HALF_SPREAD = 0.2
#: Standard deviation of the log factors on later prices, drawn anew each session: in the month after the cut prices
#: rise and fall by half and more; later they are calmer, or a book rebalanced daily would grow beyond any number.
_WILD, _CALM, _WILD_SESSIONS = 0.7, 0.05, 21


def truncated(world: World, t: int) -> World:
    """The world as it stood at the close of session t: no later session, publication or delisting."""
    market = _ended(world.market, t)
    return World(market, market if world.observed is world.market else _ended(world.observed, t))


def _ended(market: MarketData, t: int) -> MarketData:
    last = market.sessions[t]
    known = {name: delisting for name, delisting in market.delistings.items() if delisting.date <= last}
    return replace(market.between(0, t + 1), delistings=known)


def wild(market: MarketData, t: int, rng: np.random.Generator, *, opened: bool = False) -> MarketData:
    """The same up to the close of session t; everything later replaced by other, valid values.

    Prices, volumes, spreads, rates, corporate actions and every value of a series not yet published change; the
    trading calendar and the pattern of missing prices stay (a truncated replay takes them away).

    Parameters
    ----------
    opened
        Keep what is known at the open of session t + 1: its opening prices, quoted spreads, halts, splits and
        dividends.
    """
    rows = np.arange(market.sessions.size)[:, None]
    later, before_open = rows > t, rows > t + int(opened)
    draw = _Draw(rng, market.shape)
    wave = np.where(rows <= t + _WILD_SESSIONS, draw.factor(_WILD), draw.factor(_CALM) * draw.level(_WILD))
    close = np.where(later, market.close * wave, market.close)
    open_ = _put(market.open, before_open, lambda panel: panel * wave * draw.factor(0.05))
    high = _put(market.high, later, lambda panel: panel * wave)
    low = _put(market.low, later, lambda panel: panel * wave)
    bodies = [panel for panel in (open_, close) if panel is not None]
    delistings = {
        name: delisting for name, delisting in market.delistings.items() if delisting.date <= market.sessions[t]
    }
    changes: dict[str, Any] = {
        "close": close,
        "open": open_,
        "high": None if high is None else _put(high, later, lambda panel: np.fmax.reduce([panel, *bodies])),
        "low": None if low is None else _put(low, later, lambda panel: np.fmin.reduce([panel, *bodies])),
        "volume": _put(market.volume, later, lambda panel: panel * draw.factor(1.5)),
        "depth": _put(market.depth, later, lambda panel: panel * draw.factor(1.0)),
        "adjustment": _put(market.adjustment, before_open, lambda panel: panel * draw.factor(0.2)),
        "half_spread": _put(
            market.half_spread, before_open, lambda panel: np.minimum(panel * draw.factor(1.0), _MAX_HALF_SPREAD)
        ),
        "spread_scale": _put(market.spread_scale, before_open, lambda panel: panel * draw.factor(0.5)),
        "dividends": _put(market.dividends, before_open, lambda panel: panel * draw.factor(1.0)),
        "splits": _put(market.splits, before_open, lambda panel: np.where(draw.chance(0.01), 2.0, panel)),
        "halted": None if market.halted is None else market.halted ^ (before_open & draw.chance(0.03)),
        "cash_rate": np.where(later[:, 0], rng.uniform(-0.01, 0.15, market.sessions.size), market.cash_rate),
        "delistings": delistings,
        "series": {name: _wild_series(series, market.sessions[t], rng) for name, series in market.series.items()},
    }
    if isinstance(market.assumed_adv, np.ndarray):
        changes["assumed_adv"] = _put(market.assumed_adv, later, lambda panel: panel * draw.factor(1.0))
    return replace(market, **changes)


def wild_world(world: World, t: int, seed: tuple[int, ...], *, opened: bool = False) -> World:
    """:func:`wild` for what happens and what is seen of it, with the same numbers drawn for both.

    ``t`` is the last session that stays.
    """
    market = wild(world.market, t, np.random.default_rng(seed), opened=opened)
    if world.observed is world.market:
        return World(market, market)
    return World(market, wild(world.observed, t, np.random.default_rng(seed), opened=opened))


def _wild_series(series: ExogenousSeries, session: np.datetime64, rng: np.random.Generator) -> ExogenousSeries:
    """Other values wherever one was not published by the close of ``session``; positive series stay positive."""
    unknown = series.known_at > session
    present = series.values[~np.isnan(series.values)]
    if present.size and present.min() > 0.0:
        other = series.values * np.exp(rng.normal(0.0, 1.0, series.values.size))
    else:
        scale = 3.0 * float(np.std(present)) + 1.0 if present.size else 1.0
        other = series.values + rng.normal(0.0, scale, series.values.size)
    return series.with_values(np.where(unknown, other, series.values))


def other_close(market: MarketData, t: int, rng: np.random.Generator) -> MarketData:
    """The same but for the closes and volumes of session t; closes stay within the day's range where it is known."""
    close, row = market.close.copy(), market.close[t]
    moved = row * np.exp(rng.normal(0.0, 0.05, row.size))
    if market.high is not None and market.low is not None:
        high, low = market.high[t], market.low[t]
        close[t] = np.where(high > low, low + rng.random(row.size) * (high - low), moved)
        close[t] = np.where(np.isnan(row), np.nan, close[t])
    else:
        close[t] = moved
    volume = None
    if market.volume is not None:
        volume = market.volume.copy()
        volume[t] *= np.exp(rng.normal(0.0, 1.5, row.size))
    return replace(market, close=close, volume=volume)


class _Draw:
    """Random panels of one shape."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int]) -> None:
        self._rng, self._shape = rng, shape

    def factor(self, sigma: float) -> FloatArray:
        """Positive factors around one."""
        return np.exp(self._rng.normal(0.0, sigma, self._shape))

    def level(self, sigma: float) -> FloatArray:
        """A positive factor around one for each asset."""
        return np.exp(self._rng.normal(0.0, sigma, self._shape[1]))

    def chance(self, probability: float) -> BoolArray:
        """True with a probability."""
        return np.asarray(self._rng.random(self._shape) < probability)


def _put(panel: FloatArray | None, where: BoolArray, other: Any) -> FloatArray | None:
    """The panel with other values on some rows; missing stays missing, and ``None`` stays ``None``."""
    if panel is None:
        return None
    return np.where(where & ~np.isnan(panel), other(panel), panel)
