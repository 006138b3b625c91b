"""Correlations go to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import FloatArray
from simulator.core.within import PART, SESSIONS

from .dated import DatedShock, Hit, moved_by

_FEWEST: Final = 20


@dataclass(frozen=True, kw_only=True)
class CorrelationBreak(DatedShock):
    """Within the window assets move more and more as one, each at its own volatility.

    Daily log returns, each over its volatility of the sessions before, are mixed with their common mean: a share of
    1 - (1 - strength)^severity of each is the mean. Both are scaled so that volatilities stay those of before. Returns
    are those of the market before any shock.

    Parameters
    ----------
    strength
        Share of the common move at severity 1: 0.5 is half of the way to one.
    lookback
        Sessions before the window that volatilities and the common move are measured on.
    """

    kind: ClassVar[str] = "correlation-break"

    strength: Annotated[float, PART] = 0.7
    lookback: Annotated[int, SESSIONS] = 252

    def log_size(self) -> float:
        """Log of the share that is each asset's own."""
        return float(np.log1p(-self.strength))

    def detail(self) -> str:
        """The size in words."""
        return f"{self.strength:.0%} of the way to a correlation of one"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Add what returns gain by being mixed."""
        true, window = hit.world.unshocked, hit.window
        carried = pd.DataFrame(np.log(true.total_return())).ffill().to_numpy()
        returns = np.diff(carried, axis=0, prepend=carried[:1])
        past = returns[max(window.start - self.lookback, 1) : window.start]
        known = np.isfinite(past).sum(axis=0) >= _FEWEST
        hits = known & (hit.sizes != 0.0)
        if hits.sum() < 2:  # one asset alone has nothing to move with
            return market
        mixed = np.zeros(market.shape)
        rows = slice(max(window.start, 1), window.stop)
        share = -np.expm1(hit.sizes[hits])
        mixed[rows, hits] = _mixed(returns[rows][:, hits], past[:, hits], share)
        return moved_by(market, np.cumsum(mixed, axis=0))


def _mixed(returns: FloatArray, past: FloatArray, share: FloatArray) -> FloatArray:
    """(t, n) what daily returns gain when a share of each is the common move; 0 where there is no return."""
    sigma = np.nanstd(past, axis=0)
    sigma = np.where(sigma > 0.0, sigma, np.inf)
    before = np.nan_to_num(past / sigma)
    common = before.mean(axis=1)
    scale = float(np.std(common)) or 1.0
    own = np.nan_to_num(returns / sigma)
    together = own.mean(axis=1, keepdims=True) / scale
    correlation = (before * (common / scale)[:, None]).mean(axis=0)
    wide = np.sqrt((1.0 - share) ** 2 + share**2 + 2.0 * share * (1.0 - share) * correlation)
    new = ((1.0 - share) * own + share * together) / np.where(wide > 0.0, wide, 1.0)
    gained = np.where(np.isfinite(sigma), (new - own) * np.where(np.isfinite(sigma), sigma, 0.0), 0.0)
    return np.where(np.isfinite(returns), gained, 0.0)
