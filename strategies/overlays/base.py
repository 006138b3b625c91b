"""What overlays offer, and what all that follow the on and off of a signal share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from simulator.core import abi
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import Signal
from simulator.core.types import FloatArray
from strategies.signals import SignalRef, carried, panel, signal_name


@runtime_checkable
class Overlay(Protocol):
    """Changes what is held, and when, by what a signal says. Optional: ``signals`` it carries and ``reads``, names."""

    def over(self, plan: Plan, context: PlanContext) -> Plan:
        """The plan, changed; session t from what was known at the close of t alone."""
        ...


@runtime_checkable
class Lately(Protocol):
    """An overlay that says what it makes of weights on one day with less than a plan of every day before."""

    def lately(self, weights: FloatArray, context: PlanContext) -> tuple[FloatArray, str]:
        """(N,) what ``over`` holds on the last session instead of the same weights (N,) on all of them, and a remark.

        The same to the bit; the remark is empty where there is none.
        """
        ...


class StateOverlay(ABC):
    """Other weights while a signal is on: ``apply`` says which, and is all that one of your own needs.

    A change of state trades; while the signal is on, the plan's own triggers and band rest.

    Parameters
    ----------
    signal
        The signal, or its name; its state says when it is on.
    """

    def __init__(self, signal: SignalRef) -> None:
        self.signal = signal

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signal, if it is carried here."""
        return carried(self.signal)

    @property
    def reads(self) -> tuple[str, ...]:
        """Its name."""
        return (signal_name(self.signal),)

    @abstractmethod
    def apply(self, weights: FloatArray, assets: tuple[str, ...]) -> FloatArray:
        """(N,) what is held instead of ``weights`` (N,) while the signal is on."""

    def over(self, plan: Plan, context: PlanContext) -> Plan:
        """The plan while the signal is off, changed rows while it is on, a trade on each change."""
        on = panel(self.signal, context).state()
        changed = on != np.concatenate([[False], on[:-1]])
        rows = len(plan.targets)
        action = np.where(changed, abi.TRADE, np.where(on, abi.NOTHING, plan.action))
        action[0] = abi.TRADE
        return replace(
            plan,
            action=action.astype(np.uint8),
            row=(plan.row + np.where(on, rows, 0)).astype(np.int32),
            targets=np.vstack([plan.targets, *(self.apply(row, context.assets)[None] for row in plan.targets)]),
            band=np.concatenate([plan.band, np.full(rows, np.inf)]),
        )
