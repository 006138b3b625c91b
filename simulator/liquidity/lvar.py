"""Value at risk with what it costs to get out."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

from .amounts import amount, number, together


class LiquidityAdjustedVaR(NamedTuple):
    """Losses at a confidence, in currency, that add up.

    Attributes
    ----------
    price
        From prices, at the middle of the spread.
    spread
        Exogenous: half of a spread that is as wide as it gets at that confidence.
    impact
        Endogenous: what the size of the position moves against it.
    """

    price: FloatArray
    spread: FloatArray
    impact: FloatArray

    @property
    def total(self) -> FloatArray:
        """The sum. Of shape (...), in currency."""
        return self.price + self.spread + self.impact


def liquidity_adjusted_var(
    value: npt.ArrayLike,
    sigma: npt.ArrayLike,
    spread: npt.ArrayLike,
    spread_deviation: npt.ArrayLike = 0.0,
    *,
    confidence: float = 0.99,
    tail: npt.ArrayLike = 1.0,
    spread_multiple: npt.ArrayLike = 3.0,
    impact: npt.ArrayLike = 0.0,
) -> LiquidityAdjustedVaR:
    """Liquidity-adjusted value at risk over one period, in currency; all arguments broadcast.

    Parameters
    ----------
    value
        Of the position, in currency.
    sigma
        Volatility of its log return over the period.
    spread, spread_deviation
        Mean and standard deviation of the whole relative bid-ask spread, fractions of price.
    confidence
        Between 0.5 and 1.
    tail
        Multiple of the normal quantile for fat tails: theta = 1 + phi ln(kurtosis / 3) in the paper, 1 where normal.
    spread_multiple
        Standard deviations above its mean that the spread is taken at; 2 to 4.5 in the paper.
    impact
        Expected cost of the position's own impact, in currency: :func:`liquidation_cost` less its spread.

    Notes
    -----
    value (1 - exp(-tail z sigma)) + value (spread + spread_multiple spread_deviation) / 2 + impact. Source: Bangia,
    Diebold, Schuermann & Stroughair (1999), Modeling Liquidity Risk with Implications for Traditional Market Risk
    Measurement and Management, section 3; prices and spreads are taken to be at their worst together.
    """
    if not 0.5 < number("confidence", confidence) < 1.0:
        raise ParameterError(f"confidence must be between 0.5 and 1, not {confidence}")
    given = {
        "value": value,
        "sigma": sigma,
        "spread": spread,
        "spread_deviation": spread_deviation,
        "tail": tail,
        "spread_multiple": spread_multiple,
        "impact": impact,
    }
    own, deviation, mean, strays, fat, multiple, moved = (amount(name, array) for name, array in given.items())
    together({name: np.shape(array) for name, array in given.items()})
    worst = fat * NormalDist().inv_cdf(confidence) * deviation
    return LiquidityAdjustedVaR(-own * np.expm1(-worst), 0.5 * own * (mean + multiple * strays), moved)
