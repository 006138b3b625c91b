"""Less duration, rung by rung."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.names import CASH
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import Signal
from simulator.core.types import FloatArray
from simulator.core.within import Within
from strategies.signals import SignalRef
from strategies.weights import resolve

from .levels import Staged
from .restate import by_level, restated

YEARS = Within(0.0, 100.0, unit="years")


@dataclass(frozen=True, eq=False)
class ShortenDuration(Staged):
    """Moves bond weight along a ladder of durations until the book's duration is at most so many years.

    Weight of the longest rung moves to the next one, and once all of it has, that rung's to the one after; what is left
    after the shortest moves to cash. The book's duration is the sum of weight times duration over the rungs.

    Parameters
    ----------
    ladder
        Duration in years by asset; at least two rungs, ``CASH`` (0) among them or not.
    max_duration
        Largest duration of the book, in years.
    signal
        The signal, or its name, in whose stages the book is shortened; without one it always is.
    """

    signal: SignalRef | None = None  # type: ignore[assignment]
    ladder: Annotated[Mapping[str, float], YEARS] = field(kw_only=True)
    max_duration: Annotated[float, YEARS] = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len([name for name in self.ladder if name != CASH]) < 2:
            raise ParameterError("ladder: name at least two assets with their durations in years")
        if self.ladder.get(CASH, 0.0) != 0.0:
            raise ParameterError("ladder: cash has no duration; leave CASH out, or give it 0")

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals that are carried here."""
        return {} if self.signal is None else super().signals

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the signals."""
        return () if self.signal is None else super().reads

    def over(self, plan: Plan, context: PlanContext) -> Plan:
        """The plan with shorter bonds: always, or in the stages of the signal."""
        years = resolve(self.ladder, context.assets, "ladder")
        rungs = np.array([context.assets.index(name) for name in self.ladder if name != CASH])
        rungs = rungs[np.argsort(-years[rungs], kind="stable")]

        def shorter(weights: FloatArray, level: float, _: int = 0) -> FloatArray:
            return weights + level * (shortened(weights, years, rungs, self.max_duration) - weights)

        if self.signal is None:
            whole = np.zeros(plan.action.size, np.int64)
            return restated(plan, whole, lambda row, _: shorter(row, 1.0))
        return by_level(plan, self.levels(context), shorter)


def shortened(weights: FloatArray, years: FloatArray, rungs: FloatArray, most: float) -> FloatArray:
    """(N,) weights whose duration is at most ``most``: moved along ``rungs``, asset numbers, longest first."""
    held = np.array(weights, np.float64)
    for place, rung in enumerate(rungs):
        excess = float(held @ years) - most
        if excess <= 0.0:
            break
        following = rungs[place + 1] if place + 1 < len(rungs) else None
        saved = years[rung] - (0.0 if following is None else years[following])
        moved = min(max(held[rung], 0.0), excess / saved) if saved > 0.0 else max(held[rung], 0.0)
        held[rung] -= moved
        if following is not None:
            held[following] += moved
    return held
