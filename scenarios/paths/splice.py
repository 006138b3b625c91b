"""A crisis of history spliced into paths: its sessions as they were, on other dates and after other days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from scenarios.crises import crises
from simulator.core.errors import DataError, ParameterError, nearest
from simulator.core.names import quoted
from simulator.core.types import IntArray

from .drawn import Drawn, Fitted, copied
from .history import History


@dataclass(frozen=True, kw_only=True)
class Splice:
    """A named crisis, or the sessions between two dates, spliced into every path.

    Returns, volumes, spreads, ranges, rates and series of those sessions are history's; the path then goes on from the
    state that the crisis left the market in.

    Parameters
    ----------
    base
        Generator of everything else; keys that are not of this kind are the base's.
    crisis
        A name of the catalogue (``undertow list``).
    first, last
        Dates in place of a name.
    at
        Day of the path on which it begins; drawn for each path by default.
    """

    base: str = "bootstrap"
    crisis: str | None = None
    first: date | None = None
    last: date | None = None
    at: date | None = None

    def __post_init__(self) -> None:
        if (self.crisis is None) == (self.first is None or self.last is None):
            raise ParameterError("say which crisis, or both its first and last day")
        if self.crisis is not None and self.crisis not in crises():
            raise ParameterError(f"no crisis {quoted(self.crisis)}{nearest(self.crisis, crises())}")
        if self.crisis is not None and crises()[self.crisis].authority:
            raise ParameterError(f"{quoted(self.crisis)} is a hypothetical, which history does not have")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ParameterError(f"last, {self.last}, is before first, {self.first}; swap them")

    @property
    def span(self) -> tuple[date, date]:
        """Its first and last day."""
        if self.crisis is not None:
            return crises()[self.crisis].first, crises()[self.crisis].last
        assert self.first is not None
        assert self.last is not None
        return self.first, self.last

    def on(self, history: History) -> OnCrisis:
        """Its sessions in a market.

        Raises
        ------
        DataError
            If the sessions that paths are made of do not cover it.
        """
        days = history.market.sessions[history.rows]
        first, last = (np.datetime64(day, "D") for day in self.span)
        name = self.crisis or "the window"
        if first < days[0] - np.timedelta64(7, "D") or last > days[-1] + np.timedelta64(7, "D"):
            raise DataError(
                f"splice: {name} lasted from {first} to {last}, and the sessions that paths are made of are those from "
                f"{days[0]} to {days[-1]}; choose another, or give data (or a later from) that cover it"
            )
        rows = np.flatnonzero((days >= first) & (days <= last))
        if not rows.size:
            raise DataError(f"splice: there is no session from {first} to {last}; choose other days")
        return OnCrisis(self, history, rows)


@dataclass(frozen=True, eq=False)
class OnCrisis:
    """The sessions of a crisis in a market, by index of the S sessions of its history."""

    asked: Splice
    history: History
    rows: IntArray

    @property
    def sessions(self) -> int:
        """How many. Sessions that it lasts."""
        return self.rows.size

    @property
    def at(self) -> date | None:
        """Its first day on paths; ``None`` where it is drawn."""
        return self.asked.at

    def drawn(
        self,
        base: Fitted,
        state: Any,  # noqa: ARG002 - whatever came before
        rng: np.random.Generator,  # noqa: ARG002
    ) -> tuple[Drawn, Any, dict[str, Any]]:
        """The crisis, the state it left, and nothing to tell."""
        return copied(self.history, self.rows), base.after(int(self.rows[-1])), {}

    def notes(self) -> list[str]:
        """Which sessions they are."""
        days = self.history.market.sessions[self.history.rows[self.rows]]
        name = f"{self.asked.crisis}, the" if self.asked.crisis else "the"
        when = f"on {self.asked.at}" if self.asked.at else "on a session drawn for each path"
        return [
            f"Into every path {name} {days.size:,} sessions from {days[0]} to {days[-1]}, are spliced as they were, "
            f"beginning {when}. Sessions without a price then have the one before, and none are halted.",
        ]
