"""Prices swing further within a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final

import numpy as np

from simulator.core.errors import DataError
from simulator.core.market import MarketData
from simulator.core.types import FloatArray
from simulator.core.within import Within

from .dated import MULTIPLIER, Hit, MultiplierShock, within

#: Log distance past which none is widened.
_MOST: Final = float(np.log(2.0))


@dataclass(frozen=True, kw_only=True)
class RangeMultiplier(MultiplierShock):
    """The log distance of a day's high and low from its open and close is multiplied by multiplier^severity.

    Opens and closes stay. Costs of the day, which are of its range, rise with it. No distance grows past a price twice,
    or half, as high.

    Parameters
    ----------
    multiplier
        Of ranges, at severity 1.
    dip
        What the low falls by besides, within the day, at severity 1, as a fraction: -0.05 is 5% further.
    """

    kind: ClassVar[str] = "ranges"

    multiplier: Annotated[float, MULTIPLIER] = 3.0
    dip: Annotated[float, Within(-1.0, 0.0, above=True)] = 0.0

    def detail(self) -> str:
        """The size in words."""
        return f"ranges within a day x {self.multiplier:g}" + (f", lows {self.dip:+.1%}" if self.dip else "")

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Move highs up and lows down."""
        if market.high is None or market.low is None:
            raise DataError(f"{self.kind} needs highs and lows, and this market has none")
        inside = within(market, hit.window)
        struck = (hit.sizes != 0.0) if self.multiplier != 1.0 else np.ones(len(market.assets))
        first = market.close if market.open is None else market.open
        top, bottom = np.fmax(first, market.close), np.fmin(first, market.close)
        wider = np.exp(inside * hit.sizes)

        def moved(panel: FloatArray, edge: FloatArray) -> FloatArray:
            distance = np.log(panel / edge)
            most = np.maximum(np.abs(distance), _MOST)
            return edge * np.exp(np.clip(distance * wider, -most, most))

        lower = (1.0 + self.dip) ** (self.severity * inside * struck)
        return replace(
            market,
            high=_kept(market.high, moved(market.high, top), inside),
            low=_kept(market.low, moved(market.low, bottom) * lower, inside),
        )


def _kept(panel: FloatArray, new: FloatArray, inside: FloatArray) -> FloatArray:
    """The panel with what is new inside a window; to the bit as it was outside."""
    return np.where(inside > 0.0, new, panel)
