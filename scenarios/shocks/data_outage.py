"""Data stop, and trading does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.series import ExogenousSeries
from simulator.core.types import FloatArray
from simulator.core.world import World

from .dated import MULTIPLIER, DatedShock, Hit, Window


@dataclass(frozen=True, kw_only=True)
class DataOutage(DatedShock):
    """What policies and signals see of prices, volumes and series fails in the window; what happens, and fills, do not.

    It lasts severity times as long as stated.

    Parameters
    ----------
    how
        ``"missing"``: nothing is seen; ``"stale"``: the last session before is seen again and again; ``"unit"``: prices
        and series are seen as ``factor`` times what they are, volumes in shares as they are.
    of
        ``"prices"``, ``"series"`` or ``"all"``.
    which
        Names of the series that fail; all by default.
    factor
        Of ``how = "unit"``: 100 is pence for pounds, or percent for fractions.
    """

    kind: ClassVar[str] = "data-outage"

    how: Literal["missing", "stale", "unit"] = "missing"
    of: Literal["prices", "series", "all"] = "all"
    which: Sequence[str] | None = None
    factor: Annotated[float, MULTIPLIER] = 100.0

    def log_size(self) -> float:
        """An outage has no size but its length."""
        return 1.0

    def detail(self) -> str:
        """The size in words."""
        what = {"prices": "prices and volumes", "series": "series", "all": "prices, volumes and series"}[self.of]
        how = f"x {self.factor:g}, in another unit," if self.how == "unit" else self.how
        return f"{what} {how} for policies and signals"

    def apply(self, world: World, rng: np.random.Generator) -> World:  # noqa: ARG002 - the protocol's
        """Change what is seen, and nothing else."""
        if self.severity == 0.0:
            return world
        hits = self._sizes(world.observed, np.zeros(len(world.observed.assets))) != 0.0
        seen, window = world.observed, self.lasting(world.observed)
        if self.of != "series":
            seen = self._prices(seen, window, hits)
        seen = replace(seen, series=self._shock_series(seen, window))
        if self.of != "prices":
            seen = replace(seen, series=self._failed(seen, window))
        return replace(world, observed=seen, before=world.unshocked)

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:  # noqa: ARG002 - the protocol's
        """What happens does not change."""
        return market

    def _prices(self, market: MarketData, window: Window, hits: np.ndarray) -> MarketData:
        gone = np.zeros(market.shape, bool)
        gone[window.start : window.stop, hits] = True
        last = market.close[window.start - 1] if window.start else np.full(len(market.assets), np.nan)

        def seen(name: str) -> FloatArray | None:
            panel = getattr(market, name)
            if panel is None:
                return None
            if self.how == "missing":
                return np.where(gone, np.nan, panel)
            if self.how == "unit":
                return np.where(gone & (name != "volume"), self.factor * panel, panel)
            before = last if name != "volume" else panel[window.start - 1] if window.start else 0.0 * panel[0]
            return np.where(gone, before, panel)

        shown: dict[str, Any] = {name: seen(name) for name in ("open", "high", "low", "close", "volume")}
        return replace(market, **shown)

    def _failed(self, market: MarketData, window: Window) -> dict[str, ExogenousSeries]:
        names = list(market.series) if self.which is None else list(self.which)
        changed = dict(market.series)
        if window.stop <= window.start:
            return changed
        first, last = market.sessions[window.start], market.sessions[window.stop - 1]
        for name in names:
            if name not in changed:
                raise ParameterError(f"{self.kind}: no series {quoted(name)}{nearest(name, changed)}")
            known = changed[name]
            inside = (known.dates >= first) & (known.dates <= last)
            changed[name] = known.with_values(np.where(inside, self._seen(known, first), known.values))
        return changed

    def _seen(self, known: ExogenousSeries, first: np.datetime64) -> FloatArray | float:
        """What stands in the place of a series' values while it fails."""
        if self.how == "unit":
            return self.factor * known.values
        earlier = known.values[(known.dates < first) & ~np.isnan(known.values)]
        return float(earlier[-1]) if self.how == "stale" and earlier.size else np.nan
