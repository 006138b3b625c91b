"""Step out of risk while a signal is on."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simulator.core import abi
from simulator.core.day import HOLD, Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.errors import ParameterError
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import Signal, Targets
from simulator.core.types import FloatArray

from .base import Trigger, Weights, carried, resolve, trigger_name


class Base(Protocol):
    """A policy that de-risking can stand on: it has fixed targets to step out of, and a plan."""

    def targets(self, assets: tuple[str, ...]) -> FloatArray:
        """(N,) target weights."""
        ...

    def today(self, day: Day) -> FloatArray:
        """(N,) target weights as of a day's close."""
        ...

    def plan(self, context: PlanContext) -> Plan:
        """All of its decisions."""
        ...

    def decide(self, day: Day) -> Targets | HoldAnswer:
        """The same, a day at a time."""
        ...


class DeRisk:
    """Follow a base policy while a signal is off; while it is on, hold a share of the risky weights in liquid ones.

    It trades when the signal's state changes, to the de-risked weights on entering and back to the base's
    targets on leaving; the base's own schedule and band apply only while the signal is off.

    Parameters
    ----------
    base
        The policy to follow, with a plan of its own (any built-in one).
    signal
        The signal, or its name; its ``state`` says when to be out.
    share
        Share of every risky weight that moves.
    into
        Where to, as fractions of what moves, summing to one; ``CASH`` allowed. Assets named here are the liquid
        ones and keep their own weight. ``None`` moves it all into cash.
    """

    name = "de-risk"

    def __init__(self, base: Base, signal: Trigger, share: float = 0.75, into: Weights | None = None) -> None:
        if not 0.0 < share <= 1.0:
            raise ParameterError(f"{self.name}: share must lie in (0, 1], not {share}")
        self.base, self.signal, self.share = base, signal, float(share)
        self.into = {"CASH": 1.0} if into is None else into

    @property
    def signals(self) -> dict[str, Signal]:
        """The signal it carries itself, and those of its base."""
        return {**getattr(self.base, "signals", {}), **carried(self.signal)}

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the signals it and its base read."""
        return (*getattr(self.base, "reads", ()), trigger_name(self.signal))

    def derisked(self, targets: FloatArray, assets: tuple[str, ...]) -> FloatArray:
        """(N,) the base's targets with ``share`` of the risky weights moved into the liquid assets."""
        into = resolve(self.into, assets, f"{self.name}: into")
        named = set(self.into) if hasattr(self.into, "keys") else {a for a, w in zip(assets, into, strict=True) if w}
        risky = np.array([asset not in named for asset in assets])
        moved = self.share * targets * risky
        return targets - moved + moved.sum() * into

    def plan(self, context: PlanContext) -> Plan:
        """The base's plan while the signal is off, de-risked rows while it is on, a trade on each change."""
        base = self.base.plan(context)
        on = context.signals[trigger_name(self.signal)].state()
        changed = on != np.concatenate([[False], on[:-1]])
        rows = len(base.targets)
        action = np.where(on, abi.NOTHING, base.action)
        action = np.where(changed, abi.TRADE, action)
        action[0] = abi.TRADE
        return Plan(
            action=action.astype(np.uint8),
            row=(base.row + np.where(on, rows, 0)).astype(np.int32),
            targets=np.vstack([base.targets, *(self.derisked(row, context.assets)[None] for row in base.targets)]),
            band=np.concatenate([base.band, np.full(rows, np.inf)]),
            to_edge=base.to_edge,
        )

    def decide(self, day: Day) -> Targets | HoldAnswer:
        """De-risked or base targets where the state changes, else what the base says while the signal is off."""
        view, targets = day.signals[trigger_name(self.signal)], self.base.today(day)
        if view.changed or day.first:
            return self.derisked(targets, day.assets) if view.state else targets
        return HOLD if view.state else self.base.decide(day)
