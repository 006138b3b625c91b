"""Depth goes, whatever the tape says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.market import MarketData
from simulator.core.within import SOME

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class DepthCollapse(DatedShock):
    """Depth in the window is multiplied by remaining^severity; the volume that the tape reports stays as it is.

    Parameters
    ----------
    remaining
        Share of the depth that is left at severity 1.
    """

    kind: ClassVar[str] = "depth-collapse"

    remaining: Annotated[float, SOME] = 0.2

    def log_size(self) -> float:
        """Log of the remaining share."""
        return float(np.log(self.remaining))

    def detail(self) -> str:
        """The size in words."""
        return f"{self.remaining:.0%} of the depth left, the volume as it is"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Scale the depth, ones where none is stated."""
        depth = np.ones(market.shape) if market.depth is None else market.depth.copy()
        depth[hit.window.start : hit.window.stop] *= np.exp(hit.sizes)
        return replace(market, depth=depth)
