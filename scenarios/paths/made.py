"""A market made of drawn returns, volumes and spreads; what no generator models is borrowed from history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import BoolArray, FloatArray, IntArray

from .drawn import Drawn
from .exogenous import SeriesPaths
from .history import History, sessions_a_year, usual_notional
from .matched import matched_rows, nearest_shocks


@dataclass(frozen=True, eq=False)
class Making:
    """Turns what was drawn into markets with the sessions, births and delistings of ``history.market``.

    Parameters
    ----------
    history
        What generators were fitted on.
    begin
        First row that is made; those before are history's own.
    """

    history: History
    begin: int = 0

    def made(self, drawn: Drawn, rng: np.random.Generator) -> MarketData:
        """The market in which the sessions from ``begin`` on are those drawn.

        Parameters
        ----------
        drawn
            T - ``begin`` sessions.
        rng
            Chooses what is borrowed.
        """
        market = self.history.market
        exact = drawn.rows >= 0
        borrowed = np.arange(market.sessions.size)
        borrowed[self.begin :] = self.history.rows[matched_rows(self.history, drawn.returns, drawn.rows, rng)]
        level, dividends = self._levels(drawn.returns)
        panels: dict[str, Any] = {"close": level, "dividends": dividends}
        panels |= self._ranges(drawn, level, borrowed, exact)
        panels |= {
            "volume": self._volume(drawn, level),
            "half_spread": self._spread(drawn),
            "halted": None if market.halted is None else self._own(np.zeros(market.shape, np.bool_), market.halted),
            "splits": None if market.splits is None else self._own(np.ones(market.shape), market.splits),
        }
        for name in ("depth", "spread_scale", "assumed_adv"):
            panel = getattr(market, name)
            panels[name] = panel[borrowed] if isinstance(panel, np.ndarray) else panel
        rate = market.cash_rate[borrowed]
        return replace(market, **panels, cash_rate=rate, series=self._series(drawn.returns, borrowed, exact))

    @cached_property
    def series(self) -> SeriesPaths:
        """The exogenous series, ready to be borrowed."""
        return SeriesPaths.of(self.history.market)

    @cached_property
    def _born(self) -> tuple[BoolArray, FloatArray]:
        """(T, N) True after an asset's first session, and (N,) its first price."""
        close = self.history.market.close
        first = np.isfinite(close).argmax(axis=0)
        return np.arange(len(close))[:, None] > first, close[first, np.arange(first.size)]

    @cached_property
    def _usual(self) -> FloatArray | None:
        market = self.history.market
        return usual_notional(market, sessions_a_year(market), self.history.before)

    @cached_property
    def _calendar(self) -> IntArray:
        """(T,) the session whose dividend yield a session has: its own, or one a whole number of years before."""
        own = np.arange(self.history.market.sessions.size)
        year, stop = sessions_a_year(self.history.market), self.history.before
        late = own >= stop
        own[late] -= -(-(own[late] - stop + 1) // year) * year
        return np.maximum(own, 0)

    def _own(self, made: Any, history: Any) -> Any:
        """Made sessions after history's own up to ``begin``."""
        made[: self.begin] = history[: self.begin]
        return made

    def _levels(self, returns: FloatArray) -> tuple[FloatArray, FloatArray | None]:
        """(T, N) prices, and the dividends that part of the total return is paid in."""
        market, (after, first) = self.history.market, self._born
        growth = np.ones(market.shape)
        growth[self.begin :] = np.exp(returns)
        paid = None
        if market.dividends is not None:
            carried = pd.DataFrame(market.close).ffill().to_numpy()
            with np.errstate(invalid="ignore"):
                paid = np.where(after, np.nan_to_num((market.dividends / carried)[self._calendar]), 0.0)
            growth /= 1.0 + paid
        if self.begin:
            own = pd.DataFrame(market.close[: self.begin]).ffill().to_numpy()
            first = np.where(np.isfinite(own[-1]), own[-1], first)
            growth[: self.begin] = 1.0
        level = first * np.cumprod(np.where(after, growth, 1.0), axis=0)
        level[~market.alive] = np.nan
        level[: self.begin] = market.close[: self.begin]
        dividends = None if paid is None else np.nan_to_num(paid * level)
        return level, None if dividends is None else self._own(dividends, market.dividends)

    def _ranges(self, drawn: Drawn, level: FloatArray, borrowed: IntArray, exact: BoolArray) -> dict[str, Any]:
        """Opens, highs and lows as far from the close as on the session on which the asset's return was most alike.

        Where the return is larger than any of history, they are further from the close by as much.
        """
        market = self.history.market
        if all(getattr(market, name) is None for name in ("open", "high", "low")):
            return {}
        near = nearest_shocks(self.history, drawn.returns)
        was = np.take_along_axis(self.history.returns, near, axis=0)
        floor = 0.1 * self.history.scale
        wider = np.maximum(np.abs(drawn.returns), floor) / np.maximum(np.abs(was), floor)
        wider[exact] = 1.0
        source = self.history.rows[near]
        source[exact] = borrowed[self.begin :][exact][:, None]
        panels: dict[str, Any] = {}
        for name in ("open", "high", "low"):
            panel = getattr(market, name)
            if panel is not None:
                away = np.nan_to_num(np.log(np.take_along_axis(panel / market.close, source, axis=0)))
                made = level.copy()
                made[self.begin :] *= np.exp(away * wider)
                panels[name] = self._own(made, panel)
        return panels

    def _volume(self, drawn: Drawn, level: FloatArray) -> FloatArray | None:
        """Shares: relative volume times the usual notional of the path's own date."""
        market = self.history.market
        if market.volume is None or drawn.volume is None or self._usual is None:
            return None
        adjustment = np.ones(market.shape) if market.adjustment is None else market.adjustment
        shares = np.empty(market.shape)
        late = slice(self.begin, None)
        shares[late] = self._usual[late] * np.exp(drawn.volume) * adjustment[late] / level[late]
        return np.asarray(self._own(shares, market.volume), dtype=np.float64)

    def _spread(self, drawn: Drawn) -> FloatArray | None:
        quoted = self.history.market.half_spread
        if quoted is None or drawn.spread is None:
            return None
        made = np.empty(quoted.shape)
        made[self.begin :] = np.exp(drawn.spread)
        return np.asarray(self._own(made, quoted), dtype=np.float64)

    def _series(self, returns: FloatArray, borrowed: IntArray, exact: BoolArray) -> Any:
        """Series as borrowed; those that move with the assets, by what they have in common with them."""
        changes = {}
        for name in self.series.chained:
            change = self.series.change(name)
            weights, rest = self._betas[name]
            made = change[borrowed].copy()
            late = made[self.begin :]
            moved = np.exp(returns @ weights + rest[borrowed[self.begin :]])
            made[self.begin :] = np.where(exact, late, moved)
            changes[name] = made
        return self.series.drawn(borrowed, changes)

    @cached_property
    def _betas(self) -> dict[str, tuple[FloatArray, FloatArray]]:
        """By chained series, its (N,) betas to the assets and its (T,) log changes beyond them."""
        found: dict[str, tuple[FloatArray, FloatArray]] = {}
        for name in self.series.chained:
            change = np.log(self.series.change(name))
            x, y = self.history.returns, change[self.history.rows]
            weights = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
            rest = np.zeros(change.size)
            rest[self.history.rows] = y - x @ weights
            found[name] = (weights, rest)
        return found

    def notes(self) -> list[str]:
        """What is borrowed, a sentence each."""
        market = self.history.market
        lines = [
            "Rates, series and what else no generator draws are borrowed from sessions of history on which markets had "
            "lately been as rough, in stretches; ranges from the session on which the asset's return was most like "
            "the path's. Births and delistings stay where they were."
        ]
        if market.half_spread is None:
            lines.append("The market quotes no spreads: paths have those of the cost model, as history has.")
        if market.dividends is not None:
            lines.append("Dividends are paid on the path's own dates at history's yields, out of the total return.")
        if market.splits is not None:
            lines.append("No shares are split on paths.")
        if market.halted is not None:
            lines.append("Nothing is halted on paths.")
        return [*lines, *self.series.notes()]
