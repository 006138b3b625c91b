"""Applying shocks to a market. The world they change, and their protocol, live in :mod:`simulator.core.world`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.core.market import MarketData
from simulator.core.world import Shock, World

__all__ = ["Shock", "World", "apply_shocks"]


def apply_shocks(market: MarketData, shocks: Sequence[Shock], seed: int) -> World:
    """Apply shocks one after the other, each with a random stream of its own."""
    return shock_by_shock(market, shocks, seed)[-1]


def shock_by_shock(market: MarketData, shocks: Sequence[Shock], seed: int) -> list[World]:
    """The world before any shock, and after each of them."""
    worlds = [World(market, market)]
    for number, shock in enumerate(shocks):
        worlds.append(shock.apply(worlds[-1], np.random.default_rng(np.random.SeedSequence([seed, number]))))
    return worlds
