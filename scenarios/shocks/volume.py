"""More is traded, or less."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.errors import DataError
from simulator.core.market import MarketData

from .dated import MULTIPLIER, Hit, MultiplierShock


@dataclass(frozen=True, kw_only=True)
class VolumeMultiplier(MultiplierShock):
    """Volume in the window is multiplied by multiplier^severity: in every crisis on record more was traded.

    Parameters
    ----------
    multiplier
        Of volume, at severity 1.
    """

    kind: ClassVar[str] = "volume"

    multiplier: Annotated[float, MULTIPLIER] = 2.0

    def detail(self) -> str:
        """The size in words."""
        return f"volume x {self.multiplier:g}"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Scale the volumes, or what is assumed of them."""
        factors = np.ones(market.shape)
        factors[hit.window.start : hit.window.stop] = np.exp(hit.sizes)
        if market.volume is not None:
            return replace(market, volume=market.volume * factors)
        if market.assumed_adv is None:
            raise DataError(f"{self.kind} needs volumes and this market has none; state assumed_adv")
        return replace(market, assumed_adv=market.assumed_adv * factors)
