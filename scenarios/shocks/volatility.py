"""Prices move more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .dated import MULTIPLIER, Hit, MultiplierShock


@dataclass(frozen=True, kw_only=True)
class VolatilityMultiplier(MultiplierShock):
    """Every daily log return of the window, and every range within a day, is multiplied by multiplier^severity.

    Returns are those of the market before any shock, so that a gap has its stated size under it too. Prices after the
    window keep their own returns, from the level the window left them at.

    Parameters
    ----------
    multiplier
        Of daily log returns, at severity 1.
    """

    kind: ClassVar[str] = "volatility"

    multiplier: Annotated[float, MULTIPLIER] = 2.0

    def detail(self) -> str:
        """The size in words."""
        return f"daily returns x {self.multiplier:g}"

    def stretched(self, hit: Hit) -> FloatArray:
        """Multipliers of several such shocks multiply. Of shape (T, N), as fractions of a log return."""
        was, window = hit.world.stretched, hit.window
        within = np.zeros(hit.world.market.sessions.size, bool)
        within[max(window.start, 1) : window.stop] = True
        more: FloatArray = np.where(within[:, None], np.exp(hit.sizes) - 1.0, 0.0)
        return more if was is None else was + more + was * more

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Add what the returns before any shock gain to the closes, and place open, high and low around them."""
        was, true = hit.world.stretched, hit.world.unshocked
        more = self.stretched(hit) - (0.0 if was is None else was)
        carried = pd.DataFrame(np.log(true.total_return())).ffill().to_numpy()  # a split is no return
        returns = np.zeros_like(carried)
        returns[1:] = np.nan_to_num(carried[1:] - carried[:-1])
        shift = np.cumsum(more * returns, axis=0)

        def around(panel: FloatArray | None, unshocked: FloatArray | None) -> FloatArray | None:
            if panel is None or unshocked is None:
                return None
            return panel * np.exp(shift + more * np.log(unshocked / true.close))

        return replace(
            market,
            close=market.close * np.exp(shift),
            open=around(market.open, true.open),
            high=around(market.high, true.high),
            low=around(market.low, true.low),
        )
