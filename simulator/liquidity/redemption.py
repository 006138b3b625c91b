"""Redemptions against the cash that can be raised for them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .amounts import amount, divided, together


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
    return divided(*_both(raised, redemption), np.nan)


def redemption_shortfall(raised: npt.ArrayLike, redemption: npt.ArrayLike) -> FloatArray:
    """What of a redemption cannot be paid within the horizon, in currency; 0 where all of it can."""
    there, asked = _both(raised, redemption)
    short: FloatArray = np.maximum(asked - there, 0.0)
    return short


def _both(raised: npt.ArrayLike, redemption: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    there, asked = amount("raised", raised), amount("redemption", redemption)
    together({"raised": there.shape, "redemption": asked.shape})
    return there, asked
