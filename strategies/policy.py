"""A policy is what to hold, when to trade and what stress changes: three parts, each any of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np

from simulator.core import abi
from simulator.core.day import Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.errors import ParameterError
from simulator.core.follow import follow
from simulator.core.plan import MOVE, Plan, PlanContext
from simulator.core.protocols import Planned, Signal
from simulator.core.types import BoolArray, FloatArray
from simulator.core.within import SOME, bounded

from .holdings import Holdings, OnTrades, Rows
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
    part
        Share of the way to the targets that a trade goes; its first one and those that overlays ask for go all of it.
    """

    name = "policy"

    @bounded
    def __init__(
        self,
        holdings: Holdings,
        when: TradeTrigger | None = None,
        overlays: Sequence[Overlay] = (),
        name: str | None = None,
        part: Annotated[float, SOME] = 1.0,
    ) -> None:
        self.holdings, self.when, self.overlays = holdings, when or Once(), tuple(overlays)
        self.part = float(part)
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
        when = self.when.when(context)
        rows = _rows(self.holdings, context, when.trade)
        if when.to_edge and self.part < 1.0:
            raise ParameterError(f"{self.name}: a band back to its edge, or part of the way to the target: name one")
        trade = abi.TRADE if self.part >= 1.0 else MOVE
        action = np.where(when.trade, trade, np.where(when.test, abi.TEST_BAND, abi.NOTHING)).astype(np.uint8)
        action[list(rows.failed)] = abi.NOTHING
        action[0] = abi.TRADE
        plan = Plan(
            action=action,
            row=rows.row,
            targets=rows.targets,
            band=np.full(len(rows.targets), when.band),
            to_edge=when.to_edge,
            relative=when.relative,
            part=self.part,
            failed=rows.failed,
        )
        for overlay in self.overlays:
            plan = overlay.over(plan, context)
        return plan

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """What the plan of what is known today does today. Weights are (N,) fractions of nav."""
        return by_plan(self, day)


def _rows(holdings: Holdings, context: PlanContext, trade: BoolArray) -> Rows:
    return holdings.rows_on(context, trade) if isinstance(holdings, OnTrades) else holdings.rows(context)


def by_plan(policy: Planned, day: Day) -> FloatArray | HoldAnswer:
    """A decision from the plan over what is known at a day's close, and from the book where a band is tested."""
    plan = policy.plan(day.context())
    assert plan is not None
    return follow(plan, -1, day)
