"""Books that borrow: leverage kept at a target, or brought back only once it has gone too far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from simulator.core.bounds import LEVERAGE
from simulator.core.day import HOLD, Day
from simulator.core.day import Hold as HoldAnswer
from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.core.types import BoolArray, FloatArray
from simulator.core.within import bounded

from .holdings import Fixed
from .holdings.base import Rows
from .policy import Policy
from .triggers import Every
from .weights import Weights, resolve


class LeverageTarget(Policy):
    """Keep assets over equity at a target at every close: sell after a fall, buy after a rise.

    Above 1 it needs ``bounds.max_leverage``.

    Parameters
    ----------
    weights
        The mix of assets, in any unit; what is in cash does not count.
    leverage
        Assets over equity: debt to equity plus 1.

    Source: Greenwood, Landier & Thesmar (2015), "Vulnerable banks", section 2.
    """

    name = "leverage-target"

    @bounded
    def __init__(self, weights: Weights, leverage: Annotated[float, LEVERAGE] = 2.0) -> None:
        super().__init__(_Levered(Fixed(weights), leverage), Every(1))


class LeverageThreshold:
    """Sell only once assets over equity exceed a limit, and then back to a target; buy on the first session alone.

    Above 1 it needs ``bounds.max_leverage``, no lower than ``most``.

    Parameters
    ----------
    weights
        The mix of assets, in any unit; what is in cash does not count.
    leverage
        Assets over equity to begin with, and to come back to.
    most
        Assets over equity beyond which it sells.

    Source: Cont & Schaanning (2017), "Fire sales, indirect contagion and systemic stress testing", section 2.
    """

    name = "leverage-threshold"

    @bounded
    def __init__(
        self,
        weights: Weights,
        leverage: Annotated[float, LEVERAGE] = 2.0,
        most: Annotated[float, LEVERAGE] = 2.5,
    ) -> None:
        if most < leverage:
            raise ParameterError(f"{self.name}: most ({most:g}) lies below leverage ({leverage:g})")
        self.weights, self.leverage, self.most = weights, float(leverage), float(most)

    def review(self, context: PlanContext) -> BoolArray:
        """Every session."""
        return np.ones(context.sessions.size, bool)

    def decide(self, day: Day) -> FloatArray | HoldAnswer:
        """The target on the first session and beyond the limit; nothing otherwise."""
        if not day.first and np.abs(day.values).sum() <= self.most * day.nav:
            return HOLD
        mix = np.where(day.listed, resolve(self.weights, day.assets), 0.0)
        return _levered(mix, self.leverage)


@dataclass(frozen=True, eq=False)
class _Levered:
    """The mix of fixed weights, scaled to a leverage."""

    mix: Fixed
    leverage: float

    def rows(self, context: PlanContext) -> Rows:
        """Those of the mix, scaled."""
        rows = self.mix.rows(context)
        return replace(rows, targets=np.stack([_levered(row, self.leverage) for row in rows.targets]))


def _levered(mix: FloatArray, leverage: float) -> FloatArray:
    total = float(mix.sum())
    if (mix < 0.0).any():
        raise ParameterError("leverage: the mix of assets may not be short; give weights of zero or more")
    return mix * (leverage / total) if total > 0.0 else mix
