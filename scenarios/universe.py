"""What a scenario file states of its universe: delistings, halts and depth, put into the market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from simulator.core.errors import DataError, ScenarioError, nearest
from simulator.core.market import Delisting, MarketData
from simulator.core.names import quoted

from .schema_market import DepthSpec, MarketSection


def with_events(market: MarketData, section: MarketSection) -> MarketData:
    """The market with the delistings and halts of ``[market]``.

    Raises
    ------
    UndertowError
        If an asset is not in the market, or a date lies outside its sessions.
    """
    if not section.delistings and not section.halts:
        return market
    for key in ("delistings", "halts"):
        for name in getattr(section, key):
            if name not in market.assets:
                raise ScenarioError(f"market.{key}: no asset {quoted(name)}{nearest(name, market.assets)}")
    halted = np.zeros(market.shape, bool) if market.halted is None else market.halted.copy()
    for name, periods in section.halts.items():
        for first, last in periods:
            within = (market.sessions >= np.datetime64(first, "D")) & (market.sessions <= np.datetime64(last, "D"))
            if not within.any():
                raise _outside(f"market.halts.{name} {first} to {last}", market)
            halted[within, market.assets.index(name)] = True
    gone = {}
    for name, delisting in section.delistings.items():
        day = np.datetime64(delisting.date, "D")
        if not market.sessions[0] <= day <= market.sessions[-1]:
            raise _outside(f"market.delistings.{name}.date {delisting.date}", market)
        gone[name] = Delisting(day, delisting.recovery)
    return replace(market, delistings={**market.delistings, **gone}, halted=halted if section.halts else market.halted)


def with_depth(market: MarketData, stated: Sequence[DepthSpec]) -> MarketData:
    """The market with the depth of ``[[market.depth]]``; as it is where none is stated.

    Raises
    ------
    UndertowError
        If the market has no volumes, an asset is not in it, or no session lies within the days of an entry.
    """
    if not stated:
        return market
    if market.notional is None:
        raise ScenarioError("market.depth needs volumes and this market has none; state assumed_adv")
    depth = np.ones(market.shape) if market.depth is None else market.depth.copy()
    for number, entry in enumerate(stated):
        where = f"market.depth[{number}]"
        for name in entry.assets or ():
            if name not in market.assets:
                raise ScenarioError(f"{where}: no asset {quoted(name)}{nearest(name, market.assets)}")
        columns = [market.assets.index(name) for name in market.assets if name in (entry.assets or market.assets)]
        first = market.sessions[0] if entry.first is None else np.datetime64(entry.first, "D")
        last = market.sessions[-1] if entry.last is None else np.datetime64(entry.last, "D")
        if entry.first and entry.last and first > last:
            raise ScenarioError(f"{where}: from {first} is after to {last}")
        rows = np.flatnonzero((market.sessions >= first) & (market.sessions <= last))
        if not rows.size:
            raise _outside(f"{where} {first} to {last}", market)
        depth[np.ix_(rows, np.array(columns))] = entry.share
    return replace(market, depth=depth)


def _outside(what: str, market: MarketData) -> DataError:
    return DataError(f"{what} lies outside the data, which run from {market.sessions[0]} to {market.sessions[-1]}")


def born_later(market: MarketData, weights: Mapping[str, float], start: np.datetime64) -> dict[str, np.datetime64]:
    """The assets with a target that list after a session, with the first session of each: then the book is whole."""
    first = int(np.searchsorted(market.sessions, start))
    return {
        name: market.sessions[int(market.alive[:, i].argmax())]
        for i, name in enumerate(market.assets)
        if weights.get(name, 0.0) != 0.0 and market.alive[:, i].any() and market.alive[:, i].argmax() > first
    }
