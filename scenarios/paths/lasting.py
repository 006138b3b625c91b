"""Paths of a stated length: the last sessions up to the end of a run, whatever the market's own history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.core.market import MarketData


@dataclass(frozen=True, eq=False)
class Lasting:
    """Paths cut to their last sessions. Path 0 stays history, with all that lies before.

    Attributes
    ----------
    paths
        Where they come from; some make their last sessions alone.
    sessions
        How many each has.
    """

    paths: Any
    sessions: int

    def path(self, number: int) -> MarketData:
        """Path ``number``: the last sessions of it alone, all of them for path 0."""
        market: MarketData = self.paths.path(number)
        before = 0 if number == 0 else market.sessions.size - self.sessions
        return market if before == 0 else market.between(before, market.sessions.size)

    def notes(self) -> list[str]:
        """What a report must say of the paths."""
        there = self.paths.path(0).sessions[-self.sessions :]
        return [
            *self.paths.notes(),
            f"Paths have {self.sessions:,} sessions, from {there[0]} to {there[-1]}; history, path 0, has its own "
            "before them. Runs begin where the signals of a path are warm, on history too.",
        ]
