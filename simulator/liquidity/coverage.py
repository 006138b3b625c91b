"""Liquidity coverage of a fund: cash that can be raised under stress over the redemptions to be met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from simulator.core.abi import ETA, GAMMA, CostPanels, LiquidityPanels
from simulator.core.instruments import LEVELS, Instrument
from simulator.core.market import MarketData
from simulator.core.types import FloatArray, IntArray, frozen
from simulator.core.within import NOT_ALL, SOME, Within, check_fields

from .liquidation import RISK_AVERSION
from .rule_22e4 import ILLIQUID_LIMIT

#: Participation at which a book is assumed to sell under stress where execution states no cap of its own.
DEFAULT_PARTICIPATION = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidityStress:
    """The stress under which cash is to be raised.

    Every position is sold at the participation cap of its stressed volume until it is gone or the horizon ends:
    the cash raised from a position worth x is

        y (1 - haircut - stressed_spread x half_spread - eta s p^delta - 1/2 gamma s y / V)

    with y = min(x, horizon_days p V), V = stressed_volume x forecast ADV, p the participation cap. Cash counts in
    full. ``liquid_share`` is all of it over nav; coverage is all of it over ``redemption_stress`` x nav.

    Parameters
    ----------
    horizon_days
        Sessions within which the cash must be there.
    redemption_stress
        Share of nav that investors are assumed to withdraw.
    stressed_volume
        Share of the forecast volume that is left under stress.
    stressed_spread
        Multiple of the half-spread under stress.
    participation
        Share of volume that a seller may take; ``None`` takes the execution's cap, or 10%.
    trade_share
        Share of a position reasonably anticipated to be traded, by which SEC rule 22e-4 puts it into a bucket.
    settlement
        Business days from a sale to its cash, for that rule.
    min_highly_liquid
        Highly liquid investment minimum of that rule, a share of net assets.
    max_illiquid
        Share of net assets that illiquid investments may reach by a purchase.
    max_sale_bps
        Cost, in basis points of what is sold, within which the largest sale is sought.
    risk_aversion
        lambda of the trajectory that a sale is priced along, per currency (Almgren & Chriss, 2001).
    confidence
        Of liquidity-adjusted value at risk over one session.
    """

    horizon_days: Annotated[int, Within(1, 1000, unit="sessions")] = 5
    redemption_stress: Annotated[float, SOME] = 0.20
    stressed_volume: Annotated[float, SOME] = 0.5
    stressed_spread: Annotated[float, Within(1.0, 1000.0)] = 3.0
    participation: Annotated[float | None, SOME] = None
    trade_share: Annotated[float, SOME] = 1.0
    settlement: Annotated[int, Within(0, 30, unit="days")] = 1
    min_highly_liquid: Annotated[float, NOT_ALL] = 0.0
    max_illiquid: Annotated[float, SOME] = ILLIQUID_LIMIT
    max_sale_bps: Annotated[float, Within(0.0, 10_000.0, means="bps")] = 50.0
    risk_aversion: Annotated[float, Within(0.0, 1.0)] = RISK_AVERSION
    confidence: Annotated[float, Within(0.5, 1.0, above=True)] = 0.99

    def __post_init__(self) -> None:
        check_fields(self)

    def share_of_volume(self, max_participation: float | None) -> float:
        """Share of volume a seller takes."""
        return self.participation or max_participation or DEFAULT_PARTICIPATION

    def panels(
        self, instruments: Sequence[Instrument], sessions: int, costs: CostPanels, max_participation: float | None
    ) -> LiquidityPanels:
        """Coefficients by session and asset; empty (coverage undefined) where the market has no volume at all.

        Panels are (N, T), of as many instruments and sessions; ``costs`` are those of the same sessions.
        """
        if not np.isfinite(costs.planned_volume).all():
            return no_liquidity(len(instruments))
        share = self.share_of_volume(max_participation)
        volume = self.stressed_volume * costs.planned_volume
        haircut = np.array([instrument.haircut for instrument in instruments])
        spread = self.stressed_spread * costs.planned_spread
        temporary = costs.by_asset[ETA] * costs.planned_sigma * share**costs.delta
        net = np.clip(1.0 - haircut - spread - temporary, 0.0, 1.0)
        wide = np.broadcast_shapes(volume.shape, net.shape, (sessions, len(instruments)))
        return LiquidityPanels(
            capacity=_by_asset(self.horizon_days * share * volume, wide),
            net=_by_asset(net, wide),
            slope=_by_asset(_slope(costs, volume), wide),
            by_session=False,
        )


def settled_within(panels: LiquidityPanels, horizon_days: int, days: npt.NDArray[np.uint8]) -> LiquidityPanels:
    """The panels where sales settle after some sessions: what is sold after the last that settles in time is no cash.

    ``days`` are (T, N), or (1, N), sessions from a sale to its cash; (0, 0) where all settle at once.
    """
    if days.shape[0] == 0 or panels.capacity.shape[1] == 0:
        return panels
    left = np.maximum(horizon_days - days.astype(np.float64), 0.0) / horizon_days
    return panels._replace(capacity=frozen(np.ascontiguousarray(panels.capacity * left.T)))


def _slope(costs: CostPanels, volume: FloatArray) -> FloatArray:
    impact = 0.5 * costs.by_asset[GAMMA] * costs.planned_sigma
    return np.divide(impact, volume, out=np.zeros(np.broadcast_shapes(impact.shape, volume.shape)), where=volume > 0.0)


def _by_asset(panel: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """(N, T): the loop that uses it runs over sessions."""
    return frozen(np.ascontiguousarray(np.broadcast_to(panel, shape).T))


def no_liquidity(assets: int) -> LiquidityPanels:
    """Panels that switch the measure off. They are (N, 0), so that kernels find no session in them."""
    empty = frozen(np.zeros((assets, 0)))
    return LiquidityPanels(empty, empty, empty, by_session=False)


def payment_rank(market: MarketData) -> IntArray:
    """(N,) order in which assets are sold to pay redemptions: by liquidity level, then by stressed haircut.

    Assets that tie share a rank and are sold alike.
    """
    keys = [(LEVELS.index(instrument.level or "other"), instrument.haircut) for instrument in market.instruments]
    order = {key: number for number, key in enumerate(sorted(set(keys)))}
    return frozen([order[key] for key in keys], np.int64)
