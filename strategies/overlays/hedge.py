"""A hedge beside the book."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.plan import Plan, PlanContext
from simulator.core.spot import not_held
from simulator.core.types import FloatArray
from simulator.core.within import PART

from .levels import Staged
from .restate import by_level


@dataclass(frozen=True, eq=False)
class Hedge(Staged):
    """Holds an instrument of the market against the rest of the book, built up and taken back in phases.

    The instrument is an asset with prices of its own: an inverse or a volatility fund, whose prices carry its fee, its
    daily reset and the roll of its futures, or what ``[market.made]`` makes of a credit spread or of another asset,
    whose prices carry as much. It is paid from cash, and where that does not reach from all else in proportion.

    Parameters
    ----------
    instrument
        The asset to hold.
    size
        Share of nav in it when all of it is held.
    """

    instrument: str = field(kw_only=True)
    size: Annotated[float, PART] = field(default=0.1, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if refused := not_held(self.instrument):
            raise ParameterError(refused)

    def over(self, plan: Plan, context: PlanContext) -> Plan:
        """The plan with the instrument in it, as much as the stage says."""
        if self.instrument not in context.assets:
            hint = nearest(self.instrument, context.assets)
            raise ParameterError(f"hedge: no asset {self.instrument!r} in this market{hint}")
        unit = np.eye(len(context.assets))[context.assets.index(self.instrument)]

        def hedged(weights: FloatArray, level: float, _: int) -> FloatArray:
            wanted = level * self.size
            cash = max(1.0 - weights.sum(), 0.0)
            left = 1.0 - max(wanted - cash, 0.0) / max(float(weights.sum()), 1e-12)
            return np.asarray(weights * max(left, 0.0) + wanted * unit)

        return by_level(plan, self.levels(context), hedged)
