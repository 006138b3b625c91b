"""Out of risk in the order of what it would cost to be out of it later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from simulator.core.names import CASH
from simulator.core.plan import Plan, PlanContext
from simulator.core.types import FloatArray
from simulator.core.within import SOME, Within
from strategies.weights import Weights, resolve

from .levels import Staged
from .restate import by_level

_CURRENCY = Within(0.0, 1e15, above=True)


@dataclass(frozen=True, eq=False)
class LiquidityLadder(Staged):
    """In amber and red, sells the most illiquid risk first, into what is liquid; returns in phases once it is calm.

    Assets are sold in order of stressed cost over volatility, the dearest first, until ``share`` of all risky weight is
    sold, as much of it as the stage says. Stressed cost, a fraction of what is sold: haircut + ``stressed_spread`` x
    half-spread + eta x volatility x (position / (``stressed_volume`` x ADV)) ^ delta, all as forecast at that close.

    Parameters
    ----------
    share
        Share of all risky weight that is sold in red.
    into
        Where to, as fractions of what is sold, summing to one; ``CASH`` allowed. Assets named here are the liquid ones
        and keep their own weight. ``None`` sells it all into cash.
    book_value
        Size of the book in currency, for the position's share of volume.
    stressed_spread
        Multiple of the half-spread under stress.
    stressed_volume
        Share of the forecast volume that is left under stress.
    """

    share: Annotated[float, SOME] = 0.75
    into: Weights | None = None
    book_value: Annotated[float, _CURRENCY] = 1e6
    stressed_spread: Annotated[float, Within(1.0, 1000.0)] = 3.0
    stressed_volume: Annotated[float, SOME] = 0.5

    def over(self, plan: Plan, context: PlanContext) -> Plan:
        """The plan while all is green, with less of what is least liquid at any other stage."""
        into = resolve({CASH: 1.0} if self.into is None else self.into, context.assets, "into")
        liquid = into > 0.0

        def laddered(weights: FloatArray, level: float, t: int) -> FloatArray:
            risky = np.where(liquid, 0.0, np.maximum(weights, 0.0))
            sold = drained(risky, self._order(context, risky, t), level * self.share * risky.sum())
            return weights - sold + sold.sum() * into

        return by_level(plan, self.levels(context), laddered)

    def _order(self, context: PlanContext, weights: FloatArray, t: int) -> FloatArray:
        """(N,) stressed cost for a unit of daily volatility at the close of session t."""
        view, row = context.market, context.market.before + t
        sigma, spread = view.volatility[row], view.half_spread[row]
        haircut = np.array([instrument.haircut for instrument in view.instruments])
        volume = np.nan_to_num(view.adv[row] * self.stressed_volume, nan=0.0)
        share = np.divide(weights * self.book_value, volume, out=np.full(weights.size, np.inf), where=volume > 0.0)
        impact = np.where(view.eta > 0.0, view.eta * sigma * np.minimum(share, 1e6) ** view.delta, 0.0)
        cost = haircut + self.stressed_spread * spread + impact
        return np.asarray(cost / np.maximum(sigma, 1e-6))


def drained(weights: FloatArray, order: FloatArray, amount: float) -> FloatArray:
    """(N,) what is taken of weights (N,), the highest in ``order`` (N,) first, until it comes to ``amount``."""
    first = np.argsort(-order, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weights[first])[:-1]])
    taken = np.zeros_like(weights)
    taken[first] = np.clip(amount - before, 0.0, weights[first])
    return taken
