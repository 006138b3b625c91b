"""Policies with fixed targets and no band: hold, periodic, equal weight."""

from __future__ import annotations

import numpy as np

from simulator.core.day import HOLD, Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.errors import ParameterError
from simulator.core.plan import Plan, PlanContext
from simulator.core.types import BoolArray, FloatArray

from .base import Trigger, Triggered, Weights, actions, every_nth, fires, fires_today, resolve


class Hold:
    """Buy the targets once, on the first session, and never trade again.

    Parameters
    ----------
    weights
        Target weights of nav by asset; what is left to one is cash.
    """

    name = "hold"

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def targets(self, assets: tuple[str, ...]) -> FloatArray:
        """(N,) target weights."""
        return resolve(self.weights, assets)

    def today(self, day: Day) -> FloatArray:
        """(N,) target weights as of a day's close."""
        return self.targets(day.assets)

    def when(self, context: PlanContext) -> BoolArray:
        """(T,) the sessions on which it trades."""
        return every_nth(context.sessions.size, context.sessions.size)

    def plan(self, context: PlanContext) -> Plan:
        """All of its decisions, laid out."""
        sessions, targets = context.sessions.size, self.targets(context.assets)
        return Plan(actions(self.when(context)), np.zeros(sessions, np.int32), targets[None, :], np.array([np.inf]))

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """Targets on the first session, then HOLD."""
        return self.today(day) if day.first else HOLD


class Periodic(Triggered, Hold):
    """Return to the targets on a schedule: every n of its own sessions, or whenever a signal fires.

    Parameters
    ----------
    weights
        Target weights of nav by asset; what is left to one is cash.
    every
        Sessions between rebalances: it trades on its sessions 0, every, 2 every...
    trigger
        A signal, or the name of one, instead: it trades on its first session and whenever that fires.
    """

    name = "periodic"

    def __init__(self, weights: Weights, every: int | None = None, trigger: Trigger | None = None) -> None:
        super().__init__(weights)
        if (every is None) == (trigger is None):
            raise ParameterError(f"{self.name}: give either every (sessions) or trigger (a signal)")
        if every is not None and every < 1:
            raise ParameterError(f"{self.name}: every must be at least 1 session, not {every}")
        self.every, self.trigger = every, trigger

    def when(self, context: PlanContext) -> BoolArray:
        """(T,) the sessions on which it trades."""
        sessions = context.sessions.size
        if self.every is not None:
            return every_nth(sessions, self.every)
        return every_nth(sessions, sessions) | fires(self.trigger, context)

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """Targets on its days, else HOLD."""
        due = day.first or (day.t % self.every == 0 if self.every is not None else fires_today(self.trigger, day))
        return self.today(day) if due else HOLD


class EqualWeight(Periodic):
    """Periodic, to equal weights of every asset listed that day (or of those named), with a share left in cash.

    An asset not yet born or already delisted has no weight; the others share what it would have had.

    Parameters
    ----------
    every, trigger
        As for :class:`Periodic`.
    assets
        The assets to hold; all of the market's by default.
    cash
        Share of nav left in cash.
    """

    name = "equal-weight"

    def __init__(
        self,
        every: int | None = None,
        trigger: Trigger | None = None,
        assets: tuple[str, ...] | None = None,
        cash: float = 0.0,
    ) -> None:
        super().__init__({}, every, trigger)
        if not 0.0 <= cash < 1.0:
            raise ParameterError(f"{self.name}: cash must lie in [0, 1), not {cash}")
        self.assets, self.cash = assets, cash

    def targets(self, assets: tuple[str, ...]) -> FloatArray:
        """(N,) equal weights while all are listed."""
        return self.over(np.ones(len(assets), bool), assets)

    def over(self, listed: BoolArray, assets: tuple[str, ...]) -> FloatArray:
        """(N,) equal weights of those that are ``listed`` (N,); none where none is."""
        chosen = (resolve(dict.fromkeys(self.assets or assets, 1.0), assets) > 0.0) & listed
        return np.where(chosen, (1.0 - self.cash) / max(int(chosen.sum()), 1), 0.0)

    def today(self, day: Day) -> FloatArray:
        """(N,) equal weights of what is listed today."""
        return self.over(day.listed, day.assets)

    def plan(self, context: PlanContext) -> Plan:
        """All of its decisions, with a row of targets for each set of listed assets."""
        if context.alive.all():
            return super().plan(context)
        sets, row = np.unique(context.alive, axis=0, return_inverse=True)
        targets = np.stack([self.over(listed, context.assets) for listed in sets])
        return Plan(actions(self.when(context)), row.ravel().astype(np.int32), targets, np.full(len(sets), np.inf))
