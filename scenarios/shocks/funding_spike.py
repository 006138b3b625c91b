"""Money is dear: what borrowing costs, and cash earns, rises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.market import MarketData
from simulator.core.within import Within

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class FundingSpike(DatedShock):
    """The rate of cash is ``points`` times severity higher in the window: books that borrow pay it, cash earns it.

    It is known at each close of the window and paid from that close to the next. Prices stay, and so do series, unless
    ``series`` or ``shifts`` move them. Sharpe ratios are in excess of the higher rate.

    Parameters
    ----------
    points
        Percentage points a year that the rate of cash rises by at severity 1: 1.0 is 100 basis points.
    """

    kind: ClassVar[str] = "funding-spike"

    points: Annotated[float, Within(0.0, 1000.0, above=True, unit="points")] = 3.0

    def log_size(self) -> float:
        """A rate has no size in logs."""
        return 1.0

    def detail(self) -> str:
        """The size in words."""
        return f"the rate of cash, earned and paid, {self.points * self.severity:+g} points a year"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Raise the rate."""
        rate = np.array(market.cash_rate)
        rate[hit.window.start : hit.window.stop] += self.severity * self.points / 100.0
        return replace(market, cash_rate=rate)
