"""Building the coefficients of the cost law: for our own model, and for a plug-in's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.abi import CostPanels
from simulator.core.carry import carried
from simulator.core.errors import DataError, ParameterError
from simulator.core.market import MarketData
from simulator.core.protocols import Estimates
from simulator.core.types import BoolArray, FloatArray, frozen

#: A displacement that has decayed to this share of itself is gone.
_GONE = 1e-18

#: What a day's own volatility may be at most, of the forecast over 63 sessions: beyond it stands a bad print.
VOLATILITY_CAP = 5.0

Coefficient = float | npt.ArrayLike


def cost_panels(
    market: MarketData,
    estimates: Estimates,
    *,
    half_spread: Coefficient,
    planned_half_spread: Coefficient | None = None,
    eta: Coefficient = 0.0,
    gamma: Coefficient = 0.0,
    delta: float = 0.6,
    half_life_days: float = 5.0,
    commission: Coefficient = 0.0,
    per_share: Coefficient = 0.0,
    min_commission: Coefficient = 0.0,
    fixed: Coefficient = 0.0,
    borrow: Coefficient = 0.0,
    financing: float = 0.0,
    volatility_cap: float = VOLATILITY_CAP,
) -> CostPanels:
    """Coefficients of the cost law by session and asset.

    Parameters
    ----------
    half_spread, planned_half_spread
        Fraction of price: a number, (N,), (1, N) or (T, N). The planned one may use only the past up to its row.
    eta, gamma, delta, half_life_days
        Impact; see :class:`AlmgrenChriss`. eta and gamma may differ by asset.
    commission, per_share, min_commission, fixed
        Commission: fraction of notional; currency a raw share; the least of these two together and a fixed fee,
        in currency a fill.
    borrow, financing
        Annual rates: on the value of short positions, and on negative cash above the cash rate.
    volatility_cap
        Realised costs take the day's own volatility up to this multiple of the forecast; inf for no cap.

    Raises
    ------
    DataError
        If impact needs volumes, or fees a share need raw prices, that the market does not have.
    """
    sessions, assets = market.shape
    by_asset = {
        "eta": eta,
        "gamma": gamma,
        "commission": commission,
        "per_share": per_share,
        "min_commission": min_commission,
        "fixed": fixed,
        "borrow": borrow,
    }  # in the order of abi.ETA ... abi.BORROW_RATE
    rows = np.stack([_by_asset(name, value, assets) for name, value in by_asset.items()])
    impact = bool(rows[[abi.ETA, abi.GAMMA]].any())
    if impact and estimates.adv is None:
        raise DataError(
            "impact costs (eta, gamma) need volumes and this market has none; give volume=, state assumed_adv=, "
            "or set eta = 0 and gamma = 0"
        )
    if rows[abi.FEE_PER_SHARE].any() and not market.raw_known:
        raise DataError(
            "fees a share need raw prices, and this market's are not said to be as traded (prices = 'raw'); vendors "
            "restate their closes for later splits"
        )
    spread = _panel(half_spread, market.shape)
    return CostPanels(
        planned_spread=spread if planned_half_spread is None else _panel(planned_half_spread, market.shape),
        planned_volume=_volume(estimates.adv, assets),
        planned_sigma=frozen(estimates.sigma) if impact else _no_impact(assets),
        spread=spread,
        volume=_volume(estimates.volume, assets),
        sigma=frozen(_realised_sigma(estimates, volatility_cap)) if impact else _no_impact(assets),
        raw_shares=frozen(np.ones((1, assets)) if market.adjustment is None else _carried(market.adjustment)),
        by_asset=frozen(rows),
        decay=_decay(half_life_days, sessions),
        financing=float(financing),
        delta=float(delta),
        commissions=bool(rows[abi.FEE_RATE : abi.FEE_FIXED + 1].any()),
    )


def beyond_cap(estimates: Estimates, volatility_cap: float) -> BoolArray:
    """(T, N) where the day's own volatility is above the cap: the range of such a day is no price to trade at.

    Nowhere while the forecast is zero: prices that never moved say nothing of what is usual.
    """
    if volatility_cap == np.inf:
        return np.zeros(estimates.sigma.shape, bool)
    beyond: BoolArray = (estimates.sigma > 0.0) & (estimates.sigma_day > volatility_cap * estimates.sigma)
    return beyond


def _realised_sigma(estimates: Estimates, volatility_cap: float) -> FloatArray:
    beyond = beyond_cap(estimates, volatility_cap)
    if not beyond.any():
        return estimates.sigma_day
    return np.where(beyond, volatility_cap * estimates.sigma, estimates.sigma_day)


def _by_asset(name: str, value: Coefficient, assets: int) -> FloatArray:
    row = np.broadcast_to(np.asarray(value, np.float64), (assets,)).copy()
    if not (np.isfinite(row).all() and (row >= 0.0).all()):
        raise ParameterError(f"{name} must be zero or more for every asset")
    return row


def _panel(value: Coefficient, shape: tuple[int, int]) -> FloatArray:
    """(1, N) where the value is the same every session, else (T, N)."""
    given = np.asarray(value, np.float64)
    rows = shape[0] if given.ndim == 2 and given.shape[0] > 1 else 1
    return frozen(np.broadcast_to(given, (rows, shape[1])).copy())


def _volume(given: FloatArray | None, assets: int) -> FloatArray:
    """Notional by session and asset; a single row of inf where it is unknown and no cost depends on it."""
    return frozen(np.full((1, assets), np.inf) if given is None else given)


def _no_impact(assets: int) -> FloatArray:
    """(1, N) volatility where no cost depends on it: that of a wide market takes as much room as its prices."""
    return frozen(np.zeros((1, assets)))


def _carried(adjustment: FloatArray) -> FloatArray:
    """The adjustment factor, the last one carried over gaps."""
    filled = carried(adjustment)
    return np.where(np.isnan(filled), 1.0, filled) if np.isnan(filled).any() else filled


def _decay(half_life_days: float, sessions: int) -> FloatArray:
    """(D,) share of a displacement left after 0, 1, ... sessions, until it is gone or history ends."""
    retain = 0.5 ** (1.0 / half_life_days)
    lasting = sessions if retain == 1.0 else min(sessions, int(np.ceil(np.log(_GONE) / np.log(retain))))
    return frozen(retain ** np.arange(lasting + 1))
