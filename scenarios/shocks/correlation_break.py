"""Correlations go to one, or to those that are stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.types import FloatArray
from simulator.core.within import PART, SESSIONS, Within

from .correlations import between, bringing, check_pairs, stated_over
from .dated import DatedShock, Hit, moved_by

_FEWEST: Final = 20


@dataclass(frozen=True, kw_only=True)
class CorrelationBreak(DatedShock):
    """Within the window assets move more and more as one, or towards stated correlations, each at its own volatility.

    Daily log returns, each over its volatility of the sessions before, are mixed with their common mean: a share of
    1 - (1 - strength)^severity of each is the mean. Both are scaled so that volatilities stay those of before. Returns
    are those of the market before any shock.

    With ``correlations`` assets go that share of the way from the correlations of the sessions before to the stated
    ones instead, by the least change of their returns that brings them about; means and volatilities stay. Pairs that
    are left out stay as they were.

    Parameters
    ----------
    strength
        Share of the way at severity 1: 0.5 is half of the way to one, or to the stated correlations.
    correlations
        By asset, then by asset: ``{ SPY = { TLT = 0.6, LQD = 0.8 } }``; each pair once. None for all to one.
    lookback
        Sessions before the window that volatilities, the common move and correlations are measured on.
    """

    kind: ClassVar[str] = "correlation-break"

    strength: Annotated[float, PART] = 0.7
    correlations: Annotated[Mapping[str, Mapping[str, float]], Within(-1.0, 1.0)] = field(default_factory=dict)
    lookback: Annotated[int, SESSIONS] = 252

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pairs(self.kind, self.correlations)
        if self.correlations and self.dispersion != 0.0:
            raise ParameterError(f"{self.kind}: dispersion is of a break towards one; stated correlations have none")

    def log_size(self) -> float:
        """Log of the share that is each asset's own."""
        return float(np.log1p(-self.strength))

    def detail(self) -> str:
        """The size in words."""
        if not self.correlations:
            return f"{self.strength:.0%} of the way to a correlation of one"
        pairs = [
            f"{name} and {other} {value:g}" for name, hit in self.correlations.items() for other, value in hit.items()
        ]
        return f"{self.strength:.0%} of the way to correlations of {', '.join(pairs)}"

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
        if self.correlations:
            names = [name for name, struck in zip(market.assets, hits, strict=True) if struck]
            mixed[rows, hits] = self._towards(returns[rows][:, hits], past[:, hits], float(share[0]), names)
        else:
            mixed[rows, hits] = _mixed(returns[rows][:, hits], past[:, hits], share)
        return moved_by(market, np.cumsum(mixed, axis=0))

    def _towards(self, returns: FloatArray, past: FloatArray, share: float, names: list[str]) -> FloatArray:
        """(t, n) what daily returns gain on the way to the stated correlations; 0 where there is no return."""
        mean, sigma = np.nanmean(past, axis=0), np.nanstd(past, axis=0)
        moves = sigma > 0.0
        scale = np.where(moves, sigma, 1.0)
        before = np.nan_to_num((past - mean) / scale)
        size = np.sqrt((before**2).sum(axis=0))
        measured = before.T @ before / np.where(moves[:, None] & moves, np.outer(size, size), 1.0)
        np.fill_diagonal(measured, 1.0)
        wanted = between(self.kind, measured, stated_over(self.kind, self.correlations, measured, names), share)
        own = np.nan_to_num((returns - mean) / scale)
        gained = (own @ bringing(measured, wanted) - own) * np.where(moves, sigma, 0.0)
        return np.where(np.isfinite(returns), gained, 0.0)


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
