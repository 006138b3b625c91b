"""A policy is what to hold, when to trade and what stress changes: three parts, each any of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simulator.core import abi
from simulator.core.day import HOLD, Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.edges_nb import to_edges_nb
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import Planned, Signal
from simulator.core.types import FloatArray

from .holdings import Holdings
from .overlays import Overlay
from .signals import all_carried, all_read
from .triggers import Once, TradeTrigger


class Policy:
    """Holdings, a trigger and overlays as one policy: all of its decisions depend on the market alone.

    Parameters
    ----------
    holdings
        What to hold.
    when
        When to trade, besides the first session.
    overlays
        What signals change, one after the other.
    name
        Of the policy.
    """

    name = "policy"

    def __init__(
        self,
        holdings: Holdings,
        when: TradeTrigger | None = None,
        overlays: Sequence[Overlay] = (),
        name: str | None = None,
    ) -> None:
        self.holdings, self.when, self.overlays = holdings, when or Once(), tuple(overlays)
        self.name = name or self.name

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals its parts carry."""
        return all_carried((self.holdings, self.when, *self.overlays))

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the signals its parts read."""
        return all_read((self.holdings, self.when, *self.overlays))

    def plan(self, context: PlanContext) -> Plan:
        """All of its decisions, laid out."""
        rows, when = self.holdings.rows(context), self.when.when(context)
        action = np.where(when.trade, abi.TRADE, np.where(when.test, abi.TEST_BAND, abi.NOTHING)).astype(np.uint8)
        action[0] = abi.TRADE
        plan = Plan(action, rows.row, rows.targets, np.full(len(rows.targets), when.band), when.to_edge)
        for overlay in self.overlays:
            plan = overlay.over(plan, context)
        return plan

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """What the plan of what is known today does today."""
        return by_plan(self, day)


def by_plan(policy: Planned, day: Day) -> FloatArray | HoldAnswer:
    """A decision from the plan over what is known at a day's close, and from the book where a band is tested."""
    plan = policy.plan(day.context())
    assert plan is not None
    action, targets, band = plan.action[-1], plan.targets[plan.row[-1]], plan.band[plan.row[-1]]
    if action == abi.TRADE:
        return targets
    goal = day.attainable(targets)
    if action == abi.NOTHING or not day.strayed(goal, band):
        return HOLD
    if plan.to_edge:
        to_edges_nb(day.shares, day.prices, day.nav, band, goal)
        return goal
    return targets
