"""Prices gap overnight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.market import MarketData
from simulator.core.within import Within

from .dated import DatedShock, Hit, scaled


@dataclass(frozen=True, kw_only=True)
class PriceGap(DatedShock):
    """Every price from the window's first open on is multiplied by (1 + size)^severity.

    The gap happens overnight before the first day, so nothing can trade inside it. It is recovered in equal log
    steps over the window as stated, also where the data end within it, or stays for ever if the window has no end.

    Parameters
    ----------
    size
        Of the gap, as a fraction: -0.10 is a fall of 10%.
    """

    kind: ClassVar[str] = "price-gap"
    moves_level: ClassVar[bool] = True

    size: Annotated[float, Within(-1.0, 9.0, above=True, text="write -0.10 for a fall of 10%")] = -0.10

    def log_size(self) -> float:
        """Log of (1 + size)."""
        return float(np.log1p(self.size))

    def detail(self) -> str:
        """The size in words."""
        return f"prices {self.size:+.1%}"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Scale open, high, low and close."""
        path = np.zeros(market.sessions.size)
        path[hit.window.start :] = 1.0
        if self.ends:
            inside = np.arange(hit.window.stop - hit.window.start)
            path[hit.window.start : hit.window.stop] = 1.0 - inside / max(self.asked_sessions(market), 1)
            path[hit.window.stop :] = 0.0
        factors = np.exp(path[:, None] * hit.sizes)
        return replace(
            market,
            open=scaled(market.open, factors),
            high=scaled(market.high, factors),
            low=scaled(market.low, factors),
            close=market.close * factors,
        )
