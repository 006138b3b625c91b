"""Prices move more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import FloatArray
from simulator.core.world import World

from .dated import MultiplierShock, Window


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

    multiplier: float = 2.0

    def detail(self) -> str:
        """The size in words."""
        return f"daily returns x {self.multiplier:g}"

    def stretched(self, world: World, window: Window, sizes: FloatArray) -> FloatArray:
        """Multipliers of several such shocks multiply."""
        within = np.zeros(world.market.sessions.size, bool)
        within[max(window.start, 1) : window.stop] = True
        more: FloatArray = np.where(within[:, None], np.exp(sizes) - 1.0, 0.0)
        return more if world.stretched is None else world.stretched + more + world.stretched * more

    def shocked(self, market: MarketData, world: World, window: Window, sizes: FloatArray) -> MarketData:
        """Add what the returns before any shock gain to the closes, and place open, high and low around them."""
        more = self.stretched(world, window, sizes) - (0.0 if world.stretched is None else world.stretched)
        true = world.unshocked
        carried = pd.DataFrame(np.log(true.total_return())).ffill().to_numpy()  # a split is no return
        returns = np.zeros_like(carried)
        returns[1:] = np.nan_to_num(carried[1:] - carried[:-1])
        shift = np.cumsum(more * returns, axis=0)

        def around(panel: FloatArray | None, was: FloatArray | None) -> FloatArray | None:
            if panel is None or was is None:
                return None
            return panel * np.exp(shift + more * np.log(was / true.close))

        return replace(
            market,
            close=market.close * np.exp(shift),
            open=around(market.open, true.open),
            high=around(market.high, true.high),
            low=around(market.low, true.low),
        )
