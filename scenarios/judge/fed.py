"""A policy that is fed other panels than the scenario's, under the same names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulator.core.day import Day
from simulator.core.panels import SignalPanel
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import Planned, Reviewing, Strategy
from simulator.core.types import BoolArray
from simulator.engine.signals import own_signals, signal_names, strategy_name


class Fed:
    """Another policy, which reads ``panels`` in place of the signals of those names."""

    def __init__(self, policy: Strategy, panels: Mapping[str, SignalPanel]) -> None:
        self.policy = policy
        self.name = strategy_name(policy)
        self.reads = signal_names(policy)
        self.signals = {**own_signals(policy), **panels}

    def plan(self, context: PlanContext) -> Plan | None:
        """The policy's plan, if it lays out one."""
        return self.policy.plan(context) if isinstance(self.policy, Planned) else None

    def review(self, context: PlanContext) -> BoolArray:
        """The sessions on which the policy wants to be asked: every one unless it says otherwise."""
        if isinstance(self.policy, Reviewing):
            return self.policy.review(context)
        return np.ones(context.sessions.size, bool)

    def decide(self, day: Day) -> Any:
        """What the policy decides."""
        return self.policy.decide(day)
