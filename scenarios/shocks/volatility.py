"""Prices move more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .dated import MultiplierShock, Window


@dataclass(frozen=True, kw_only=True)
class VolatilityMultiplier(MultiplierShock):
    """Every daily log return of the window, and every range within a day, is multiplied by multiplier^severity.

    Prices after the window keep their own returns, from the level the window left them at.

    Parameters
    ----------
    multiplier
        Of daily log returns, at severity 1.
    """

    kind: ClassVar[str] = "volatility"

    multiplier: float = 2.0

    def detail(self) -> str:
        """The size in words."""
        return f"daily returns x {self.multiplier:g}"

    def shocked(self, market: MarketData, window: Window, sizes: FloatArray) -> MarketData:
        """Rebuild the closes from scaled returns and place open, high and low around them."""
        within = np.zeros(market.sessions.size, bool)
        within[max(window.start, 1) : window.stop] = True
        extra = np.where(within[:, None], np.exp(sizes) - 1.0, 0.0)
        carried = pd.DataFrame(np.log(market.total_return())).ffill().to_numpy()  # a split is no return
        returns = np.zeros_like(carried)
        returns[1:] = np.nan_to_num(carried[1:] - carried[:-1])
        shift = np.cumsum(extra * returns, axis=0)
        close = market.close * np.exp(shift)

        def around(panel: FloatArray | None) -> FloatArray | None:
            if panel is None:
                return None
            return panel * np.exp(shift + extra * np.log(panel / market.close))

        return replace(market, close=close, open=around(market.open), high=around(market.high), low=around(market.low))
