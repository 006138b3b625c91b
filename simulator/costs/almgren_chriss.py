"""The Almgren–Chriss cost model, with commissions and the price of borrowing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

import numpy as np

from simulator.core.abi import CostPanels
from simulator.core.errors import ParameterError, nearest
from simulator.core.market import MarketData
from simulator.core.protocols import Estimates
from simulator.core.types import FloatArray
from simulator.core.within import Within, check_fields, ranges

from .panels import VOLATILITY_CAP, cost_panels

_BPS = 1e-4
_BY_ASSET = (
    *("half_spread_bps", "eta", "gamma", "commission_bps", "per_share", "min_commission", "fixed_commission"),
    "borrow_bps",
)

#: A tenth of the price, paid on every trade.
_OF_PRICE: Final = Within(0.0, 1000.0, means="bps")
_A_YEAR: Final = Within(0.0, 100_000.0, means="bps")
_FEE: Final = Within(0.0, 1e6)
_IMPACT: Final = Within(0.0, 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlmgrenChriss:
    """Cost of executing signed notional x on a day with notional V and daily volatility s.

        |x| (half_spread + eta s (|x| / V)^delta) + 1/2 gamma s x^2 / V + commission

    and afterwards fills of that asset are displaced by gamma s x / V (a log price), which decays with a half-life.

    Parameters
    ----------
    half_spread_bps
        Half of the bid-ask spread, in basis points of price; a market's own ``half_spread`` replaces it.
    spread_from
        ``"stated"``, or an estimate of each asset's spread from its daily prices, never below ``half_spread_bps``:
        ``"abdi-ranaldo"`` or ``"corwin-schultz"``. Plans use the mean of the last 21 days, fills the day's own.
    eta, delta
        Temporary impact. delta = 1 is the linear law of Almgren & Chriss (2001), equation 7; 0.6 and
        eta = 0.142 are the fit of Almgren, Thum, Hauptmann & Li (2005), section 4.3.
    gamma
        Permanent impact; 0.314 is their fit, up to its factor of shares outstanding over volume.
    half_life_days
        Sessions after which half of a displacement has gone; ``float("inf")`` keeps it for ever.
    commission_bps, per_share, min_commission, fixed_commission
        Commission of a fill: basis points of notional, and currency a raw share; together at least the minimum
        (currency); and a fixed fee (currency) on top.
    borrow_bps
        Annual fee on the value of short positions, in basis points.
    financing_bps
        Annual rate on negative cash above the cash rate, in basis points.
    volatility_cap
        Fills are priced at the day's own volatility, up to this multiple of the 63-session one: a bad print widens a
        day's range and trades nothing. ``float("inf")`` caps nothing.
    by_asset
        Values of these parameters that differ for some assets, by asset and name.

    Notes
    -----
    ``AlmgrenChriss(half_spread_bps=5, eta=0, gamma=0)`` is a plain cost of 5 basis points. With eta or gamma
    above zero the market needs volumes, or an ``assumed_adv``.
    """

    half_spread_bps: Annotated[float, _OF_PRICE] = 2.0
    spread_from: Literal["stated", "abdi-ranaldo", "corwin-schultz"] = "stated"
    eta: Annotated[float, _IMPACT] = 0.142
    gamma: Annotated[float, _IMPACT] = 0.314
    delta: Annotated[float, Within(0.0, 1.0, above=True)] = 0.6
    half_life_days: Annotated[float, Within(0.0, math.inf, above=True)] = 5.0
    commission_bps: Annotated[float, _OF_PRICE] = 0.0
    per_share: Annotated[float, _FEE] = 0.0
    min_commission: Annotated[float, _FEE] = 0.0
    fixed_commission: Annotated[float, _FEE] = 0.0
    borrow_bps: Annotated[float, _A_YEAR] = 50.0
    financing_bps: Annotated[float, _A_YEAR] = 100.0
    volatility_cap: Annotated[float, Within(1.0, math.inf)] = VOLATILITY_CAP
    by_asset: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.spread_from not in ("stated", "abdi-ranaldo", "corwin-schultz"):
            raise ParameterError(
                f"spread_from must be stated, abdi-ranaldo or corwin-schultz, not {self.spread_from!r}"
            )
        for asset, own in self.by_asset.items():
            for name, value in own.items():
                if name not in _BY_ASSET:
                    raise ParameterError(f"by_asset.{asset}: unknown parameter {name!r}{nearest(name, _BY_ASSET)}")
                ranges(AlmgrenChriss)[name].check(f"by_asset.{asset}.{name}", value)

    def panels(self, market: MarketData, estimates: Estimates) -> CostPanels:
        """Coefficients by session and asset.

        Raises
        ------
        DataError
            If impact is asked for and the market has neither volumes nor an assumed one, or a spread is to be
            estimated without highs and lows.
        """
        unknown = [name for name in self.by_asset if name not in market.assets]
        if unknown:
            raise ParameterError(
                f"by_asset: no asset {unknown[0]!r} in this market{nearest(unknown[0], market.assets)}"
            )
        realised, planned = self._half_spreads(market, estimates)
        return cost_panels(
            market,
            estimates,
            half_spread=realised,
            planned_half_spread=planned,
            eta=self._values("eta", market),
            gamma=self._values("gamma", market),
            delta=self.delta,
            half_life_days=self.half_life_days,
            commission=self._values("commission_bps", market) * _BPS,
            per_share=self._values("per_share", market),
            min_commission=self._values("min_commission", market),
            fixed=self._values("fixed_commission", market),
            borrow=self._values("borrow_bps", market) * _BPS,
            financing=self.financing_bps * _BPS,
            volatility_cap=self.volatility_cap,
        )

    def _values(self, name: str, market: MarketData) -> FloatArray:
        common = getattr(self, name)
        if not self.by_asset:
            return np.full(len(market.assets), common)
        return np.array([self.by_asset.get(asset, {}).get(name, common) for asset in market.assets])

    def _half_spreads(self, market: MarketData, estimates: Estimates) -> tuple[FloatArray, FloatArray]:
        """Realised and planned half-spreads, fractions of price."""
        stated = self._values("half_spread_bps", market)[None, :] * _BPS
        realised = planned = stated
        if market.half_spread is not None:
            realised = planned = np.where(np.isnan(market.half_spread), stated, market.half_spread)
        elif self.spread_from != "stated":
            own, usual = estimates.spreads(self.spread_from)
            realised = np.maximum(stated, np.nan_to_num(0.5 * own))
            planned = np.maximum(stated, np.nan_to_num(0.5 * usual))
        if market.spread_scale is None:
            return realised, planned
        return realised * market.spread_scale, planned * market.spread_scale
