"""The world a shock changes: what happens, and what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from .market import MarketData


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
