"""The factors of a crisis move, and every asset by its betas of the past to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from simulator.core.market import MarketData
from simulator.core.types import FloatArray

from .dated import SHIFT
from .exposures import MARKET, Exposures, exposures
from .market_fall import MarketFall


@dataclass(frozen=True, kw_only=True)
class FactorMove(MarketFall):
    """The market and some series move, and each asset by the sum of its betas times those moves, in logs.

    Betas are those of one regression, with a constant, of daily log returns on the market's and changes of series,
    over the ``lookback`` sessions before the shock. An asset with fewer than 60 days takes the mean betas of its class;
    where that has none, the move stated in ``by_class``; failing both, it moves with the market. The path is that of
    ``market-fall``. A series that the market does not have, or not for 60 days, is no factor. The series themselves
    move along that path too, and stay there, unless ``series`` or ``shifts`` say otherwise.

    Parameters
    ----------
    factors
        Changes of series at severity 1, in their own units: ``{ DGS10 = 0.64 }`` is 64 basis points.
    by_class
        Moves of asset classes without any betas at severity 1, as fractions.
    """

    kind: ClassVar[str] = "factor-move"

    factors: Annotated[Mapping[str, float], SHIFT] = field(default_factory=dict)

    def detail(self) -> str:
        """The size in words."""
        moved = "".join(f", {name} {change:+g}" for name, change in self.factors.items())
        return f"the market {self.size:+.1%}{moved}, and each asset by its betas of {self.lookback} sessions"

    def series_along(self) -> Mapping[str, float]:
        """The factors besides the market."""
        return self.factors

    def exposures(self, market: MarketData, start: int) -> Exposures:
        """Betas and moves at severity 1, of a market before any shock, from sessions before ``start``."""
        changes = {MARKET: self.log_size(), **self.factors}
        return exposures(market, start, self.lookback, self._market(market), changes, self.by_class)

    def _relative(self, market: MarketData, start: int) -> FloatArray:
        """(N,) each asset's move over the market's, in logs."""
        return self.exposures(market, start).moves / self.log_size()
