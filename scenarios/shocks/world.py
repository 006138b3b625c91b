"""Applying shocks to a market. The world they change, and their protocol, live in :mod:`simulator.core.world`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.core.market import MarketData
from simulator.core.world import Shock, World

__all__ = ["Shock", "World", "apply_shocks"]


def apply_shocks(market: MarketData, shocks: Sequence[Shock], seed: int) -> World:
    """Apply shocks one after the other, each with a random stream of its own."""
    world = World(market, market)
    for number, shock in enumerate(shocks):
        world = shock.apply(world, np.random.default_rng(np.random.SeedSequence([seed, number])))
    return world
