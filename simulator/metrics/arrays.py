"""What measures are made of: the arrays of one run, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.core.types import DateArray, FloatArray, IntArray
from simulator.ledger import Kind, RunRecord
from simulator.ledger.events import NO_COMPONENT, NOTHING_LEFT
from simulator.ledger.record import Observations, ratio

from . import performance, trading
from .limits import limit_days


@dataclass(frozen=True, eq=False)
class RunArrays:
    """A run that kept its daily arrays and events, as measures read it.

    Attributes
    ----------
    record
        The run. Its days are T sessions, and its own observations n of them.
    """

    record: RunRecord

    @property
    def sessions(self) -> DateArray:
        """(T,) dates."""
        return self.record.sessions

    @cached_property
    def daily_returns(self) -> FloatArray:
        """(T,) time-weighted returns, net of costs."""
        return np.asarray(self.record.returns.to_numpy(), dtype=np.float64)

    @property
    def observations(self) -> Observations:
        """(n,) returns by observation, what cash earned meanwhile, and how many there are in a year."""
        return self.record.observations

    @cached_property
    def years(self) -> float:
        """Calendar years from the first session to the last; 0 for a single session."""
        return performance.years(self.record.sessions)

    @property
    def over(self) -> bool:
        """Whether the book came to be worth nothing or less, which ended the run."""
        return self.record.ruined is not None

    @cached_property
    def turnover(self) -> FloatArray:
        """(T,) larger of buys and sells, of nav."""
        return trading.turnover(self.record)

    @cached_property
    def turnover_halved(self) -> FloatArray:
        """(T,) half of buys and sells, of nav."""
        return trading.turnover_halved(self.record)

    @cached_property
    def cost_bps(self) -> FloatArray:
        """(T, components) basis points of what the day's return is measured against."""
        return trading.cost_bps(self.record)

    @cached_property
    def displacement_bps(self) -> FloatArray:
        """(T,) what trading at displaced prices cost, in basis points likewise."""
        return trading.impact_bps(self.record)

    @cached_property
    def liquid_share(self) -> FloatArray:
        """(T,) of nav that could be raised under stress; NaN where unknown."""
        return np.asarray(self.record.coverage["liquid_share"].to_numpy(), dtype=np.float64)

    @cached_property
    def coverage(self) -> FloatArray:
        """(T,) cash that could be raised under stress over the stated redemption; NaN where unknown."""
        return np.asarray(self.record.coverage["coverage"].to_numpy(), dtype=np.float64)

    @cached_property
    def sessions_to_fill(self) -> FloatArray:
        """(decisions,) sessions that each took, those that filled nothing and the first one left out."""
        return trading.sessions_to_fill(self.record)

    @cached_property
    def moved(self) -> FloatArray:
        """(flows,) investors' money that moved, in currency: positive in, the initial cash among it."""
        stream = self.record.stream
        amounts: FloatArray = stream["amount"][stream["kind"] == Kind.FLOW]
        return amounts

    @property
    def money_weighted(self) -> float | None:
        """What investors' money returned a year; what is owed to them at the end counts as theirs."""
        stream = self.record.stream
        days = (self.record.sessions - self.record.sessions[0]).astype(np.float64)
        at = days[stream["session"][stream["kind"] == Kind.FLOW]]
        return performance.money_weighted(self.moved, at, float(self.record.out.nav[-1]), float(days[-1]))

    @cached_property
    def shortfalls(self) -> tuple[IntArray, FloatArray]:
        """Sessions that ended with redemptions not paid, and how much was not, in currency."""
        return limit_days(self.record, Kind.SHORTFALL)

    @cached_property
    def longest_shortfall(self) -> int:
        """Most sessions in a row that ended with something not paid."""
        days = self.shortfalls[0]
        return max(wait.size for wait in np.split(days, np.flatnonzero(np.diff(days) > 1) + 1))

    @cached_property
    def shortfalls_of_nav(self) -> FloatArray:
        """What was not paid over that close's nav, before what is owed is taken off it.

        Fractions, (n,), one a session on which something was not paid.
        """
        days, owed = self.shortfalls
        return ratio(owed, self.record.out.nav[days], 1.0)

    @cached_property
    def owed_at_end(self) -> float:
        """What still waits at the last close, in currency."""
        days, still = limit_days(self.record, Kind.SHORTFALL, NO_COMPONENT)
        return float(still[-1]) if days.size and days[-1] == self.record.sessions.size - 1 else 0.0

    @cached_property
    def never_paid(self) -> float:
        """What was asked of a book that had nothing left, in currency."""
        return float(limit_days(self.record, Kind.SHORTFALL, NOTHING_LEFT)[1].sum())

    def between(self, first: int, stop: int, *, closes: bool = False) -> Stretch:
        """The sessions ``[first, stop)``; with ``closes``, returns from the first close of them on alone."""
        rows = slice(first, stop)
        returns = self.daily_returns[first + 1 if closes else first : stop]
        return Stretch(returns, self.coverage[rows], self.turnover[rows], self.cost_bps[rows])


@dataclass(frozen=True, eq=False)
class Stretch:
    """Some sessions of a run.

    Attributes
    ----------
    returns
        (t,) daily returns.
    coverage
        (t,) as :attr:`RunArrays.coverage`.
    turnover
        (t,) of nav.
    cost_bps
        (t, components) basis points.
    """

    returns: FloatArray
    coverage: FloatArray
    turnover: FloatArray
    cost_bps: FloatArray
