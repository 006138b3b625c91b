"""Counterparties deliver late: what is traded turns into cash later than it should."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.market import MarketData
from simulator.core.settlement import SETTLEMENT
from simulator.core.within import Within
from simulator.core.world import World

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class SettlementFail(DatedShock):
    """Trades made in the window settle severity x later sessions after they should, rounded up; fills stay as they are.

    Parameters
    ----------
    later
        Sessions that trades settle late at severity 1; those of several such shocks add up.
    """

    kind: ClassVar[str] = "settlement-fail"

    later: Annotated[int, Within(1, SETTLEMENT.most, unit="sessions")] = 3

    def log_size(self) -> float:
        """A delay has no size in logs."""
        return 1.0

    def detail(self) -> str:
        """The size in words."""
        return f"trades settle {self.sessions} sessions late"

    @property
    def sessions(self) -> int:
        """Sessions that trades settle late."""
        return int(np.ceil(round(self.later * self.severity, 9)))

    def apply(self, world: World, rng: np.random.Generator) -> World:
        """Add the delay; the market is as it was, but for its series."""
        after = super().apply(world, rng)
        if self.severity == 0.0:
            return world
        window, market = self.window(world.market), world.market
        hit = np.ones(len(market.assets), bool) if self.assets is None else np.isin(market.assets, list(self.assets))
        late = np.zeros(market.shape, np.int64) if world.late is None else world.late.copy()
        late[window.start : window.stop, hit] += self.sessions
        return replace(after, late=late)

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:  # noqa: ARG002 - the protocol's
        """The market itself does not change."""
        return market
