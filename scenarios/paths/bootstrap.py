"""Block-bootstrapped paths of a market: prices, ranges, volumes, rates and series, all from the same sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from simulator.core.errors import DataError, ParameterError
from simulator.core.market import MarketData
from simulator.core.types import BoolArray, FloatArray, IntArray, frozen

from .blocks import block_words
from .chained_nb import chained_nb
from .draw import MEAN_BLOCK, draw_rows, path_rng
from .exogenous import SeriesPaths
from .history import sessions_a_year, usual_notional


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Draws paths from a market. Path 0 is the market itself.

    Every session of a path is a session of history, for all assets, rates and series at once, so that the
    cross-section stays intact. Returns are those of the drawn session (with its dividends and splits), and so are the
    open, high and low over the close, half-spreads, halts and the cash rate. Notional volume is the drawn session's
    over its median of the year before, times that median on the path's own date: markets grow, and a block
    of 1995 is no less liquid in 2015 than the market was then. Assets are born and delisted as in history.

    Parameters
    ----------
    market
        History; cut it at the last session of the run, or paths draw from later ones.
    seed
        Of the scenario. Path k depends on the market, the seed, the mean block and k.
    mean_block
        Mean length of a block in sessions.
    circular
        Whether every block is that long.
    begin
        First row that is drawn, from the sessions before it; those are history's own. ``None`` draws all rows, from
        all sessions.
    sessions
        How many sessions a path has, the last of history; ``None`` for all. What lies before moves its prices and is
        not made.
    """

    market: MarketData
    seed: int
    mean_block: int = MEAN_BLOCK
    circular: bool = False
    begin: int | None = None
    sessions: int | None = None

    def __post_init__(self) -> None:
        if self.mean_block < 1:
            raise ParameterError(f"the mean block must be at least 1 session, not {self.mean_block}")
        if self.sources.size < self.year:
            raise DataError(
                f"paths need {self.year} sessions on which every asset was listed; this market has "
                f"{self.sources.size}: leave out the youngest asset or those delisted early"
            )

    def path(self, number: int) -> MarketData:
        """Path ``number``. It has the sessions of history, path 0 all and others as many of the last as are stated."""
        return self.market if number == 0 else self.resampled(self.rows(number))

    def rows(self, number: int) -> IntArray:
        """(T,) the session of history that happens on each session of a path."""
        rng, own = path_rng(self.seed, number), np.arange(self.begin or 0)
        sessions = self.market.sessions.size - own.size
        drawn = draw_rows(self.sources, sessions, self.mean_block, rng, circular=self.circular)
        return np.concatenate([own, drawn])

    @cached_property
    def year(self) -> int:
        """Sessions of a year of this market, 2 at least."""
        return sessions_a_year(self.market)

    @cached_property
    def sources(self) -> IntArray:
        """Sessions on which every asset has a return, alive on both sides of it, before paths begin."""
        alive = self.market.alive
        both = np.isfinite(self._ratios) & alive & np.concatenate([alive[:1], alive[:-1]])
        return np.flatnonzero(both.all(axis=1)[: self.begin])

    @cached_property
    def _ratios(self) -> FloatArray:
        """(T, N) price over the previous one, gaps carried; NaN up to an asset's first session."""
        carried = pd.DataFrame(self.market.close).ffill()
        return frozen(carried / carried.shift(1))

    @cached_property
    def _cut(self) -> MarketData:
        """History on the sessions that paths have."""
        stop = self.market.sessions.size
        if self.sessions is None or self.sessions == stop:
            return self.market
        return self.market.between(stop - self.sessions, stop)

    @cached_property
    def _first(self) -> int:
        """The row of history on which paths begin to be made."""
        return self.market.sessions.size - self._cut.sessions.size

    @cached_property
    def _born(self) -> tuple[IntArray, FloatArray]:
        """(N,) the first session of each asset, and its price."""
        first = np.isfinite(self.market.close).argmax(axis=0)
        return frozen(first, np.int64), frozen(self.market.close[first, np.arange(first.size)])

    @cached_property
    def _after(self) -> BoolArray:
        """(T, N) True after an asset's first session, on the sessions that paths have."""
        after: BoolArray = np.arange(self._first, self.market.sessions.size)[:, None] > self._born[0]
        return after

    @cached_property
    def _gaps(self) -> BoolArray | None:
        """(T, N) where history has no price; ``None`` where it has all."""
        gaps = np.isnan(self.market.close)
        return gaps if gaps.any() else None

    @cached_property
    def _gone(self) -> BoolArray | None:
        """(T, N) where an asset is not listed, on the sessions that paths have; ``None`` where all always are."""
        gone = ~self.market.alive[self._first :]
        return gone if gone.any() else None

    @cached_property
    def _usual_notional(self) -> FloatArray | None:
        """(T, N) median notional of the year up to each session; its first value holds before."""
        return usual_notional(self.market, self.year, self.begin)

    @cached_property
    def series(self) -> SeriesPaths:
        """The exogenous series, ready to be drawn."""
        return SeriesPaths.of(self.market)

    def resampled(self, rows: IntArray) -> MarketData:
        """The market in which session t of a path is session ``rows[t]`` of history; (T,) rows of all sessions."""
        market, made = self._cut, rows[self._first :]
        level = np.empty(market.shape)
        chained_nb(self._ratios, frozen(rows, np.int64), *self._born, level)
        if self._gone is not None:
            level[self._gone] = np.nan
        close = level if self._gaps is None else np.where(self._after & self._gaps[made], np.nan, level)
        panels: dict[str, Any] = {"close": close}
        for name in ("open", "high", "low"):
            panels[name] = self._beside(name, made, level)
        for name in ("depth", "half_spread", "spread_scale", "halted", "assumed_adv"):
            panel = getattr(self.market, name)
            panels[name] = panel[made] if isinstance(panel, np.ndarray) else panel
        panels |= self._corporate(made, level) | {"volume": self._volume(made, level)}
        return replace(market, **panels, cash_rate=self.market.cash_rate[made], series=self.series.drawn(rows))

    @cached_property
    def _over_close(self) -> dict[str, FloatArray]:
        """(T, N) open, high and low over the close, as far as there are any."""
        panels = {name: getattr(self.market, name) for name in ("open", "high", "low")}
        return {name: panel / self.market.close for name, panel in panels.items() if panel is not None}

    @cached_property
    def _relative_notional(self) -> FloatArray | None:
        """(T, N) notional over its median of the year before; ``None`` without volumes."""
        notional, usual = self.market.notional, self._usual_notional
        if usual is None or notional is None:
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            relative: FloatArray = notional / usual
        return relative

    def _beside(self, name: str, rows: IntArray, level: FloatArray) -> FloatArray | None:
        """A price as far from the close as it was on the drawn session."""
        over = self._over_close.get(name)
        return None if over is None else level * over[rows]

    def _volume(self, rows: IntArray, level: FloatArray) -> FloatArray | None:
        relative, usual = self._relative_notional, self._usual_notional
        if usual is None or relative is None:
            return None
        adjustment = 1.0 if self._cut.adjustment is None else self._cut.adjustment
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: FloatArray = usual[self._first :] * relative[rows] * adjustment / level
        return shares

    @cached_property
    def _yields(self) -> FloatArray | None:
        """(T, N) dividends over the carried price, or ``None`` without any."""
        if self.market.dividends is None:
            return None
        carried = pd.DataFrame(self.market.close).ffill().to_numpy()
        yields: FloatArray = self.market.dividends / carried
        return yields

    def _corporate(self, rows: IntArray, level: FloatArray) -> dict[str, FloatArray | None]:
        """Dividends at the yield of the drawn session (on its carried price), and its splits; none up to its birth."""
        dividends, splits = None, None
        if self._yields is not None:
            dividends = np.where(self._after, np.nan_to_num(level * self._yields[rows]), 0.0)
        if self.market.splits is not None:
            splits = np.where(self._after, np.nan_to_num(self.market.splits[rows], nan=1.0), 1.0)
        return {"dividends": dividends, "splits": splits}

    def _words(self) -> str:
        sessions = self.market.sessions[self.sources]
        of = f"of {self.sources.size:,} sessions from {sessions[0]} to {sessions[-1]},"
        name, _, length = block_words(self.mean_block, circular=self.circular).rstrip(",").partition(",")
        return f"{name} {of}{length}"

    def notes(self) -> list[str]:
        """What a report must say of the paths."""
        begun = [] if self.begin is None else [begun_on(self.market, self.begin)]
        return [
            f"Paths: {self._words()}, seed {self.seed}. A "
            "session keeps all of its returns, ranges, relative volumes, rates and series together; dates, births "
            "and delistings stay where they were. Path 0 is history.",
            *begun,
            *self.series.notes(),
        ]


def begun_on(market: MarketData, begin: int) -> str:
    """Where paths leave history, in a sentence."""
    return (
        f"Paths are history up to {market.sessions[begin - 1]} and begin on {market.sessions[begin]}; nothing later "
        "went into them but the calendar and the dates of births and delistings."
    )
