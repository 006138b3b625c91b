"""Spreads widen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.market import MarketData
from simulator.core.within import Within

from .dated import MULTIPLIER, Hit, MultiplierShock


@dataclass(frozen=True, kw_only=True)
class SpreadWidening(MultiplierShock):
    """Half-spreads in the window are multiplied by multiplier^severity, whoever states them.

    Parameters
    ----------
    multiplier
        Of half-spreads, at severity 1.
    most
        The largest multiplier at any severity: past it nobody quotes. None by default.
    """

    kind: ClassVar[str] = "spread-widening"

    multiplier: Annotated[float, MULTIPLIER] = 5.0
    most: Annotated[float | None, Within(1.0, 1e6)] = None

    def detail(self) -> str:
        """The size in words."""
        return f"half-spreads x {self.multiplier:g}" + ("" if self.most is None else f", at most x {self.most:g}")

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Scale the market's spread multiplier."""
        scale = np.ones(market.shape) if market.spread_scale is None else market.spread_scale.copy()
        factors = np.exp(hit.sizes)
        scale[hit.window.start : hit.window.stop] *= factors if self.most is None else np.minimum(factors, self.most)
        return replace(market, spread_scale=scale)
