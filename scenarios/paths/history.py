"""What generators are fitted on: the sessions of a market on which every asset was listed, as joint arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from simulator.core.errors import DataError
from simulator.core.market import MarketData
from simulator.core.rhythm_nb import sessions_per_year
from simulator.core.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class History:
    """S sessions of N assets, all known before a path begins.

    Attributes
    ----------
    market
        What they come from.
    before
        Sessions of the market that may be looked at: none from this row on.
    rows
        (S,) rows of the market on which every asset was listed, that session and the one before.
    returns
        (S, N) log total returns, gaps carried; finite.
    volume
        (S, N) log of notional volume over the median of the year before; ``None`` for markets without volume, NaN
        where an asset did not trade.
    spread
        (S, N) log of the quoted half-spread; ``None`` for markets that quote none, NaN where none was quoted.
    """

    market: MarketData
    before: int
    rows: IntArray
    returns: FloatArray
    volume: FloatArray | None
    spread: FloatArray | None

    @classmethod
    def of(cls, market: MarketData, before: int | None = None) -> History:
        """Read the first ``before`` sessions of a market, all of them by default.

        Raises
        ------
        DataError
            If there is not a year of sessions on which every asset was listed.
        """
        stop = market.sessions.size if before is None else before
        whole = market if stop == market.sessions.size else market.between(0, stop)
        carried = pd.DataFrame(np.log(whole.total_return())).ffill().to_numpy()
        change = np.full(carried.shape, np.nan)
        change[1:] = carried[1:] - carried[:-1]
        alive = whole.alive & np.concatenate([whole.alive[:1], whole.alive[:-1]])
        rows = np.flatnonzero((np.isfinite(change) & alive).all(axis=1))
        year = sessions_a_year(market)
        if rows.size < year:
            raise DataError(
                f"paths need {year} sessions on which every asset was listed; this market has {rows.size}"
                f"{_until(market, stop)}: leave out the youngest asset or those delisted early"
            )
        volume = _relative_volume(whole, year)
        spread = _log(whole.half_spread)
        return cls(
            market,
            stop,
            rows,
            change[rows],
            None if volume is None else volume[rows],
            None if spread is None else spread[rows],
        )

    @cached_property
    def scale(self) -> FloatArray:
        """(N,) standard deviation of the returns of each asset; 1 for one that never moves."""
        spread = self.returns.std(axis=0)
        return np.where(spread > 0.0, spread, 1.0)

    @property
    def span(self) -> str:
        """Its first and last session, in words."""
        sessions = self.market.sessions[self.rows]
        return f"{self.rows.size:,} sessions from {sessions[0]} to {sessions[-1]}"


def sessions_a_year(market: MarketData) -> int:
    """Sessions of a year of a market, 2 at least."""
    return max(round(sessions_per_year(market.sessions, market.sessions_per_year)), 2)


def usual_notional(market: MarketData, year: int, before: int | None = None) -> FloatArray | None:
    """(T, N) median notional of the year up to each session; the first holds before it, the last from ``before`` on."""
    if market.volume is None:
        return None
    notional = pd.DataFrame(market.notional)
    usual = notional.where(notional > 0.0).rolling(year, min_periods=1).median()
    if before is not None:
        usual.iloc[before:] = np.nan
    return np.asarray(usual.ffill().bfill(), dtype=np.float64)


def _relative_volume(market: MarketData, year: int) -> FloatArray | None:
    usual = usual_notional(market, year)
    if usual is None or market.notional is None:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        return _log(market.notional / usual)


def _log(panel: FloatArray | None) -> FloatArray | None:
    """Logs of what is positive, NaN elsewhere."""
    if panel is None:
        return None
    return np.log(np.where(panel > 0.0, panel, np.nan))


def _until(market: MarketData, stop: int) -> str:
    return "" if stop == market.sessions.size else f" before {market.sessions[stop]}, on which the paths begin"
