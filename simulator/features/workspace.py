"""What many features share, computed once: returns, ranges, volumes and published series of one market."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.protocols import FeatureSource
from simulator.core.rhythm_nb import rhythm_so_far
from simulator.core.series import ExogenousSeries
from simulator.core.types import BoolArray, DateArray, FloatArray

from .amihud import impact, over_usual_impact, risky_assets
from .crowd import equal_weight_return
from .reduce import reduced
from .roles import Role, role_of
from .source import Features
from .spreads import abdi_ranaldo_product, corwin_schultz
from .volatility import log_returns

_R = TypeVar("_R")


class Published(NamedTuple):
    """A series as known at each close. Arrays are (T,), one value a session."""

    values: FloatArray  # (T,) NaN before the first publication and after the last has aged too much
    known_at: DateArray  # (T,) when the value was published; NaT where there is none
    late: BoolArray  # (T,) True where a newer publication was due


class Memory:
    """What has been computed already, by key."""

    def __init__(self) -> None:
        self._memory: dict[str, Any] = {}

    def memo(self, key: str, compute: Callable[[], _R]) -> _R:
        """The result of ``compute``, kept under ``key``: the same key must mean the same computation."""
        if key not in self._memory:
            self._memory[key] = compute()
        result: _R = self._memory[key]
        return result


class Workspace(Memory):
    """Shared intermediate results of one market. Every array is (T,) or (T, N), row t from the past up to t.

    Parameters
    ----------
    source
        The market as observed.
    aliases
        Names of series by role, where the market holds them under names of its own.
    """

    def __init__(self, source: FeatureSource | MarketData, aliases: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.source: FeatureSource = Features(source) if isinstance(source, MarketData) else source
        self.market = self.source.market
        self.sessions = self.source.sessions
        self._aliases = dict(aliases or {})
        self._published: dict[str, Published] = {}

    @classmethod
    def of(cls, source: FeatureSource | MarketData | Workspace) -> Workspace:
        """The workspace of a market: the one given, or a new one; what shares one computes nothing twice."""
        return source if isinstance(source, Workspace) else cls(source)

    def whole(self, key: str, compute: Callable[[Workspace], FloatArray]) -> FloatArray:
        """(T,) a measure of the market as a whole, by :meth:`memo`: features that go by such alone compute abreast."""
        return self.memo(key, lambda: compute(self))

    # --- prices

    @cached_property
    def high_low_close(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(T, N) total-return highs, lows and closes."""
        high, low, close = (self.market.total_return(name) for name in ("high", "low", "close"))
        return high, low, close

    @cached_property
    def log_returns(self) -> FloatArray:
        """(T, N) log returns over carried prices."""
        return log_returns(self.market.total_return())

    @cached_property
    def returns(self) -> pd.DataFrame:
        """(T, N) simple returns over carried prices."""
        return self.source.returns()

    @cached_property
    def simple_returns(self) -> FloatArray:
        """(T, N) :attr:`returns` as an array."""
        if isinstance(self.source, Features):
            return self.source.simple_returns
        return self.returns.to_numpy(np.float64)

    @cached_property
    def book(self) -> FloatArray:
        """(T,) return of the equally weighted book."""
        return equal_weight_return(self.simple_returns)

    @cached_property
    def per_year(self) -> FloatArray:
        """(T,) sessions a year: as stated, or as their spacing so far shows."""
        stated = self.market.sessions_per_year
        return rhythm_so_far(self.sessions) if stated is None else np.full(self.sessions.size, stated)

    @cached_property
    def book_log(self) -> FloatArray:
        """(T,) logarithm of the equally weighted book's value, 0 before its first return."""
        return np.asarray(np.log1p(np.nan_to_num(self.book)).cumsum(axis=0))

    # --- liquidity

    @cached_property
    def risky(self) -> list[int]:
        """Columns of the assets that are not level-1 liquid; all of them if every asset is.

        They are those of the (T, N) panels.
        """
        return risky_assets(self.market)

    @cached_property
    def notional(self) -> FloatArray:
        """(T, N) currency traded each day, 0 where nothing was. The market must have volumes."""
        return np.nan_to_num(self.traded)

    @cached_property
    def traded(self) -> FloatArray:
        """(T, N) currency traded each day, NaN where that is not known. The market must have volumes."""
        traded = self.market.notional
        assert traded is not None  # features that need volumes are not computed without
        return traded

    @cached_property
    def amihud(self) -> FloatArray:
        """(T, N) Amihud's ratio of single days."""
        assert self.market.volume is not None  # as above
        return impact(self.log_returns, self.traded)

    @cached_property
    def relative_amihud(self) -> FloatArray:
        """(T, N) Amihud relative to its own trailing median."""
        return over_usual_impact(self.amihud)

    @cached_property
    def illiquidity(self) -> FloatArray:
        """(T,) relative Amihud of the risky assets, geometric mean."""
        whole = "relative_amihud" in self.__dict__  # of every asset, where that was asked for
        relative = self.relative_amihud[..., self.risky] if whole else over_usual_impact(self.amihud[..., self.risky])
        return reduced(relative, "geometric mean")

    @cached_property
    def corwin_schultz(self) -> FloatArray:
        """(T, N) Corwin–Schultz spread of each pair of days."""
        return corwin_schultz(*self.high_low_close)

    @cached_property
    def abdi_ranaldo_product(self) -> FloatArray:
        """(T, N) squared Abdi–Ranaldo spread of each pair of days, negative values kept."""
        return abdi_ranaldo_product(*self.high_low_close)

    @cached_property
    def daily_spread(self) -> FloatArray:
        """(T,) Corwin–Schultz spread of the risky assets, their mean."""
        whole = "corwin_schultz" in self.__dict__  # as above
        own = [panel[..., self.risky] for panel in self.high_low_close]
        return reduced(self.corwin_schultz[..., self.risky] if whole else corwin_schultz(*own), "mean")

    @cached_property
    def quoted_spread(self) -> FloatArray:
        """(T, N) quoted full spread as a fraction of price, with whatever multiplier stress put on it."""
        half = self.market.half_spread
        assert half is not None  # as above
        scale = self.market.spread_scale
        return 2.0 * (half if scale is None else half * scale)

    # --- published series

    def series_of(self, role: Role, asset: str | None = None) -> ExogenousSeries | None:
        """The market's series in a role (of one asset, where the role has one an asset), or ``None``."""
        names = (self._aliases[role.key],) if role.key in self._aliases else role.candidates
        full = [name if asset is None else f"{name}:{asset}" for name in names]
        return next((self.market.series[name] for name in full if name in self.market.series), None)

    def published(self, key: str) -> Published:
        """A series by role, or by ``ROLE:ASSET``, as known at each close. It must be there."""
        if key not in self._published:
            name, _, asset = key.partition(":")
            role = role_of(name)
            series = self.series_of(role, asset or None)
            assert series is not None  # features are not computed without their inputs
            self._published[key] = publish(series, self.sessions, role.late_after(series), role.missing_after(series))
        return self._published[key]

    def series(self, key: str) -> FloatArray:
        """(T,) values of a series by role, as known at each close."""
        return self.published(key).values

    def held(self, key: str) -> list[str]:
        """Keys of the series the market holds in a role: none, one, or one an asset (``ROLE:ASSET``)."""
        role = role_of(key)
        if not role.per_asset:
            return [key] if self.series_of(role) is not None else []
        return [f"{key}:{asset}" for asset in self.market.assets if self.series_of(role, asset) is not None]

    def by_asset(self, key: str) -> FloatArray:
        """(T, N) values of a role that has one series an asset; NaN for assets without."""
        out = np.full(self.market.shape, np.nan)
        for full in self.held(key):
            out[:, self.market.index_of(full.partition(":")[2])] = self.series(full)
        return out


def publish(series: ExogenousSeries, sessions: DateArray, late_days: int, max_age_days: int) -> Published:
    """A series at each close: carried while recent, late once a publication is overdue, missing once it has ended.

    ``late_days`` and ``max_age_days`` are calendar days, arrays (T,).
    """
    values, known_at = series.on(sessions, max_age_days)
    with np.errstate(invalid="ignore"):
        late = (sessions - known_at) > np.timedelta64(late_days, "D")
    return Published(values, known_at, late & ~np.isnan(values))
