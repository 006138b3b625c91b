"""Volume goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.errors import DataError
from simulator.core.market import MarketData
from simulator.core.within import SOME

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class VolumeCollapse(DatedShock):
    """Volume in the window is multiplied by remaining^severity.

    Parameters
    ----------
    remaining
        Share of the volume that is left at severity 1.
    """

    kind: ClassVar[str] = "volume-collapse"

    remaining: Annotated[float, SOME] = 0.2

    def log_size(self) -> float:
        """Log of the remaining share."""
        return float(np.log(self.remaining))

    def detail(self) -> str:
        """The size in words."""
        return f"{self.remaining:.0%} of the volume left"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Scale the volumes, or what is assumed of them."""
        factors = np.ones(market.shape)
        factors[hit.window.start : hit.window.stop] = np.exp(hit.sizes)
        if market.volume is not None:
            return replace(market, volume=market.volume * factors)
        if market.assumed_adv is None:
            raise DataError("volume-collapse needs volumes and this market has none; state assumed_adv")
        return replace(market, assumed_adv=market.assumed_adv * factors)
