"""Trading is suspended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from simulator.core.market import MarketData

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class Halt(DatedShock):
    """Assets cannot be traded in the window, and keep their prices; it lasts severity times as long as stated."""

    kind: ClassVar[str] = "halt"

    def log_size(self) -> float:
        """A halt has no size but its length."""
        return 1.0

    def detail(self) -> str:
        """The size in words."""
        return "trading suspended"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Mark the sessions as halted."""
        window = self.lasting(market)
        halted = np.zeros(market.shape, bool) if market.halted is None else market.halted.copy()
        halted[window.start : window.stop, hit.sizes != 0.0] = True
        return replace(market, halted=halted)
