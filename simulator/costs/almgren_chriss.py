"""The Almgren–Chriss cost model as coefficients for the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.abi import CostPanels
from simulator.core.errors import DataError, ParameterError
from simulator.core.market import MarketData
from simulator.core.protocols import Estimates
from simulator.core.types import FloatArray, frozen

_BPS = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class AlmgrenChriss:
    """Cost of executing signed notional x on a day with notional V and daily volatility s.

        |x| (half_spread + eta s (|x| / V)^delta) + 1/2 gamma s x^2 / V

    and afterwards fills of that asset are displaced by gamma s x / V (a log price), which decays with a half-life.

    Parameters
    ----------
    half_spread_bps
        Half of the bid-ask spread, in basis points of price; a market's own ``half_spread`` replaces it.
    eta, delta
        Temporary impact. delta = 1 is the linear law of Almgren & Chriss (2001), equation 7; 0.6 and
        eta = 0.142 are the fit of Almgren, Thum, Hauptmann & Li (2005), section 4.3.
    gamma
        Permanent impact; 0.314 is their fit, up to its factor of shares outstanding over volume.
    half_life_days
        Sessions after which half of a displacement has gone; ``float("inf")`` keeps it for ever.

    Notes
    -----
    ``AlmgrenChriss(half_spread_bps=5, eta=0, gamma=0)`` is a plain cost of 5 basis points. With eta or gamma
    above zero the market needs volumes, or an ``assumed_adv``.
    """

    half_spread_bps: float = 2.0
    eta: float = 0.142
    gamma: float = 0.314
    delta: float = 0.6
    half_life_days: float = 5.0

    def __post_init__(self) -> None:
        for name in ("half_spread_bps", "eta", "gamma"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0.0):
                raise ParameterError(f"{name} must be zero or more, not {value}")
        if not 0.0 < self.delta <= 1.0:
            raise ParameterError(f"delta must lie in (0, 1], not {self.delta}")
        if not self.half_life_days > 0.0:
            raise ParameterError(f"half_life_days must be positive, not {self.half_life_days}")

    def panels(self, market: MarketData, estimates: Estimates) -> CostPanels:
        """Coefficients by session and asset.

        Raises
        ------
        DataError
            If impact is asked for and the market has neither volumes nor an assumed one.
        """
        if (self.eta > 0.0 or self.gamma > 0.0) and estimates.adv is None:
            raise DataError(
                "impact costs (eta, gamma) need volumes and this market has none; give volume=, state assumed_adv=, "
                "or set eta = 0 and gamma = 0"
            )
        assets = len(market.assets)
        spread = frozen(self._half_spread(market))
        return CostPanels(
            planned_spread=spread,
            planned_volume=_volume(estimates.adv, assets),
            planned_sigma=frozen(estimates.sigma),
            spread=spread,
            volume=_volume(estimates.volume, assets),
            sigma=frozen(estimates.sigma_day),
            eta=frozen(np.full(assets, self.eta)),
            gamma=frozen(np.full(assets, self.gamma)),
            delta=float(self.delta),
            retain=float(0.5 ** (1.0 / self.half_life_days)),
        )

    def _half_spread(self, market: MarketData) -> FloatArray:
        stated = np.full((1, len(market.assets)), self.half_spread_bps * _BPS)
        spread = (
            stated if market.half_spread is None else np.where(np.isnan(market.half_spread), stated, market.half_spread)
        )
        return spread if market.spread_scale is None else spread * market.spread_scale


def _volume(given: FloatArray | None, assets: int) -> FloatArray:
    """Notional by session and asset; a single row of inf where it is unknown and no cost depends on it."""
    return frozen(np.full((1, assets), np.inf) if given is None else given)
