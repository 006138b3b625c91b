"""Spreads widen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.market import MarketData

from .dated import MULTIPLIER, Hit, MultiplierShock


@dataclass(frozen=True, kw_only=True)
class SpreadWidening(MultiplierShock):
    """Half-spreads in the window are multiplied by multiplier^severity, whoever states them.

    Parameters
    ----------
    multiplier
        Of half-spreads, at severity 1.
    """

    kind: ClassVar[str] = "spread-widening"

    multiplier: Annotated[float, MULTIPLIER] = 5.0

    def detail(self) -> str:
        """The size in words."""
        return f"half-spreads x {self.multiplier:g}"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Scale the market's spread multiplier."""
        scale = np.ones(market.shape) if market.spread_scale is None else market.spread_scale.copy()
        scale[hit.window.start : hit.window.stop] *= np.exp(hit.sizes)
        return replace(market, spread_scale=scale)
