"""Redemptions against the cash that can be raised for them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .amounts import amount, divided


def redemption_coverage(raised: npt.ArrayLike, redemption: npt.ArrayLike) -> FloatArray:
    """Redemption coverage ratio: cash that can be raised over what is asked for; NaN where nothing is.

    Parameters
    ----------
    raised
        Of :func:`cash_raised`, by horizon for instance, in currency.
    redemption
        Asked for within that horizon, in currency; both broadcast.

    Notes
    -----
    ESMA, Guidelines on liquidity stress testing in UCITS and AIFs (2020). At least 1 covers the redemption.
    """
    return divided(amount("raised", raised), amount("redemption", redemption), np.nan)


def redemption_shortfall(raised: npt.ArrayLike, redemption: npt.ArrayLike) -> FloatArray:
    """What of a redemption cannot be paid within the horizon, in currency; 0 where all of it can."""
    short: FloatArray = np.maximum(amount("redemption", redemption) - amount("raised", raised), 0.0)
    return short
