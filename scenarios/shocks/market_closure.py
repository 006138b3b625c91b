"""The market does not open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class MarketClosure(DatedShock):
    """Assets have no prices and no volume in the window, and reopen at the prices of then.

    It lasts severity times as long as stated.
    """

    kind: ClassVar[str] = "market-closure"

    def log_size(self) -> float:
        """A closure has no size but its length."""
        return 1.0

    def detail(self) -> str:
        """The size in words."""
        return "markets closed, no prices"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Take prices and volumes away."""
        window, shut = self.lasting(market), hit.sizes != 0.0
        closed = np.zeros(market.shape, bool)
        closed[window.start : window.stop, shut] = True

        def without(panel: FloatArray | None, empty: float) -> FloatArray | None:
            return None if panel is None else np.where(closed, empty, panel)

        halted = closed if market.halted is None else market.halted | closed
        return replace(
            market,
            open=without(market.open, np.nan),
            high=without(market.high, np.nan),
            low=without(market.low, np.nan),
            close=np.where(closed, np.nan, market.close),
            volume=without(market.volume, 0.0),
            halted=halted,
        )
