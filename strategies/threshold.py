"""Rebalance when a weight has strayed too far."""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.core.day import HOLD, Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.edges_nb import to_edges_nb
from simulator.core.errors import ParameterError
from simulator.core.plan import Plan, PlanContext
from simulator.core.types import BoolArray, FloatArray

from .base import Trigger, Triggered, Weights, actions, every_nth, fires, fires_today, resolve


class ThresholdBand(Triggered):
    """Trade on the first session, and whenever the largest absolute deviation of a weight exceeds the band.

    Weights are of nav, cash included. The band is tested at every close, or on every ``review``-th session.

    Parameters
    ----------
    weights
        Target weights of nav by asset; what is left to one is cash.
    band
        Largest deviation tolerated, in weight (0.05 is five percentage points).
    to
        ``"target"``, or ``"edge"``: trade strayed assets back only to the nearest edge of their band.
    trigger
        A signal, or the name of one: it also trades, to the targets, whenever that fires.
    review
        Sessions between tests of the band.
    """

    name = "threshold-band"

    def __init__(
        self,
        weights: Weights,
        band: float,
        to: Literal["target", "edge"] = "target",
        trigger: Trigger | None = None,
        review: int = 1,
    ) -> None:
        if not 0.0 < band < 1.0:
            raise ParameterError(f"{self.name}: band must lie between 0 and 1, not {band}")
        if to not in ("target", "edge"):
            raise ParameterError(f"{self.name}: to must be 'target' or 'edge', not {to!r}")
        if review < 1:
            raise ParameterError(f"{self.name}: review must be at least 1 session, not {review}")
        self.weights, self.band, self.to, self.trigger, self.every = weights, float(band), to, trigger, review

    def targets(self, assets: tuple[str, ...]) -> FloatArray:
        """(N,) target weights."""
        return resolve(self.weights, assets)

    def today(self, day: Day) -> FloatArray:
        """(N,) target weights as of a day's close."""
        return self.targets(day.assets)

    def when(self, context: PlanContext) -> BoolArray:
        """(T,) the sessions on which it trades whatever the weights."""
        sessions = context.sessions.size
        return every_nth(sessions, sessions) | fires(self.trigger, context)

    def plan(self, context: PlanContext) -> Plan:
        """Its first trade, its triggers, and a test of the band on the other sessions."""
        sessions = context.sessions.size
        return Plan(
            action=actions(self.when(context), every_nth(sessions, self.every)),
            row=np.zeros(sessions, np.int32),
            targets=self.targets(context.assets)[None, :],
            band=np.array([self.band]),
            to_edge=self.to == "edge",
        )

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """Targets (or the nearest edges) where due, else HOLD."""
        targets = self.targets(day.assets) * day.listed
        if day.first or fires_today(self.trigger, day):
            return targets
        goal = day.attainable(targets)
        if day.t % self.every or not self._strayed(goal, day):
            return HOLD
        if self.to == "edge":
            to_edges_nb(day.shares, day.prices, day.nav, self.band, goal)
            return goal
        return targets

    def _strayed(self, targets: FloatArray, day: Day) -> bool:
        edge = self.band * day.nav
        cash = abs(day.cash - (1.0 - targets.sum()) * day.nav)
        return bool(cash > edge or (np.abs(day.values - targets * day.nav) > edge).any())
