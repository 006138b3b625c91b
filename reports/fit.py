"""Everything the page of a fit shows: how paths of a generator compare with the history it was fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulator.core.types import FloatArray


class Compared(NamedTuple):
    """A figure of history among those of paths.

    Attributes
    ----------
    name, title
        For machines and for people.
    unit
        ``"percent"``, or ``"plain"``.
    history
        NaN where it is undefined.
    low, median, high
        5%, 50% and 95% quantiles over paths; NaN where no path defines it.
    """

    name: str
    title: str
    unit: str
    history: float
    low: float
    median: float
    high: float

    @property
    def outside(self) -> bool:
        """Whether history lies outside nine in ten paths."""
        return self.history < self.low or self.history > self.high

    @property
    def off(self) -> float | None:
        """The median of paths over history, less one; ``None`` where history is near nothing or undefined.

        A fraction.
        """
        known = abs(self.history) > 1e-12 and self.median == self.median
        return self.median / self.history - 1.0 if known else None


class Curve(NamedTuple):
    """A curve of history, and the band in which nine in ten paths lie at each point."""

    x: FloatArray
    history: FloatArray
    low: FloatArray
    median: FloatArray
    high: FloatArray


class Table(NamedTuple):
    """Parameters as people read them."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class FitReport:
    """A generator and what it makes of a history.

    Attributes
    ----------
    name, description
        Of the scenario.
    generator
        As it was asked for.
    paths, sessions, start, end
        How many paths, and the history that it was fitted on.
    warnings
        Figures of history that lie outside nine in ten paths, a sentence each.
    notices, notes
        What else must be read first, and what the generator is, a sentence each.
    book
        Figures of the target weights, rebalanced each session.
    assets
        By asset.
    parameters
        Tables of what was estimated.
    squares, losses, volumes
        Autocorrelation of squared returns by lag; share of sessions that lose more, by loss in standard deviations;
        mean log relative volume by decile of the size of returns (``None`` without volume).
    growth
        Of one unit.
    drawdowns, drawdown
        Largest falls of paths, and that of history; negative.
    """

    name: str
    description: str
    generator: str
    paths: int
    sessions: int
    start: str
    end: str
    warnings: Sequence[str]
    notices: Sequence[str]
    notes: Sequence[str]
    book: Sequence[Compared]
    assets: Mapping[str, Sequence[Compared]]
    parameters: Sequence[Table]
    squares: Curve
    losses: Curve
    volumes: Curve | None
    growth: Curve
    drawdowns: FloatArray
    drawdown: float
