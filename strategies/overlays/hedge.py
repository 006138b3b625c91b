"""A hedge beside the book."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.plan import Plan, PlanContext
from simulator.core.types import FloatArray
from simulator.core.within import PART

from .levels import Staged
from .restate import by_level

#: Indices of implied volatility: nobody can hold them.
_SPOT: Final = ("VIX", "VXN", "VVIX", "VXO", "VSTOXX", "MOVE", "OVX", "GVZ")


@dataclass(frozen=True, eq=False)
class Hedge(Staged):
    """Holds an instrument of the market against the rest of the book, built up and taken back in phases.

    The instrument is an asset with prices of its own: an inverse or a volatility fund, whose prices carry its fee, its
    daily reset and the roll of its futures. It is paid from cash, and where that does not reach from all else in
    proportion.

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
        if self.instrument.lstrip("^").upper() in _SPOT:
            raise ParameterError(
                f"{self.instrument} is an index of implied volatility, which nobody can hold: its futures roll along a "
                "curve, and that is what holding it costs; name a fund that holds them, VIXY for example"
            )

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
