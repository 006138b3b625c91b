"""What funds have in common, weighted by how hard it is to sell, and whom a shock reaches by way of others."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .reactions import Reaction, fire_sale

#: The fall of one asset by which exposures are measured.
_FALL: Final = -0.01


class IndirectExposure(NamedTuple):
    """Currency lost for each unit that an asset's price falls by, (F, A) each."""

    direct: FloatArray  # what a fund holds of it
    indirect: FloatArray  # what it loses besides, because others sell


def overlap(holdings: npt.ArrayLike, impact: npt.ArrayLike) -> FloatArray:
    """(F, F) currency fund i loses if fund j sells all it holds at once: sum over assets of h_i h_j impact.

    Parameters
    ----------
    holdings
        (F, A) currency.
    impact
        (A,) fall of the price, as a fraction, for each unit of currency sold: the inverse of depth.

    Source: Cont & Schaanning (2017), section 4: liquidity-weighted overlaps.
    """
    held = np.asarray(holdings, np.float64)
    shared: FloatArray = (held * np.asarray(impact, np.float64)) @ held.T
    return shared


def similarity(holdings: npt.ArrayLike, impact: npt.ArrayLike) -> FloatArray:
    """(F, F) the overlap scaled by both funds' own: 1 for the same mix, 0 for nothing in common.

    ``holdings`` are (F, A) in currency, ``impact`` is (A,) by asset.

    NaN where a fund holds nothing. Of trades instead of holdings it may be negative: one buys what the other sells.
    """
    shared = overlap(holdings, impact)
    own = np.sqrt(np.diag(shared))
    scale = own[:, None] * own[None, :]
    return np.divide(shared, scale, out=np.full(shared.shape, np.nan), where=scale > 0.0)


def indirect_exposure(
    holdings: npt.ArrayLike, impact: npt.ArrayLike, reaction: Reaction, rounds: int | None = None
) -> IndirectExposure:
    """Exposure of each fund to each asset, held or not: a fall of 1% of one asset at a time, and the sales after it.

    ``holdings`` are (F, A) in currency, exposures as well.

    Raises
    ------
    ConvergenceError
        If the sales after one of the falls do not settle.

    Source: Cont & Schaanning (2017), section 4: indirect exposures.
    """
    held = np.asarray(holdings, np.float64)
    indirect = np.zeros_like(held)
    for asset in range(held.shape[1]):
        shock = np.zeros(held.shape[1])
        shock[asset] = _FALL
        indirect[:, asset] = fire_sale(held, shock, impact, reaction, rounds).second_loss / -_FALL
    return IndirectExposure(held.copy(), indirect)
