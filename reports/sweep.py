"""Everything the page of a sweep shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray, IntArray
from simulator.metrics import LEADING, Measure, swept

from .luck import MARK, SweepLuck, SweepVersus
from .text import plain
from .versus import gap

#: Columns of the results, in order, under the names they have there.
METRICS: Final = swept()
#: What a table of points shows, and what a page lets one choose from.
SHOWN: Final = ("sharpe", "cagr", "max_drawdown", "turnover_annual", "cost_bps_annual", "liquidity_min")
SHARPE: Final = [measure.name for measure in METRICS].index(LEADING)


class Axis(NamedTuple):
    """A key of the scenario and its values as text, in the order of the grid; whether it is a shock's severity."""

    key: str
    values: tuple[str, ...]
    numeric: bool
    severity: bool = False


class Trial(NamedTuple):
    """One policy under one set of terms that make a difference to it.

    Attributes
    ----------
    policy
        Its name.
    settings
        For each axis the value, or ``None`` where the policy does not depend on it.
    """

    policy: str
    settings: tuple[str | None, ...]


def spread_of(drawn: FloatArray) -> FloatArray:
    """(3, ...) 5% quantile, median and 95% quantile over the first axis, the paths, in the unit of what is drawn.

    Paths on which a figure is undefined are left out; NaN where it is on all of them.
    """
    everywhere = np.asarray(np.isnan(drawn).all(axis=0))
    quantiles = np.nanquantile(np.where(everywhere, 0.0, drawn), (0.05, 0.5, 0.95), axis=0)
    spread: FloatArray = np.where(everywhere, np.nan, quantiles)
    return spread


@dataclass(frozen=True, eq=False)
class SweepReport:
    """A sweep and what came of it.

    Attributes
    ----------
    name, description
        Of the scenario.
    start, end
        First and last session, as dates; of the first point where they differ.
    warning
        What must be read before any figure; empty for nothing.
    axes
        Of the grid.
    policies
        Their names.
    trials
        Each once, however many points it answers.
    answers
        (points, policies) number of the trial.
    history
        (trials, metrics) on history; NaN is undefined.
    spread
        (3, trials, metrics) 5% quantile, median and 95% quantile over paths (:func:`spread_of`); ``None`` without.
    paths
        How many, history not among them.
    expected_best
        The best Sharpe ratio on history that luck alone would show among trials of equal merit; ``None`` if unknown.
    assumptions
        What the figures rest on besides data, a sentence each.
    shocks
        What was injected, a line each.
    foreknown
        What it begins with where the data of any point knows the future; empty for nothing.
    notices
        What else must be read before any figure, a sentence each.
    explained
        What luck explains of the best trial; ``None`` where nothing is chosen, or it cannot be told.
    metrics
        What the last axis of ``history`` holds, in order.
    drawn
        What paths are called by how they were made: ``bootstrapped``, ``generated``.
    """

    name: str
    description: str
    start: str
    end: str
    warning: str
    axes: Sequence[Axis]
    policies: Sequence[str]
    trials: Sequence[Trial]
    answers: IntArray
    history: FloatArray
    spread: FloatArray | None
    paths: int
    expected_best: float | None
    assumptions: Sequence[str]
    shocks: Sequence[str]
    foreknown: str = ""
    notices: Sequence[str] = ()
    explained: SweepLuck | None = None
    metrics: Sequence[Measure[Any]] = METRICS
    drawn: str = "bootstrapped"

    @property
    def first_lines(self) -> list[str]:
        """What a terminal says before any figure, a line each."""
        known = [f"! {self.foreknown}"] if self.foreknown else []
        return [*known, *([self.warning] if self.warning else []), *(f"! {text}" for text in self.notices)]

    @property
    def is_frontier(self) -> bool:
        """Whether every axis is a severity: then nothing is chosen, and what each policy bears is shown."""
        return bool(self.axes) and all(axis.severity for axis in self.axes)

    @cached_property
    def headline(self) -> FloatArray:
        """(trials, metrics) what trials are compared by: the median over paths, or history where there are none."""
        return self.history if self.spread is None else np.asarray(self.spread[1], dtype=np.float64)

    @cached_property
    def ranked(self) -> list[int]:
        """Trials from the best Sharpe ratio to the worst; those without one last, ties in the plan's order."""
        sharpe = self.headline[:, SHARPE]
        return [int(place) for place in np.argsort(np.where(np.isnan(sharpe), np.inf, -sharpe), kind="stable")]

    @property
    def versus(self) -> SweepVersus | None:
        """Trials against the benchmark policy; ``None`` where that cannot be told."""
        return None if self.explained is None else self.explained.versus

    def against(self, number: int) -> str:
        """Its Sharpe ratio on history less that of the benchmark policy, with interval and mark; a dash if unknown."""
        if self.versus is None or number not in self.versus.gaps or np.isnan(self.versus.gaps[number].low):
            return "–"
        found = gap(self.versus.gaps[number], plain)
        return f"{found} {MARK}" if self.versus.is_alike(number) else found

    @property
    def luck(self) -> str:
        """What choosing the best of so many amounts to, in words."""
        tried = f"The best of {len(self.trials):,} trials is chosen with hindsight."
        borne = ", ".join(axis.key for axis in self.axes if axis.severity)
        if borne:
            tried += f" Nobody chooses {borne}: compare settings at one severity, not the mildest with the others."
        sharpe: FloatArray = self.history[:, SHARPE]
        known = sharpe[~np.isnan(sharpe)]
        if self.expected_best is None or not known.size:
            return tried
        surely = "" if self.explained is None else f" {self.explained.sentence}"
        return (
            f"{tried} On history their Sharpe ratios average {known.mean():.2f} with a standard deviation of "
            f"{known.std(ddof=1):.2f}; if all were equally good and independent, luck alone would make the best "
            f"look like {self.expected_best:.2f} (Bailey and López de Prado 2014). The best here shows "
            f"{known.max():.2f}. Neighbours on a grid are not independent, so prefer a broad plateau to a peak, and "
            f"test the choice on data it has not seen.{surely}"
        )
