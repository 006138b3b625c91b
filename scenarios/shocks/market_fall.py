"""The market falls, and every asset by its own beta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError, nearest
from simulator.core.instruments import CLASS_DEFAULTS
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.types import FloatArray
from simulator.core.within import SESSIONS, Within

from .dated import DatedShock, Hit, moved_by

#: Betas are estimated on so many days at least; with fewer, an asset is taken to move with the market.
_FEWEST: Final = 60
_BETA: Final = (-1.0, 3.0)
_SIZE: Final = Within(-1.0, 9.0, above=True, text="write -0.10 for a fall of 10%")


@dataclass(frozen=True, kw_only=True)
class MarketFall(DatedShock):
    """The market moves by (1 + size)^severity over the window, and each asset by its beta times that, in logs.

    Betas are those of daily log returns over the ``lookback`` sessions before the shock, within -1 and 3; an asset with
    fewer than 60 of them is taken to move with the market. Prices stay where the window leaves them. The same in all
    assets, times their sizes, is a rough path between the two ends (a bridge), drawn from the scenario's seed and
    thrown back wherever it would leave the room between them: the stated size is the worst within the window, and no
    crisis begins with a rally.

    Parameters
    ----------
    size
        Of the market's move, as a fraction.
    market
        The asset that is the market; by default the mean of those of class equity, or of all where there are none.
    by_class
        Moves of asset classes at severity 1, as fractions, in place of beta times the market's.
    lookback
        Sessions that betas are estimated on.
    roughness
        Daily standard deviation of the market's path within the window, in logs, at severity 1.
    """

    kind: ClassVar[str] = "market-fall"

    size: Annotated[float, _SIZE] = -0.20
    market: str | None = None
    by_class: Annotated[Mapping[str, float], _SIZE] = field(default_factory=dict)
    lookback: Annotated[int, SESSIONS] = 252
    roughness: Annotated[float, Within(0.0, 1.0)] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ends:
            raise ParameterError(f"{self.kind}: say over how long: days (--shock {self.kind}:days=20), or to (a date)")
        for name in self.by_class:
            if name not in CLASS_DEFAULTS:
                raise ParameterError(f"{self.kind}: by_class: no class {quoted(name)}{nearest(name, CLASS_DEFAULTS)}")
        if self.size == 0.0:
            raise ParameterError(f"{self.kind}: size must not be 0; leave the shock out")

    def log_size(self) -> float:
        """Log of (1 + size)."""
        return float(np.log1p(self.size))

    def detail(self) -> str:
        """The size in words."""
        stated = "".join(f", {name} {size:+.1%}" for name, size in self.by_class.items())
        return f"the market {self.size:+.1%} and each asset by its beta of {self.lookback} sessions{stated}"

    def draws(self, market: MarketData) -> int:
        """One for each session of the window as it was asked for."""
        return self.asked_sessions(market)

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Move prices along the path, each by its own size."""
        relative = self._relative(hit.world.unshocked, hit.window.start)
        return moved_by(market, self.done(market, hit)[:, None] * hit.sizes * relative)

    def done(self, market: MarketData, hit: Hit) -> FloatArray:
        """(T,) share of the move that is done: nothing before the window, all of it from its last session on."""
        asked = hit.steps.size
        walk = np.cumsum(hit.steps)
        done = np.arange(1, asked + 1) / asked
        rough = self.roughness / abs(self.log_size())
        inside = thrown_back(done + rough * (walk - done * walk[-1]))
        path = np.zeros(market.sessions.size)
        room = hit.window.stop - hit.window.start
        path[hit.window.start : hit.window.stop] = inside[:room]
        path[hit.window.start + asked :] = 1.0
        return path

    def _relative(self, market: MarketData, start: int) -> FloatArray:
        """(N,) each asset's move over the market's, in logs, from sessions before ``start``."""
        relative = betas(market, start, self.lookback, self._market(market))
        for number, instrument in enumerate(market.instruments):
            size = self.by_class.get(instrument.asset_class)
            if size is not None and market.assets[number] != self.market:
                relative[number] = np.log1p(size) / self.log_size()
        return relative

    def _market(self, market: MarketData) -> list[int]:
        """The assets that together are the market."""
        if self.market is not None:
            if self.market not in market.assets:
                raise ParameterError(
                    f"{self.kind}: no asset {quoted(self.market)}{nearest(self.market, market.assets)}"
                )
            return [market.assets.index(self.market)]
        shares = [number for number, instrument in enumerate(market.instruments) if instrument.asset_class == "equity"]
        return shares or list(range(len(market.assets)))


def thrown_back(path: FloatArray) -> FloatArray:
    """A path thrown back at 0 and at 1 as by mirrors: where it goes is changed, how far it goes each day is not."""
    return np.abs(path - 2.0 * np.round(path / 2.0))


def betas(market: MarketData, start: int, lookback: int, those: list[int]) -> FloatArray:
    """(N,) betas to the mean of some assets, from daily log returns of ``lookback`` sessions before ``start``.

    Within -1 and 3; 1 where there are fewer than 60 days on which both are known.
    """
    known = pd.DataFrame(np.log(market.total_return()[max(start - lookback - 1, 0) : start])).diff().to_numpy()[1:]
    if not len(known):
        return np.ones(len(market.assets))
    counted = np.isfinite(known[:, those]).sum(axis=1)
    total = np.nan_to_num(known[:, those]).sum(axis=1)
    factor = np.divide(total, counted, out=np.full(len(known), np.nan), where=counted > 0)
    return np.array([_beta(known[:, number], factor) for number in range(len(market.assets))])


def _beta(returns: FloatArray, factor: FloatArray) -> float:
    both = np.isfinite(returns) & np.isfinite(factor)
    spread = float(np.var(factor[both])) if both.sum() >= _FEWEST else 0.0
    if spread == 0.0:
        return 1.0
    covered = float(np.mean((returns[both] - returns[both].mean()) * (factor[both] - factor[both].mean())))
    return float(np.clip(covered / spread, *_BETA))
