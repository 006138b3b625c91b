"""The world a shock changes: what happens, and what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from .clients import Clients
from .flows import Flow
from .hearing import Misheard, heard
from .market import MarketData
from .panels import SignalPanel
from .types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class World:
    """A market as it is and as it is observed; signals see the second, fills happen in the first.

    Attributes
    ----------
    market, observed
        As shocked so far.
    before
        The market before any shock, which shocks are sized by whatever their order; ``None`` where none has struck.
    stretched
        (T, N) by how much shocks so far have stretched daily log returns: 0.5 is half as much again; ``None`` for not
        at all.
    flows
        What shocks so far have made investors bring and take, besides the scenario's own flows.
    late
        (T, N) sessions by which shocks so far let trades of each session settle late; ``None`` for none.
    misheard
        What shocks so far have done to signals on their way to policies.
    clients
        Investors whom shocks so far have made answer to how each book does; ``None`` for nobody.
    """

    market: MarketData
    observed: MarketData
    before: MarketData | None = None
    stretched: FloatArray | None = None
    flows: tuple[Flow, ...] = ()
    late: IntArray | None = None
    misheard: tuple[Misheard, ...] = ()
    clients: Clients | None = None

    @property
    def unshocked(self) -> MarketData:
        """The market before any shock."""
        return self.market if self.before is None else self.before

    def heard(self, name: str, panel: SignalPanel) -> SignalPanel:
        """A signal's panel, over all sessions of the market, as policies get it; itself where nothing is wrong."""
        return heard(self.misheard, name, panel)


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
