"""The world a shock changes: what happens, and what is seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from simulator.core.market import MarketData


@dataclass(frozen=True, eq=False)
class World:
    """A market as it is and as it is observed; signals see the second, fills happen in the first."""

    market: MarketData
    observed: MarketData


@runtime_checkable
class Shock(Protocol):
    """Maps a world to a world.

    A shock changes nothing before its first day, and with severity 0 nothing at all, to the bit. All of its
    randomness comes from the generator it is given.
    """

    def apply(self, world: World, rng: np.random.Generator) -> World:
        """The shocked world."""
        ...

    def describe(self) -> str:
        """One line for the report: what, when, how hard."""
        ...


def apply_shocks(market: MarketData, shocks: Sequence[Shock], seed: int) -> World:
    """Apply shocks one after the other, each with a random stream of its own."""
    return shock_by_shock(market, shocks, seed)[-1]


def shock_by_shock(market: MarketData, shocks: Sequence[Shock], seed: int) -> list[World]:
    """The world before any shock, and after each of them."""
    worlds = [World(market, market)]
    for number, shock in enumerate(shocks):
        worlds.append(shock.apply(worlds[-1], np.random.default_rng(np.random.SeedSequence([seed, number]))))
    return worlds
