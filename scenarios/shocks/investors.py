"""Investors take their money, or bring it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.flows import Flow
from simulator.core.market import MarketData
from simulator.core.within import PART, Within
from simulator.core.world import World

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class Redemption(DatedShock):
    """Investors take 1 - (1 - share)^severity of the fund, the same part of what is left on each session of the window.

    A redemption each session, of the previous close's nav; on the first session alone where the window has no end.

    Parameters
    ----------
    share
        Of nav that is taken at severity 1, over the whole window.
    """

    kind: ClassVar[str] = "redemption"

    share: Annotated[float, PART] = 0.1

    def log_size(self) -> float:
        """Log of what stays."""
        return float(np.log1p(-self.share))

    def detail(self) -> str:
        """The size in words."""
        return f"investors take {self.share:.1%} of the fund"

    def apply(self, world: World, rng: np.random.Generator) -> World:
        """Add the flows; the market is as it was, but for its series."""
        after = super().apply(world, rng)
        if self.severity == 0.0:
            return world
        window = self.window(world.market)
        asked = self.asked_sessions(world.market) if self.ends else 1
        part = float(np.expm1(self.severity * self.log_size() / max(asked, 1)))
        days = world.market.sessions[window.start : window.stop][:asked]
        flows = tuple(Flow(date=str(day), share=part) for day in days)
        return replace(after, flows=(*world.flows, *flows))

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:  # noqa: ARG002 - the protocol's
        """The market itself does not change."""
        return market


@dataclass(frozen=True, kw_only=True)
class Subscription(Redemption):
    """Investors bring (1 + share)^severity - 1 of the fund, the same part of what is there on each session.

    Parameters
    ----------
    share
        Of nav that is brought at severity 1, over the whole window.
    """

    kind: ClassVar[str] = "subscription"

    share: Annotated[float, Within(0.0, 9.0, above=True)] = 0.1

    def log_size(self) -> float:
        """Log of what the fund becomes."""
        return float(np.log1p(self.share))

    def detail(self) -> str:
        """The size in words."""
        return f"investors bring {self.share:.1%} of the fund"
