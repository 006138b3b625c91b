"""Yields and credit spreads rise, and prices of bonds fall by their durations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError, nearest
from simulator.core.instruments import CLASS_DEFAULTS, DURATION, Instrument
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.types import FloatArray
from simulator.core.within import SESSIONS, Within
from simulator.core.world import World

from .dated import DatedShock, Hit, moved_by

_FEWEST: Final = 60


@dataclass(frozen=True, kw_only=True)
class RateShift(DatedShock):
    """Yields rise by ``points`` times severity in equal steps over the window, and prices by minus duration times that.

    Prices move in logs, without convexity, and stay where that leaves them. A duration is stated by asset or by class;
    with ``estimate`` it is that of the past where the market has the series: minus the slope of daily log returns on
    the changes of that yield.

    Parameters
    ----------
    points
        Percentage points that yields rise by at severity 1: 1.0 is 100 basis points.
    durations
        Years, by asset or asset class; an asset's own counts first, then that of its instrument (for rates alone: it is
        none of spreads), then that of its class. What has none is left alone.
    estimate
        A series of yields in percent, from which durations are estimated where it is there; it rises with them, and
        stays there, unless ``series`` or ``shifts`` say otherwise.
    lookback
        Sessions before the window that they are estimated on.
    """

    kind: ClassVar[str] = "rate-shift"

    points: Annotated[float, Within(-100.0, 100.0, unit="points")] = 1.0
    durations: Annotated[Mapping[str, float], DURATION] = field(default_factory=dict)
    estimate: str | None = None
    lookback: Annotated[int, SESSIONS] = 252

    def log_size(self) -> float:
        """What a price loses for each year of duration."""
        return -self.points / 100.0

    def detail(self) -> str:
        """The size in words."""
        years = ", ".join(f"{name} {value:g}" for name, value in self.durations.items())
        how = f"estimated from {self.estimate}" if self.estimate else ""
        return f"{self._what} {self.points:+g} points; durations in years: {'; '.join(filter(None, (years, how)))}"

    @property
    def _what(self) -> str:
        return "yields"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Move prices by minus duration times the rise so far."""
        return moved_by(
            market, self.done(market, hit)[:, None] * hit.sizes * self._years(market, hit.world, hit.window.start)
        )

    def done(self, market: MarketData, hit: Hit) -> FloatArray:
        """(T,) share of the rise that is done: equal steps over the window, all of it afterwards."""
        sessions = np.arange(market.sessions.size) - hit.window.start + 1
        steps = self.asked_sessions(market) if self.ends else 1
        return np.clip(sessions / max(steps, 1), 0.0, 1.0)

    def series_along(self) -> Mapping[str, float]:
        """The series that durations are estimated from."""
        return {self.estimate: self.points} if self.estimate else {}

    def _years(self, market: MarketData, world: World, start: int) -> FloatArray:
        for name in self.durations:
            if name not in market.assets and name not in CLASS_DEFAULTS:
                raise ParameterError(
                    f"{self.kind}: durations: no asset or class {quoted(name)}"
                    f"{nearest(name, [*market.assets, *CLASS_DEFAULTS])}"
                )
        own = {
            name: self._own(name, instrument)
            for name, instrument in zip(market.assets, market.instruments, strict=True)
        }
        if self.estimate is None and not self.durations and all(value is None for value in own.values()):
            raise ParameterError(f"{self.kind}: state durations, or a series to estimate them from")
        pairs = zip(market.assets, market.instruments, strict=True)
        by_class = {name: self.durations.get(pair.asset_class, 0.0) for name, pair in pairs}
        years = np.array([by_class[name] if value is None else value for name, value in own.items()])
        if self.estimate is None or self.estimate not in market.series:
            return years
        found = _estimated(world.unshocked, self.estimate, start, self.lookback)
        stated = np.array([value is not None for value in own.values()])
        bonds = (years != 0.0) if self.durations else np.ones(years.size, bool)
        return np.where(~stated & bonds & np.isfinite(found), found, years)

    def _own(self, name: str, instrument: Instrument) -> float | None:
        """The duration that is stated of one asset itself, if any."""
        return self.durations.get(name, instrument.duration)


@dataclass(frozen=True, kw_only=True)
class CreditSpreadShift(RateShift):
    """Credit spreads rise by ``points`` times severity, and prices by minus their spread duration times that."""

    kind: ClassVar[str] = "credit-spread-shift"

    @property
    def _what(self) -> str:
        return "credit spreads"

    def _own(self, name: str, instrument: Instrument) -> float | None:  # noqa: ARG002 - says nothing of spreads
        return self.durations.get(name)


def _estimated(market: MarketData, name: str, start: int, lookback: int) -> FloatArray:
    """(N,) minus the slope of daily log returns on the changes of a yield; NaN with fewer than 60 days of both."""
    rows = slice(max(start - lookback - 1, 0), start)
    returns = pd.DataFrame(np.log(market.total_return()[rows])).diff().to_numpy()[1:]
    levels, _ = market.series[name].on(market.sessions)
    changes = np.diff(levels[rows]) / 100.0
    return np.array([_slope(returns[:, number], changes) for number in range(len(market.assets))])


def _slope(returns: FloatArray, changes: FloatArray) -> float:
    both = np.isfinite(returns) & np.isfinite(changes)
    if both.sum() < _FEWEST or np.var(changes[both]) == 0.0:
        return np.nan
    centred = changes[both] - changes[both].mean()
    return -float(np.sum((returns[both] - returns[both].mean()) * centred) / np.sum(centred**2))
