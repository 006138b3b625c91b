"""A policy's view of one day: its book at the close, and everything known by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from .bounds import Bounds
from .errors import PluginError
from .market import MarketData
from .names import CASH
from .panels import SignalPanel
from .plan import PlanContext
from .types import BoolArray, FloatArray
from .view import MarketView


class Hold:
    """The answer of a policy that wants to leave everything, queued orders included, as it is."""

    def __repr__(self) -> str:
        return "HOLD"


HOLD: Final = Hold()


@dataclass(frozen=True, eq=False, slots=True)
class SignalView:
    """A signal as of today: its last known values by column.

    ``state`` says whether it is on, ``changed`` whether that is new today (from off, on the first session), and
    ``fires`` whether it calls for action today.
    """

    values: Mapping[str, float]
    state: bool
    changed: bool
    fires: bool

    def __getitem__(self, column: str) -> float:
        if column not in self.values:
            raise PluginError(f"the signal has no column {column!r}; it has: {', '.join(self.values)}")
        return self.values[column]


class Signals(Mapping[str, SignalView]):
    """Today's signals by name."""

    def __init__(self, panels: Mapping[str, SignalPanel], t: int) -> None:
        self._panels, self._t = panels, t

    def __getitem__(self, name: str) -> SignalView:
        if name not in self._panels:
            raise PluginError(f"no signal {name!r} here; there are: {', '.join(self._panels) or 'none'}")
        panel, t = self._panels[name], self._t
        values = dict(zip(panel.columns, map(float, panel.values[t]), strict=True))
        state = panel.state()
        changed = bool(state[t] != (t > 0 and state[t - 1]))
        return SignalView(values, bool(state[t]), changed, bool(panel.fires()[t]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._panels)

    def __len__(self) -> int:
        return len(self._panels)


@dataclass(frozen=True, eq=False, slots=True)
class Day:
    """The close of one session, as a policy sees it.

    Attributes
    ----------
    t
        Sessions since the start of the replay (0 on the first).
    date
        The session.
    assets
        N names.
    nav, cash
        In currency, before any cost of what is decided now.
    shares, prices, values, queued
        (N,) shares held, marks (0 for assets not listed), their product, and shares in orders not yet filled.
    listed
        (N,) True while an asset is listed: from its first price until it is delisted. Weights of others stay in
        cash.
    signals
        Signals by name, as known at this close.
    """

    t: int
    date: pd.Timestamp
    assets: tuple[str, ...]
    nav: float
    cash: float
    shares: FloatArray
    prices: FloatArray
    values: FloatArray
    queued: FloatArray
    listed: BoolArray
    signals: Signals
    _market: MarketData
    _offset: int
    _bounds: Bounds
    _context: PlanContext
    _remarks: dict[int, str] = field(default_factory=dict)

    @property
    def first(self) -> bool:
        """True on the first session of the replay."""
        return self.t == 0

    @property
    def weights(self) -> pd.Series:
        """Shares of nav by asset, and ``CASH``."""
        held = np.append(self.values, self.cash) / self.nav
        return pd.Series(held, index=[*self.assets, CASH])

    def attainable(self, weights: FloatArray) -> FloatArray:
        """(N,) what the run makes of target weights today: unlisted assets in cash, the bounds on holdings applied."""
        held, _ = self._bounds.apply(np.where(self.listed, weights, 0.0)[None, :], self.assets)
        row: FloatArray = held[0]
        return row

    def strayed(self, weights: FloatArray, band: float | FloatArray) -> bool:
        """Whether a weight held, cash included, is further than ``band`` (of nav) from target weights (N,).

        ``band`` is one number, or (N + 1,) by asset, cash last.
        """
        edge = np.broadcast_to(np.asarray(band) * self.nav, self.values.size + 1)
        cash = abs(self.cash - (1.0 - weights.sum()) * self.nav)
        return bool(cash > edge[-1] or (np.abs(self.values - weights * self.nav) > edge[:-1]).any())

    @property
    def market(self) -> MarketView:
        """The observed market up to and including today."""
        return self._context.market.until(self.t)

    @property
    def adv(self) -> FloatArray:
        """(N,) forecast daily notional, as known at this close; inf where the market has no volumes and needs none."""
        return self.market.adv[-1]

    @property
    def volatility(self) -> FloatArray:
        """(N,) forecast daily volatility, as known at this close; NaN where there is none yet."""
        return self.market.volatility[-1]

    @property
    def half_spread(self) -> FloatArray:
        """(N,) half-spread that trades are planned with at this close, a fraction of price."""
        return self.market.half_spread[-1]

    def remark(self, text: str) -> None:
        """Have the run say something of today's decision: what gave way, or why there is none."""
        before = self._remarks.get(self.t)
        self._remarks[self.t] = text if before is None else f"{before}; {text}"

    def context(self) -> PlanContext:
        """What a plan may be laid out from, up to and including today."""
        return self._context.until(self.t)

    def history(self, field: str = "close", sessions: int | None = None) -> pd.DataFrame:
        """The last ``sessions`` rows (all by default) of a market field up to and including today."""
        last = self._offset + self.t + 1
        first = 0 if sessions is None else max(0, last - sessions)
        values = getattr(self._market, field, None)
        if not isinstance(values, np.ndarray) or values.ndim != 2:
            raise PluginError(f"this market has no field {field!r}")
        index = pd.DatetimeIndex(self._market.sessions[first:last])
        return pd.DataFrame(values[first:last].copy(), index=index, columns=list(self.assets))

    def series(self, name: str) -> pd.Series:
        """What had been published of an exogenous series by today's close, by reference date.

        In the unit it was published in.
        """
        if name not in self._market.series:
            raise PluginError(f"no series {name!r}; there are: {', '.join(self._market.series) or 'none'}")
        known = self._market.series[name].until(self._market.sessions[self._offset + self.t])
        return pd.Series(known.values, index=pd.DatetimeIndex(known.dates), name=name)
