"""An issuer defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from simulator.core.market import Delisting, MarketData
from simulator.core.within import SESSIONS, SOME

from .dated import DatedShock, Hit


@dataclass(frozen=True, kw_only=True)
class Default(DatedShock):
    """Assets are delisted from the window's first session on and pay recovery^severity of their last price.

    Without ``assets`` it is the one with the highest volatility over the ``lookback`` sessions before: the weakest, as
    far as prices tell. One that was delisted earlier is left alone.

    Parameters
    ----------
    recovery
        Share of the last price that is paid at severity 1.
    lookback
        Sessions that volatility is measured on.
    """

    kind: ClassVar[str] = "default"

    recovery: Annotated[float, SOME] = 0.4
    lookback: Annotated[int, SESSIONS] = 252

    def log_size(self) -> float:
        """Log of the recovery; one that pays all is delisted all the same."""
        return float(np.log(self.recovery)) or 1.0

    def detail(self) -> str:
        """The size in words."""
        which = "" if self.assets else ", the most volatile asset of the year before"
        return f"delisted, {self.recovery:.1%} of the last price recovered{which}"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """State the delistings."""
        start = hit.window.start
        day = market.sessions[start]
        hits = np.flatnonzero(hit.sizes != 0.0) if self.assets else self._weakest(hit.world.unshocked, start)
        struck = {market.assets[number]: Delisting(day, self.recovery**self.severity) for number in hits}
        there = {name for name, delisting in market.delistings.items() if delisting.date <= day}
        new = {name: delisting for name, delisting in struck.items() if name not in there}
        return replace(market, delistings={**market.delistings, **new})

    def _weakest(self, market: MarketData, start: int) -> list[int]:
        prices = pd.DataFrame(np.log(market.total_return()[max(start - self.lookback - 1, 0) : start]))
        sigma = prices.diff().std().to_numpy()
        listed = market.alive[start] if start < len(market.alive) else np.zeros(len(market.assets), bool)
        sigma = np.where(listed & np.isfinite(sigma), sigma, -1.0)
        return [int(sigma.argmax())] if sigma.size and sigma.max() > 0.0 else []
