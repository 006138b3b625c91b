"""What the built-in policies share: target weights, and the signals that trigger them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.core import abi
from simulator.core.day import Day
from simulator.core.errors import ParameterError, PluginError, nearest
from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal
from simulator.core.types import CASH, BoolArray, FloatArray

Weights: TypeAlias = Mapping[str, float] | pd.Series | Sequence[float] | npt.NDArray[Any]
Trigger: TypeAlias = str | Signal


def resolve(weights: Weights, assets: tuple[str, ...], what: str = "weights") -> FloatArray:
    """(N,) weights of nav in the market's order; what is left to one is cash.

    A mapping or Series may name ``CASH`` and may leave assets out (zero); a sequence follows the market's order.

    Raises
    ------
    ParameterError
        If a name is unknown, the length is wrong or a weight is not a number; the bounds on the book are checked
        by the run.
    """
    if isinstance(weights, pd.Series):
        weights = {str(name): float(value) for name, value in weights.items()}
    if isinstance(weights, Mapping):
        unknown = [name for name in weights if name != CASH and name not in assets]
        if unknown:
            raise ParameterError(f"{what}: no asset {unknown[0]!r} in this market{nearest(str(unknown[0]), assets)}")
        values = np.array([float(weights.get(name, 0.0)) for name in assets])
    else:
        values = np.asarray(weights, dtype=np.float64)
        if values.shape != (len(assets),):
            raise ParameterError(f"{what}: shape {values.shape}, expected ({len(assets)},), one weight an asset")
    if not np.isfinite(values).all():
        raise ParameterError(f"{what}: every weight must be a number")
    return values


def trigger_name(trigger: Trigger) -> str:
    """The name under which a trigger's panel is found."""
    return trigger if isinstance(trigger, str) else trigger.name


def carried(*triggers: Trigger | None) -> dict[str, Signal]:
    """The signal objects among some triggers, by name (names alone are resolved by the run)."""
    return {one.name: one for one in triggers if one is not None and not isinstance(one, str)}


class Triggered:
    """What a policy with an optional ``trigger`` shares: the signal it carries, the name it reads."""

    trigger: Trigger | None

    @property
    def signals(self) -> dict[str, Signal]:
        """The signal it carries itself, if any."""
        return carried(self.trigger)

    @property
    def reads(self) -> tuple[str, ...]:
        """The name of the signal it reads, if any."""
        return () if self.trigger is None else (trigger_name(self.trigger),)


def fires(trigger: Trigger | None, context: PlanContext) -> BoolArray:
    """(T,) True on the sessions on which a trigger fires; never without one."""
    if trigger is None:
        return np.zeros(context.sessions.size, bool)
    name = trigger_name(trigger)
    if name not in context.signals:
        raise PluginError(f"no signal {name!r} here{nearest(name, context.signals)}")
    return context.signals[name].fires()


def fires_today(trigger: Trigger | None, day: Day) -> bool:
    """Whether a trigger fires today."""
    return trigger is not None and day.signals[trigger_name(trigger)].fires


def actions(trade: BoolArray, test: BoolArray | None = None) -> npt.NDArray[np.uint8]:
    """(T,) plan actions: trade where marked, else test the band where marked, else nothing."""
    base = np.where(False if test is None else test, abi.TEST_BAND, abi.NOTHING)
    return np.where(trade, abi.TRADE, base).astype(np.uint8)


def every_nth(sessions: int, every: int) -> BoolArray:
    """(T,) True on sessions 0, every, 2 every..."""
    chosen = np.zeros(sessions, bool)
    chosen[::every] = True
    return chosen
